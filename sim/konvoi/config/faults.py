"""Faults in the words of the person who wrote the file: key path, what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any

from pydantic import (
    BaseModel,
    ValidationError,
)

from konvoi.config.section import Section
from konvoi.errors import find_meant
from konvoi.words import DEFAULT_LANGUAGE, Sentence, find_words


def suggest(word: str, known: Mapping[str, object]) -> Sentence | str:
    """Return which known word was meant, or which there are."""
    return find_meant(str(word), known) or Sentence("faults.defined", names=", ".join(list(known)[:12]))


def describe_faults(error: ValidationError, schema: type[Section]) -> list[Sentence | str]:
    """Turn each of pydantic's findings into: key path, what was given, what is allowed."""
    lines: list[Sentence | str] = []
    for fault in error.errors(include_url=False):
        path = ".".join(str(part) for part in fault["loc"] if part not in {"float", "literal['another_day']"})
        given = _shorten(fault.get("input"))
        match fault["type"]:
            case "missing":
                lines.append(Sentence("faults.missing", path=path, meaning=_help(schema, fault["loc"])))
            case "extra_forbidden":
                siblings = _fields_at(schema, fault["loc"][:-1])
                meant = suggest(str(fault["loc"][-1]), siblings) if siblings else ""
                lines.append(Sentence("faults.no_such_key", path=path, meant=meant))
            case "value_error":
                for line in fault["ctx"]["error"].args:
                    lines.append(Sentence("faults.at", path=path, line=line) if path else line)
            case _:
                allowed = _describe_allowed(fault["type"], fault["msg"], fault.get("ctx", {}))
                meaning = _help(schema, fault["loc"])
                lines.append(Sentence("faults.not_allowed", path=path, given=given, allowed=allowed, meaning=meaning))
                # Longitudes of Indonesia are no latitudes: whoever swaps the two is told so at once.
                value = fault.get("input")
                if fault["loc"][-1:] == ("lat_deg",) and isinstance(value, (int, float)) and 85 < abs(value) <= 180:
                    lines.append(Sentence("faults.at", path=path, line=Sentence("faults.swapped")))
    return list({str(line): line for line in lines}.values())


def _describe_allowed(kind: str, message: str, limits: Mapping[str, object]) -> Sentence | str:
    """Say what pydantic allows; in its own English where the words do not know the kind of fault."""
    key = f"faults.allowed_{kind}"
    return Sentence(key, **limits) if find_words(key, DEFAULT_LANGUAGE) else message[0].lower() + message[1:]


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
