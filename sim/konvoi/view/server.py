"""The server of the page, in this process: Solara on uvicorn, with settings for one computer without internet."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from konvoi.errors import OutputError, RallyError
from konvoi.view.choices import Desk
from konvoi.words import Sentence

# What the page loads besides konvoi's own code. The package solara-assets brings them; nothing is fetched.
ASSETS = (
    "@widgetti/solara-vuetify-app@10.1.1/dist/main8.css",
    "@widgetti/solara-vuetify-app@10.1.1/dist/fonts.css",
    "@widgetti/solara-vuetify-app@10.1.1/dist/solara-vuetify-app8.min.js",
    "requirejs@2.3.6/require.js",
)
SETTINGS = {
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "2m",  # a page that is gone frees its memory; one that reloads finds its day
    "SOLARA_THEME_TITLE": "konvoi",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_CHECK_HOOKS": "off",  # it would warn of Mesa's own components
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # nobody: what is missing is an error, never a request to the internet
    "SOLARA_APP": "konvoi.view.app",
}
PACKAGES = "/_solara/cdn/"
PORTS_TRIED = 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Guard:
    """Lets the page talk to this server only.

    A browser keeps other sites from reading a page, but not from asking an address of this computer under a name of
    their own. So on a loopback address only its own names are answered, web sockets only to pages of this server, and
    the page itself may load from nowhere else.

    Parameters
    ----------
    app
        The server's application.
    is_local
        Whether only this computer may open the page.
    tiles
        Address of an online map that is offered, else None.
    packages
        Folder of the files other packages bring for the page.
    """

    def __init__(self, app: Any, is_local: bool, tiles: str | None, packages: Path) -> None:
        self.app, self.is_local, self.packages = app, is_local, packages
        pictures = f" {'/'.join(tiles.split('/')[:3])}" if tiles else ""
        self.policy = (
            "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; connect-src 'self' ws: blob: data:; "
            f"img-src 'self' blob: data:{pictures}; frame-ancestors 'none'; form-action 'self'"
        ).encode()

    def _has_file(self, path: str) -> bool:
        """Whether a file of the installed packages is asked for."""
        file = (self.packages / path.split(PACKAGES)[-1]).resolve()
        return file.is_file() and file.is_relative_to(self.packages.resolve())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or turn it away."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
        is_foreign = self.is_local and name not in LOOPBACK
        origin = headers.get(b"origin", "")
        is_foreign |= scope["type"] == "websocket" and origin.split("//")[-1] != host
        if is_foreign and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if is_foreign:
            await send({"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"konvoi answers only under its own address"})
            return

        # Solara would fetch whatever package a path under here names; the page needs what is installed, no more.
        if scope["type"] == "http" and PACKAGES in scope["path"] and not self._has_file(scope["path"]):
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"no such file"})
            return

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"content-security-policy", self.policy)]}
            await send(message)

        await self.app(scope, receive, send_guarded)


def build_server(
    desk: Desk, lang: str, host: str, *, verdict: dict[str, str] | None = None, tiles: str | None = None
) -> Any:
    """Build the server (`uvicorn.Server`); its `run` serves on open sockets until it is interrupted.

    Raises
    ------
    RallyError
        When files of the page are missing.
    """
    import platformdirs

    home = Path(platformdirs.user_cache_dir("konvoi", appauthor=False)) / "solara"
    for name, value in {**SETTINGS, "SOLARA_HOME": str(home)}.items():
        os.environ.setdefault(name, value)
    import solara.server.settings

    folder = Path(solara.server.settings.assets.proxy_cache_dir)
    missing = [name for name in ASSETS if not (folder / name).is_file()]
    if missing:
        raise RallyError(Sentence("faults.view_files", missing=missing[0], folder=folder))
    # It advises how to embed pages in others, which nobody does here.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")
    import uvicorn
    from solara.server.starlette import app

    from konvoi.view.app import Door, open_door

    open_door(Door(desk, lang, verdict, tiles))
    guarded = Guard(app, host in LOOPBACK, tiles, folder)
    return uvicorn.Server(uvicorn.Config(guarded, log_level="error", ws_max_size=2**24))


def open_socket(host: str, port: int) -> socket.socket:
    """Open a socket on the first free port from one on, so that nobody takes it while the server starts.

    Raises
    ------
    OutputError
        When none of the next ones is free, or the address is none of this computer's.
    """
    reason = ""
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would take a port that is in use
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, candidate))
            opened.listen(128)
        except (OSError, OverflowError) as fault:
            opened.close()
            reason = str(fault)
            continue
        return opened
    raise OutputError(Sentence("faults.cannot_serve", host=host, port=port, reason=reason))
