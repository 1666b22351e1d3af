"""Faults in the words of the person who wrote the file: key path, what was given, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import UnionType
from typing import Any

from pydantic import (
    BaseModel,
    ValidationError,
)

from konvoi.config.section import Section


def suggest(word: str, known: Mapping[str, object]) -> str:
    """Return which known word was meant, or which there are."""
    close = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; defined: {', '.join(list(known)[:12])}"


def describe_faults(error: ValidationError, schema: type[Section]) -> list[str]:
    """Turn each of pydantic's findings into: key path, what was given, what is allowed."""
    lines = []
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"] if part not in {"float", "literal['another_day']"})
        given = _shorten(fault.get("input"))
        message = str(fault["msg"])
        match fault["type"]:
            case "missing":
                lines.append(f"{path}: is missing{_help(schema, fault['loc'])}")
            case "extra_forbidden":
                siblings = _fields_at(schema, fault["loc"][:-1])
                lines.append(
                    f"{path}: there is no such key{suggest(str(fault['loc'][-1]), siblings) if siblings else ''}"
                )
            case "value_error":
                for line in message.removeprefix("Value error, ").splitlines():
                    lines.append(f"{path}: {line}" if path else line)
            case _:
                allowed = message[0].lower() + message[1:]
                lines.append(f"{path}: {given} given; {allowed}{_help(schema, fault['loc'])}")
    return list(dict.fromkeys(lines))


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _fields_at(schema: type[Section], location: tuple[int | str, ...]) -> dict[str, Any]:
    """Return the fields of the section at a location, following lists and mappings of sections."""
    current: Any = schema
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            if field is None:
                return {}
            current = field.annotation
            if isinstance(current, UnionType):  # a section that may be left out
                current = next((part for part in current.__args__ if part is not type(None)), None)
        else:
            arguments = [part for part in getattr(current, "__args__", ()) if part is not Ellipsis]
            current = arguments[-1] if arguments else None
    return dict(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else {}


def _help(schema: type[Section], location: tuple[int | str, ...]) -> str:
    named = tuple(part for part in location if part not in {"float", "literal['another_day']"})
    field = _fields_at(schema, named[:-1]).get(str(named[-1])) if named else None
    return f" ({field.description})" if field is not None and field.description else ""
