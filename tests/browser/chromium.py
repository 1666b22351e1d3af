"""A real browser for tests and measurements: Chromium as installed on this computer, driven by Playwright."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
READY = "() => window.konvoi && window.konvoi.day && !document.querySelector('.k-busy')"


def find_browser() -> str | None:
    """Find a Chromium, or the one KONVOI_BROWSER names."""
    named = os.environ.get("KONVOI_BROWSER")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open a browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def serve(*words: str, note: Path, timeout_s: float = 180.0) -> Iterator[tuple[str, int]]:
    """Serve the page with `konvoi view` in a process of its own, cut off from the internet; yield address and process id."""
    command = [sys.executable, "-m", "tests.browser.alone", str(note), "view", "open=false", "lang=id", *words]
    log = note.with_suffix(".log")
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        until_s = time.monotonic() + timeout_s
        while not (found := re.search(r"http://[\d.]+:\d+/", log.read_text())):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until_s, f"no page after {timeout_s:.0f} s: {log.read_text()}"
            time.sleep(0.1)
        _wait_for_port(found.group(), until_s)
        yield found.group(), server.pid
    finally:
        server.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for_port(address: str, until_s: float) -> None:
    from urllib.request import urlopen

    while True:
        try:
            with urlopen(address + "readyz", timeout=5) as answer:
                answer.read()
            return
        except OSError:
            assert time.monotonic() < until_s
            time.sleep(0.1)


class Watch:
    """What a browser's context asks for elsewhere (and does not get), and what its pages complain of."""

    def __init__(self, context: Any) -> None:
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        context.route("**/*", self._let_pass)
        context.on("page", self._listen)

    def _let_pass(self, route: Any) -> None:
        address = urlparse(route.request.url)
        if address.scheme in {"data", "blob", "file"} or address.hostname == "127.0.0.1":
            route.continue_()
        else:
            self.elsewhere.append(route.request.url)
            route.abort()

    def _listen(self, page: Any) -> None:
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("response", lambda answer: self.complaints.append(answer.url) if answer.status >= 400 else None)
