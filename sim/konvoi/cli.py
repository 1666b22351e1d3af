"""The console command: konvoi run | sweep | compare | propose | report | view | replay | roads | init | check. Imports wait until needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from konvoi import __version__
from konvoi.errors import RallyError, find_meant
from konvoi.words import DEFAULT_LANGUAGE, LANGUAGES, Sentence, say

VERBS = ("run", "sweep", "compare", "propose", "report", "view", "replay", "roads", "init", "check")
MULTIRUN = {"-m", "--multirun"}
MODULE = {"replay": "view"}  # of a command, where it is not named after it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console command; return its exit code.

    Exit codes: 0 done, 2 bad input (one clear message), 130 interrupted (what was finished is kept).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Windows consoles and pipes may be set to an encoding without dashes or arrows.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    lang = _find_language(words)
    name = " ".join(["konvoi", *(word for word in words[:1] if word in VERBS)])
    try:
        code = _answer(words, lang)
        sys.stdout.flush()
        return code
    except RallyError as fault:
        print(f"{name}: {fault.say(lang)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: {say('faults.interrupted', lang)}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    except OSError as fault:
        # A full disk or a folder that may not be written, wherever it was met; what could not be printed never will be.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
        print(f"{name}: {say('faults.system_refused', lang, reason=describe_refusal(fault))}", file=sys.stderr)
        return 2


def _answer(words: list[str], lang: str) -> int:
    """Show help, or do what a command does; return the exit code."""
    verb, rest = (words or ["--help"])[0], words[1:]
    if verb in {"-h", "--help", "help"}:
        print(say("help.main", lang, version=__version__))
        return 0
    if verb in {"-V", "--version"}:
        print(f"konvoi {__version__}")
        return 0
    if verb not in VERBS:
        meant = find_meant(verb, VERBS)
        raise RallyError(Sentence("faults.command_unknown", verb=verb, verbs=", ".join(VERBS), meant=meant))
    if any(word in {"-h", "--help"} for word in rest):
        print(format_help(verb, lang))
        return 0
    return _load(verb, rest)(rest)


def describe_refusal(fault: OSError) -> str:
    """Return what the system refused, with the file where it names one."""
    reason = fault.strerror or str(fault)
    return f"{reason}: {fault.filename}" if fault.filename else reason


def format_help(verb: str, lang: str) -> str:
    """Return the page of help of a command, with the keys that several commands share."""
    return say(f"help.{verb}", lang, keys=f"\n{say('help.keys', lang)}\n")


def _find_language(words: Sequence[str]) -> str:
    """Return the language asked for with lang=; the usual one where none is, or one that konvoi does not speak."""
    asked = [word.removeprefix("lang=") for word in words if word.startswith("lang=")]
    return asked[-1] if asked and asked[-1] in LANGUAGES else DEFAULT_LANGUAGE


def _load(verb: str, words: list[str]) -> Callable[[list[str]], int]:
    """Import what a command needs, and no more."""
    if verb == "run" and MULTIRUN & set(words):
        from konvoi.commands.multirun import run_many

        return run_many
    command: Callable[[list[str]], int] = getattr(import_module(f"konvoi.commands.{MODULE.get(verb, verb)}"), verb)
    return command


if __name__ == "__main__":
    raise SystemExit(main())
