"""konvoi replay and konvoi view at the command line: files, refusals and warnings."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import konvoi.commands.view
from konvoi.cli import main
from konvoi.errors import OutputError
from konvoi.view.server import PORTS_TRIED, Guard, open_socket

CROSSROADS = "scenario=crossroads"


def test_a_replay_is_one_small_file_the_same_every_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        assert main(["replay", CROSSROADS, f"out={tmp_path / name}.html"]) == 0
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.html").read_text(encoding="utf-8")
    assert len(text) < 300_000
    assert '<html lang="id">' in text
    assert "buka dengan klik ganda" in capsys.readouterr().out
    assert main(["replay", CROSSROADS, "lang=en", f"out={tmp_path / 'new' / 'c.html'}"]) == 0
    assert '<html lang="en">' in (tmp_path / "new" / "c.html").read_text(encoding="utf-8")


def test_riders_who_leave_before_midnight_are_in_the_replay(tmp_path: Path) -> None:
    rally = [f"scenario.rally.{key}=00:00" for key in ("window_start", "first_start")]
    assert main(["replay", CROSSROADS, *rally, "scenario.rules=none", f"out={tmp_path / 'a.html'}"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay", "out=hari.mp4"], "a name that ends in .html"),
        (["replay", "sweep=absent"], "no such folder"),
        (["replay", "rally.gap_min=5000"], "gap_min: 5000 is outside"),
        (["view", "port=0"], "port=0: write a number from 1 to 65535"),
        (["view", "open=perhaps"], "write open=true or open=false"),
        (["view", "tiles=https://example.org/map.png"], "{z}/{x}/{y}"),
        (["view", "colour=blue"], "colour"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(konvoi.commands.view, "_require", lambda *modules: None)
    assert main([*words, "lang=en"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not list(tmp_path.glob("*.html"))


def test_missing_packages_are_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["view", CROSSROADS]) == 2
    assert 'pip install "konvoi[view]"' in capsys.readouterr().err


def test_another_address_than_this_computers_own_is_warned_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server:
        def run(self, sockets: list[socket.socket]) -> None:
            assert sockets[0].getsockname()[1] >= 8765

    monkeypatch.setattr(konvoi.commands.view, "_require", lambda *modules: None)
    monkeypatch.setattr("konvoi.view.server.build_server", lambda *arguments, **options: Server())
    assert main(["view", CROSSROADS, "open=false", "host=0.0.0.0"]) == 0
    assert "PERHATIAN: host=0.0.0.0" in capsys.readouterr().out
    assert main(["view", CROSSROADS, "open=false", "lang=en"]) == 0
    told = capsys.readouterr().out
    assert "ATTENTION" not in told
    assert "http://127.0.0.1:" in told


def test_the_next_free_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        if port + PORTS_TRIED < 65536:
            with open_socket("127.0.0.1", port) as opened:
                assert port < opened.getsockname()[1] < port + PORTS_TRIED
    with pytest.raises(OutputError, match="give another host or port"):
        open_socket("203.0.113.1", 8765)


@pytest.mark.parametrize(
    ("kind", "host", "origin", "is_local", "is_let_in"),
    [
        ("http", "127.0.0.1:8765", "", True, True),
        ("http", "localhost:8765", "", True, True),
        ("http", "[::1]:8765", "", True, True),
        ("http", "evil.example:8765", "", True, False),
        ("http", "rakor.example:8765", "", False, True),
        ("websocket", "127.0.0.1:8765", "http://127.0.0.1:8765", True, True),
        ("websocket", "127.0.0.1:8765", "http://evil.example", True, False),
        ("websocket", "rakor.example:8765", "http://evil.example", False, False),
    ],
)
def test_only_pages_of_this_server_are_answered(
    kind: str, host: str, origin: str, is_local: bool, is_let_in: bool
) -> None:
    import asyncio

    sent: list[dict[str, object]] = []
    reached = []

    async def app(scope: object, receive: object, send: object) -> None:
        reached.append(scope)

    async def receive() -> dict[str, object]:
        return {}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
    asyncio.run(Guard(app, is_local, None, Path())({"type": kind, "path": "/", "headers": headers}, receive, send))
    assert bool(reached) == is_let_in
    assert bool(sent) != is_let_in
