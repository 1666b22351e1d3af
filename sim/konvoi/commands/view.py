"""konvoi view and konvoi replay: one rally day on the map, as a page and as a file."""

from __future__ import annotations

import importlib.util
import threading
import webbrowser
from pathlib import Path
from typing import Any

from konvoi.errors import COMMAND_LINE, RallyError, ScenarioError
from konvoi.options import Settings, compose_settings
from konvoi.report.sweep_tables import read_sweep
from konvoi.report.verdict_text import format_verdict
from konvoi.tables.files import write_text
from konvoi.view.choices import Desk
from konvoi.view.page_words import say
from konvoi.view.replay import build_replay
from konvoi.view.session import Session
from konvoi.words import LANGUAGES, Sentence
from konvoi.words.formats import format_number

PAGE_KEYS = ("host", "port", "open", "tiles", "sweep")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def view(words: list[str]) -> int:
    """Serve the page until it is interrupted, and open it in the browser."""
    settings, options = split_words(words, PAGE_KEYS)
    host = options.get("host", "127.0.0.1")
    port = _read_port(options.get("port", "8765"))
    is_opened = _read_truth("open", options.get("open", "true"))
    tiles = _read_tiles(options.get("tiles"))
    desk, lang = build_desk(settings), settings.door.lang
    verdict = read_verdicts(options.get("sweep"))
    _require("solara", "anywidget")
    from konvoi.view.server import build_server, open_socket

    Session(desk)  # what cannot be shown is told here, not on the page
    server = build_server(desk, lang, host, verdict=verdict, tiles=tiles)
    door = open_socket(host, port)
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    address = f"http://{f'[{name}]' if ':' in name else name}:{door.getsockname()[1]}/"
    if host not in LOOPBACK:
        print(say("serving_open", lang, host=host))
    print(say("serving", lang, address=address), flush=True)
    if is_opened:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    with door:
        server.run(sockets=[door])
    return 0


def replay(words: list[str]) -> int:
    """Write one day as one file that plays in any browser."""
    settings, options = split_words(words, ("sweep",))
    desk, lang = build_desk(settings), settings.door.lang
    verdict = read_verdicts(options.get("sweep"))
    out = settings.door.out
    if out is not None and Path(out).suffix.lower() not in {".html", ".htm"}:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.replay_name", out=out)])
    session = Session(desk)
    path = Path(out or f"outputs/{session.file_stem}.html")
    text = build_replay(session.ground, session.day.message, lang, verdict)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    size = format_number(len(text.encode()) / 1e6, lang, 2)
    print(say("replay_written", lang, path=str(path.resolve()), size=size))
    return 0


def build_desk(settings: Settings) -> Desk:
    """Build what a page starts from."""
    return Desk(settings.run, settings.scenario, settings.door.replication)


def split_words(words: list[str], keys: tuple[str, ...]) -> tuple[Settings, dict[str, str]]:
    """Split the command line into settings of the run and options of the page."""
    options: dict[str, str] = {}
    rest = []
    for word in words:
        key, sign, value = word.partition("=")
        if sign and key in keys:
            options[key] = value
        else:
            rest.append(word)
    return compose_settings(rest, takes_levels=False), options


def read_verdicts(folder: str | None) -> dict[str, str] | None:
    """Read the verdict of a sweep folder in every language; None when none is given."""
    if folder is None:
        return None
    tables = read_sweep(Path(folder))
    return {lang: format_verdict(tables.verdict, tables.points, lang) for lang in LANGUAGES}


def _read_port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.port_number", text=text)])
    return int(text)


def _read_truth(key: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.true_or_false", key=key, text=text)])
    return text == "true"


def _read_tiles(text: str | None) -> str | None:
    """Read the address of an online map; one that could not be filled in is refused."""
    if text is None:
        return None
    if not text.startswith(("https://", "http://")) or not all(part in text for part in ("{z}", "{x}", "{y}")):
        fault = Sentence("faults.tiles_address", text=text)
        raise ScenarioError(COMMAND_LINE, [fault])
    return text


def _require(*modules: Any) -> None:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise RallyError(Sentence("faults.view_packages", missing=", ".join(missing)))
