"""Where finished batches are kept: a folder of this machine or network, or an object store.

A batch is a Parquet file of replications and one for each kind of detail. Details are written first; the replications,
which carry their checksums and the study's key, commit the batch. Each file appears whole or not at all; a file that is damaged all the same is found
by its checksums when it is read, and counts as not written.
"""

from __future__ import annotations

import hashlib
import io
import json
import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from konvoi.errors import OutputError
from konvoi.replication import Outcome
from konvoi.sweeping.batches import DETAILS, FAILED, WITH, WITHOUT, Batch, build_tables
from konvoi.tables.files import write_atomically
from konvoi.words import Sentence

_FACTS = b"konvoi"  # key of our own facts in a Parquet file's metadata
PAUSES_S = (1.0, 3.0)  # before a store that did not answer is asked again
PATIENCE_S = 60.0  # for one answer of a store
_URL = re.compile(r"[a-z][a-z0-9+.\-]+://", re.IGNORECASE)


class Place(Protocol):
    """Somewhere files lie by name."""

    def open(self) -> None:
        """Make the place ready, or raise OSError."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all."""

    def read(self, name: str) -> bytes:
        """Read a file, or raise OSError."""

    def list_names(self) -> list[str]:
        """List the files."""

    def clean(self) -> None:
        """Remove what interrupted writing has left."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or one that all machines of a cluster share."""

    path: Path

    def open(self) -> None:
        """Make the folder."""
        self.path.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all, also when the power fails."""
        write_atomically(self.path / name, lambda temporary: temporary.write_bytes(content))

    def read(self, name: str) -> bytes:
        """Read a file."""
        return (self.path / name).read_bytes()

    def list_names(self) -> list[str]:
        """List the files."""
        return [path.name for path in self.path.iterdir()]

    def clean(self) -> None:
        """Remove temporary files."""
        for path in self.path.glob(".*.parquet"):
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class ObjectStore:
    """A place known to fsspec: s3://bucket/key, gs://…, az://…, memory://…; an object appears whole or not at all."""

    url: str

    def _find(self) -> tuple[Any, str]:
        import fsspec

        system, path = fsspec.core.url_to_fs(self.url)
        return system, path

    def _ask(self, work: Callable[[], Any]) -> Any:
        """Ask the store, a few times if need be, and wait for no answer for ever.

        Raises
        ------
        OSError
            When it does not answer; libraries of stores raise faults of their own, which are told in it.
        """
        reason = ""
        for pause_s in (*PAUSES_S, None):
            answer: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()
            # A thread that hangs must not keep the process from ending.
            threading.Thread(target=_answer, args=(work, answer), daemon=True).start()
            try:
                found, fault = answer.get(timeout=PATIENCE_S)
            except queue.Empty:
                found, fault = None, TimeoutError(f"no answer within {PATIENCE_S:.0f} s")
            if fault is None:
                return found
            if isinstance(fault, FileNotFoundError):
                raise fault
            reason = f"{type(fault).__name__}: {fault}"
            if pause_s is not None:
                time.sleep(pause_s)
        raise OSError(f"{self.url}: {reason}")

    def open(self) -> None:
        """Make sure that the store answers."""
        system, path = self._find()
        self._ask(lambda: system.makedirs(path, exist_ok=True))

    def write(self, name: str, content: bytes) -> None:
        """Put an object."""
        system, path = self._find()
        self._ask(lambda: system.pipe_file(f"{path}/{name}", content))

    def read(self, name: str) -> bytes:
        """Get an object."""
        system, path = self._find()
        return bytes(self._ask(lambda: system.cat_file(f"{path}/{name}")))

    def list_names(self) -> list[str]:
        """List the objects."""
        system, path = self._find()
        system.invalidate_cache()
        try:
            return [str(name).rsplit("/", 1)[-1] for name in self._ask(lambda: system.ls(path, detail=False))]
        except FileNotFoundError:
            return []

    def clean(self) -> None:
        """Do nothing: an interrupted put leaves no object."""


def _answer(work: Callable[[], Any], answer: queue.SimpleQueue[tuple[Any, Exception | None]]) -> None:
    """Do some work, and hand over what came of it."""
    try:
        answer.put((work(), None))
    except Exception as fault:
        answer.put((None, fault))


