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

ANOTHER_DAY = "another_day"
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Side = Literal[1, 2]


def _check_clock(text: str) -> str:
    clock_to_s(text)
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
                faults.append(f"{key}: {str(value).lower()} given; yes, no, true and false are no value here")
            elif isinstance(value, float) and field.annotation in (int, int | None):
                faults.append(f"{key}: {value:g} given; write a whole number without a point: 1.000 is read as 1")
        if faults:
            raise ValueError("\n".join(faults))
        return content
