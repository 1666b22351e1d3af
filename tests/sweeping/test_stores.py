"""An object store that fails: asked again, waited for within bounds, and told in one sentence; nothing is lost."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import fsspec
import pytest

from konvoi.errors import OutputError
from konvoi.sweeping import parts
from konvoi.sweeping.parts import ObjectStore, open_place


class EndpointConnectionError(Exception):
    """As the libraries of stores raise: no OSError."""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    monkeypatch.setattr(parts, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(parts, "PATIENCE_S", 0.2)
    found = ObjectStore("memory://gudang/belajar")
    found.open()
    return found


def fail(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Let the store fail so many times before it reads."""
    memory = fsspec.filesystem("memory")
    usual, asked = type(memory).cat_file, [0]

    def cat_file(self: Any, path: str, *more: Any, **named: Any) -> Any:
        asked[0] += 1
        if asked[0] <= times:
            raise EndpointConnectionError("Could not connect to the endpoint URL")
        return usual(self, path, *more, **named)

    monkeypatch.setattr(type(memory), "cat_file", cat_file)
    return asked


def test_a_store_that_fails_twice_is_asked_a_third_time(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a.parquet", b"isi")
    asked = fail(monkeypatch, 2)
    assert store.read("a.parquet") == b"isi"
    assert asked == [3]


def test_a_store_that_fails_for_good_is_an_oserror_with_its_name(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("a.parquet", b"isi")
    asked = fail(monkeypatch, 1000)
    with pytest.raises(OSError, match="memory://gudang/belajar: EndpointConnectionError: Could not connect"):
        store.read("a.parquet")
    assert asked == [3]


def test_what_is_not_there_is_not_asked_for_again(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fail(monkeypatch, 0)
    with pytest.raises(FileNotFoundError):
        store.read("tiada.parquet")
    assert asked == [1]


def test_a_store_that_hangs_is_told_within_its_time(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    memory = fsspec.filesystem("memory")
    monkeypatch.setattr(type(memory), "makedirs", lambda self, path, exist_ok: released.wait(20.0))
    with pytest.raises(OutputError, match="no answer within 0 s"):
        open_place("memory://gudang", Path("x"), "belajar")
    released.set()
