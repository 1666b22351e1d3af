"""`konvoi report`: a sweep's verdict, figures and pack, from its tables."""

from __future__ import annotations

from pathlib import Path

from konvoi.errors import COMMAND_LINE, ScenarioError
from konvoi.report.pack import write_pack
from konvoi.report.pictures import draw_report, write_verdict
from konvoi.sweeping.answers import add_tables
from konvoi.words import Sentence


def report(words: list[str]) -> int:
    """Print the verdict of a sweep folder, draw its figures again and write the pack for the coordination meeting."""
    folders = [word for word in words if "=" not in word]
    options = {"lang": "id", "animation": "true", **dict(word.split("=", 1) for word in words if "=" in word)}
    unknown = set(options) - {"lang", "animation", "template", "add"}
    if (
        len(folders) != 1
        or unknown
        or options["lang"] not in {"id", "en"}
        or options["animation"] not in {"true", "false"}
    ):
        usage = Sentence("faults.usage_report")
        raise ScenarioError(COMMAND_LINE, [usage])
    folder, lang = Path(folders[0]), options["lang"]
    template = Path(options["template"]) if "template" in options else None
    for name in options.get("add", "").split(","):
        if name:
            taken = add_tables(folder, Path(name))
            print(f"  {name}: {', '.join(taken)} → {folder}")
    text = write_verdict(folder, lang)
    print(text.read_text(encoding="utf-8"), flush=True)
    drawn = draw_report(folder, lang)
    pack = write_pack(folder, lang, template=template, animation=options["animation"] == "true")
    for path in [text, *drawn.written, *pack.written]:
        print(f"  {path}")
    for note in [*drawn.notes, *pack.notes]:
        print(f"  ! {note}")
    print(folder.resolve())
    return 0
