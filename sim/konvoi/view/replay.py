"""The replay: one HTML file with the page, the roads and a day inside, for any browser, without a server or internet."""

from __future__ import annotations

import base64
import json
from importlib.resources import files

from konvoi.view.page_words import build_page_words, say

SCRIPTS = ("unpack.js", "scene.js", "roads.js", "strip.js", "charts.js", "page.js", "plan.js", "contacts.js", "hands.js",
           "share.js")  # in the order they need each other  # fmt: skip


def read_script() -> str:
    """Read the page's code as one script."""
    folder = files("konvoi.view") / "assets"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)


def read_style() -> str:
    """Read the page's style sheet."""
    return (files("konvoi.view") / "assets" / "view.css").read_text(encoding="utf-8")


def build_replay(ground: bytes, day: bytes, lang: str, verdict: dict[str, str] | None = None) -> str:
    """Build the replay of a day.

    Parameters
    ----------
    ground, day
        As packed by `konvoi.view.ground` and `konvoi.view.day_message`.
    verdict
        Of a sweep, in each language.
    """
    start = {
        "words": build_page_words(),
        "lang": lang,
        "verdict": verdict,
        "isReplay": True,
        "send": None,
        "tiles": None,
    }
    # "<" inside a script could end it, wherever a name of a place brings it along.
    texts = json.dumps(start, ensure_ascii=False).replace("<", "\\u003c")
    packed = [base64.b64encode(block).decode() for block in (ground, day)]
    return f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<link rel="icon" href="data:,">
<title>{say("page_title", lang)}</title>
<style>{read_style()}</style>
</head>
<body>
<div id="konvoi"></div>
<noscript>JavaScript</noscript>
<script>
{read_script()}
const unpackText = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
(async () => {{
  const page = await openKonvoi(document.getElementById("konvoi"), {texts});
  if (!page) return;
  await page.receive({{ type: "ground" }}, unpackText("{packed[0]}"));
  await page.receive({{ type: "day" }}, unpackText("{packed[1]}"));
}})();
</script>
</body>
</html>
"""
