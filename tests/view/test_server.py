"""The page's server answers its own page, and fetches nothing for anybody."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from konvoi.view.server import Guard


def ask(path: str, folder: Path) -> int:
    """Return the status of the answer to a request."""
    sent: list[MutableMapping[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": [(b"host", b"localhost:8765")]}
    asyncio.run(Guard(app, True, None, folder)(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/_solara/cdn/paket@1/dist/main.js", 200),
        ("/_solara/cdn/paket@1/dist/other.js", 404),
        ("/_solara/cdn/vega@5/build/vega.js", 404),
        ("/_solara/cdn/../secret.txt", 404),
    ],
)
def test_a_package_that_is_not_installed_is_never_fetched(path: str, status: int, tmp_path: Path) -> None:
    folder = tmp_path / "cdn"
    (folder / "paket@1" / "dist").mkdir(parents=True)
    (folder / "paket@1" / "dist" / "main.js").write_text("")
    (tmp_path / "secret.txt").write_text("")
    assert ask(path, folder) == status