@dataclass(frozen=True)
class Parts:
    """The finished batches of one study in one place."""

    place: Place
    study_key: str

    def keep(self, batch: Batch, outcomes: Sequence[Outcome]) -> NDArray[np.uint8]:
        """Write a batch, details first, then replications, which commits it; say what became of each replication."""
        replications, *details = build_tables(batch, outcomes)
        facts = {"study": self.study_key}
        for name, table in zip(DETAILS, details, strict=True):
            content = encode_table(table, {})
            self.place.write(f"{name}-{batch.name}.parquet", content)
            facts[name] = _checksum(content)
        self.place.write(f"replications-{batch.name}.parquet", encode_table(replications, facts))
        return count_known(replications)

    def list_batches(self) -> list[Batch]:
        """List the batches whose commit is there; whether they are whole is seen on reading."""
        names = [name for name in self.place.list_names() if name.endswith(".parquet")]
        stems = [name.removesuffix(".parquet").removeprefix("replications-") for name in names]
        return sorted(batch for stem in stems if (batch := Batch.parse(stem)) is not None)

    def read_known(self, batch: Batch) -> NDArray[np.uint8] | None:
        """Say what became of each replication of a batch; None when it is not there, damaged, or of another study."""
        found = self._read(batch, ["point", "replication", "has_contact", "error"])
        return None if found is None else count_known(found[0])

    def read(self, batch: Batch) -> tuple[pa.Table, ...] | None:
        """Read replications and details of a batch; None when it is not there, damaged, or of another study."""
        found = self._read(batch)
        if found is None:
            return None
        try:
            return found[0], *(decode_table(content)[0] for content in found[1])
        except (OSError, ValueError, pa.ArrowException):
            return None

    def _read(self, batch: Batch, columns: list[str] | None = None) -> tuple[pa.Table, list[bytes]] | None:
        """Read the replications and, undecoded, the details; None when they are not what was committed."""
        try:
            table, facts = decode_table(self.place.read(f"replications-{batch.name}.parquet"), columns)
            details = [self.place.read(f"{name}-{batch.name}.parquet") for name in DETAILS]
        except (OSError, ValueError, pa.ArrowException):
            return None
        is_ours = facts == {"study": self.study_key, **dict(zip(DETAILS, map(_checksum, details), strict=True))}
        is_whole = table["replication"].to_pylist() == list(range(batch.first, batch.stop))
        return (table, details) if is_ours and is_whole and set(table["point"].to_pylist()) == {batch.point} else None


def open_parts(where: str | None, folder: Path, study_key: str) -> Parts:
    """Open the place of the parts.

    Parameters
    ----------
    where
        A folder or a URL fsspec knows; None for the folder ``parts`` in the output folder. Away from the output folder
        each study has a folder of its own, so that several can go to one place.

    Raises
    ------
    OutputError
        When the place cannot be used.
    """
    return Parts(open_place(where, folder / "parts", study_key), study_key)


def open_place(where: str | None, own: Path, study_key: str) -> Place:
    """Open the place of a study's files: a folder of its own, or ``where`` one was given, a folder below that.

    Raises
    ------
    OutputError
        When the place cannot be used.
    """
    place: Place
    if where is None:
        place = Folder(own)
    elif not _URL.match(where):
        place = Folder(Path(where).absolute() / study_key)
    elif where.lower().startswith(("file://", "local://")):
        place = Folder(Path(where.split("://", 1)[1]) / study_key)
    else:
        place = ObjectStore(f"{where.rstrip('/')}/{study_key}")
    try:
        place.open()
    except (OSError, ValueError, ImportError) as fault:
        hint = Sentence("faults.store_hint") if isinstance(fault, ImportError) else ""
        raise OutputError(Sentence("faults.parts_unusable", where=where or place, fault=fault, hint=hint)) from None
    return place


def count_known(replications: pa.Table) -> NDArray[np.uint8]:
    """Say of each replication whether it is with contact, without, or failed."""
    known = np.where(replications["has_contact"].to_numpy(), WITH, WITHOUT)
    return np.where(replications["error"].to_numpy() != "", FAILED, known).astype(np.uint8)


def encode_table(table: pa.Table, facts: dict[str, str]) -> bytes:
    """Write a table as the bytes of a Parquet file with checksums and our own facts."""
    stream = io.BytesIO()
    noted = table.replace_schema_metadata({_FACTS: json.dumps(facts).encode()})
    pq.write_table(noted, stream, compression="zstd", write_page_checksum=True)
    return stream.getvalue()


def decode_table(content: bytes, columns: list[str] | None = None) -> tuple[pa.Table, dict[str, str]]:
    """Read a table and our own facts; raise when anything of what is read is damaged."""
    # In this thread: parts are small.
    table = pq.read_table(pa.BufferReader(content), columns=columns, page_checksum_verification=True, use_threads=False)
    facts = json.loads((table.schema.metadata or {}).get(_FACTS, b"{}"))
    return table.replace_schema_metadata(None), facts


def _checksum(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
