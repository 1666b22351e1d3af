"""What every part of a run's description shares: known keys only, shares, sides, clock times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from konvoi.units import clock_to_s
from konvoi.words import Sentence

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Side = Literal[1, 2]


def _check_clock(text: str) -> str:
    try:
        clock_to_s(text)
    except ValueError:
        raise ValueError(Sentence("faults.not_clock", text=text)) from None
    return text


Clock = Annotated[str, AfterValidator(_check_clock)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")]


class Section(BaseModel):
    """A mapping whose keys are all known: an unknown key is a fault, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _are_no_other_numbers(cls, content: object) -> object:
        """Refuse what pydantic would silently count as another number: yes as 1, and 1.000 people as one."""
        if not isinstance(content, Mapping):
            return content
        faults = []
        for key, field in cls.model_fields.items():
            value = content.get(key)
            if isinstance(value, bool) and field.annotation is not bool:
                faults.append(Sentence("faults.value_yes_no", key=key, value=str(value).lower()))
            elif isinstance(value, float) and field.annotation in (int, int | None):
                faults.append(Sentence("faults.value_whole", key=key, value=value))
        if faults:
            raise ValueError(*faults)
        return content
