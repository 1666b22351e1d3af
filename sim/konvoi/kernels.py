"""How functions become machine code, and which ones do.

A *kernel* is called from Python: Numba compiles it once for this computer and keeps it beside its source. A *part* is
called by kernels alone, an *inlined* function is copied into each of them; neither needs a way in from Python, which
costs as much to compile as the work itself, nor to be kept apart (docs/decisions.md). What allocates memory counts
references; the others must not, since counting costs more than the work they do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.registry import CPUDispatcher

Function = TypeVar("Function", bound=Callable[..., Any])
Signature = tuple[Any, ...]  # the types of a kernel's arguments, as Numba has them

NOTE_CALLS = "KONVOI_NOTE_KERNEL_CALLS"  # a process in whose environment it is set keeps no kernel and notes its calls

KERNELS: dict[str, Any] = {}  # by module and name, as far as they have been imported
_calls: dict[str, Signature] = {}  # what each kernel was first called with

_numba: Any = numba  # its type stubs cover a part of it
_CPUDispatcher: Any = CPUDispatcher

_OPTIONS = {"nopython": True, "boundscheck": None, "error_model": "numpy", "no_cfunc_wrapper": True}
_PART = {**_OPTIONS, "no_cpython_wrapper": True}


class _PartDispatcher(_CPUDispatcher):  # type: ignore[misc]
    """Compiles a part once, where Numba would once for each width of a whole number and for each number written out.

    A counter that begins at 0 costs two copies otherwise: one for "0" and one for what it becomes.
    """

    def get_call_template(self, args: Sequence[Any], kws: dict[str, Any]) -> Any:
        return super().get_call_template([_widen(kind) for kind in args], kws)


def _widen(kind: Any) -> Any:
    kind = _numba.types.unliteral(kind)
    return _numba.types.int64 if isinstance(kind, _numba.types.Integer) and kind.signed else kind


def kernel(function: Function) -> Function:
    """Compile a function that Python calls and that allocates nothing."""
    return _register(function, {**_OPTIONS, "_nrt": False})


def allocating_kernel(function: Function) -> Function:
    """Compile a function that Python calls and that makes arrays."""
    return _register(function, _OPTIONS)


def part(function: Function) -> Function:
    """Compile a function that kernels call and that allocates nothing."""
    return _make_part(function, {**_PART, "_nrt": False})


def allocating_part(function: Function) -> Function:
    """Compile a function that kernels call and that makes arrays."""
    return _make_part(function, _PART)


def inlined(function: Function) -> Function:
    """Compile a function that is copied into each kernel that calls it, and that allocates nothing."""
    return _make_part(function, {**_PART, "_nrt": False, "forceinline": True})


def get_calls() -> dict[str, Signature]:
    """Return what each kernel was first called with, in a process that notes it."""
    return dict(_calls)


def are_compiled() -> bool:
    """Return whether all kernels imported so far have been compiled here before."""
    indices = [getattr(getattr(one, "_cache", None), "_cache_file", None) for one in KERNELS.values()]
    return all(index is None or Path(index._index_path).is_file() for index in indices)


def forget_stale_kernels(rooms: Sequence[Path], others: Sequence[Path] = ()) -> None:
    """Remove the compiled kernels of rooms that are older than the newest source among theirs and others.

    Numba compares a kernel with its own file only, so one that calls into a file that has changed would go on as before;
    and it cannot even look at an index that names a type which is gone.
    """
    sources = [*others, *(path for room in rooms for path in room.glob("*.py"))]
    newest = max((path.stat().st_mtime for path in sources), default=0.0)
    if newest > time.time():  # a clock that was wrong must not compile everything again in every process
        return
    for room in rooms:
        for path in (*room.glob("__pycache__/*.nbi"), *room.glob("__pycache__/*.nbc")):
            with suppress(OSError):  # another process was first, or the folder cannot be written
                if path.stat().st_mtime < newest:
                    path.unlink()


def _register(function: Function, options: dict[str, Any]) -> Function:
    name = f"{function.__module__}.{function.__qualname__}"
    if not _numba.config.DISABLE_JIT:
        KERNELS[name] = _CPUDispatcher(py_func=function, targetoptions=options)
        KERNELS[name].enable_caching()
    else:
        KERNELS[name] = _note(name, function) if NOTE_CALLS in os.environ else function
    return KERNELS[name]  # type: ignore[no-any-return]


def _make_part(function: Function, options: dict[str, Any]) -> Function:
    if _numba.config.DISABLE_JIT:
        return function
    return _PartDispatcher(py_func=function, targetoptions=options)


_is_inside: list[str] = []  # the kernel Python has called, while it runs


def _note(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Note what a kernel is called with from Python, not from another kernel."""

    @wraps(function)
    def run(*arguments: Any) -> Any:
        if _is_inside:
            return function(*arguments)
        _calls.setdefault(name, tuple(_numba.typeof(argument) for argument in arguments))
        _is_inside.append(name)
        try:
            return function(*arguments)
        finally:
            _is_inside.pop()

    return run


# Here, since everybody who has a kernel comes by: before the first one is looked up.
forget_stale_kernels([Path(__file__).parent / room for room in ("engine", "contacts")], [Path(__file__)])
