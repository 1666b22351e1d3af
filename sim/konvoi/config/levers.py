"""What officials may change, what each change costs, and what is fair: the part of a scenario a proposal obeys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from konvoi.config.section import Section

Minutes = Annotated[float, Field(ge=0, le=720)]


class Levers(Section):
    """What may be changed. A lever that is not offered is never used; what was notified is always allowed."""

    starts: bool = Field(True, description="the rallies may start at other hours")
    either_first: bool = Field(True, description="either side may be first")
    step_min: float = Field(15.0, ge=5, le=60, description="grid of the starts, min")
    lengths_min: tuple[Annotated[float, Field(ge=30, le=480)], ...] = Field(
        (90.0, 120.0, 180.0, 210.0, 240.0),  # assumption: 60–240 min are usual
        max_length=12,
        description="other lengths both rallies may have, min",
    )
    venue_choices: tuple[str, ...] | None = Field(
        None, max_length=200, description="keys of venue_pairs that may be chosen; without it all of them"
    )
    hold_back_min: tuple[Minutes, ...] = Field(
        (30.0, 60.0),  # assumption
        max_length=12,
        description="how long columns may be held at the venue after the rally, min",
    )
    assembly_points: bool = Field(True, description="a convoy may gather at another assembly point of its side")
    one_column: bool = Field(True, description="all who gather at a point may be made to ride in its column")
    escorts: tuple[Literal["side_1", "side_2", "both"], ...] = Field(
        (), max_length=3, description="whose columns may be escorted"
    )
    fixed_convoys: tuple[str, ...] = Field((), max_length=500, description="keys of convoys that stay as notified")


class Costs(Section):
    """What a change costs. The unit is a minute of each supporter of a side: the burden of that side."""

    moved_factor: float = Field(1.0, ge=0, le=100, description="of each minute a start is moved")  # assumption
    longer_factor: float = Field(
        1.0, ge=0, le=100, description="of each minute a rally is longer or shorter"
    )  # assumption
    waited_factor: float = Field(2.0, ge=0, le=100, description="of each minute somebody is held back")  # assumption
    gather_min_km: float = Field(
        6.0,
        ge=0,
        le=600,
        description="of each km to another assembly point or venue, min (there and back at 20 km/h)",
    )  # assumption
    prayer_min: float = Field(10.0, ge=0, le=720, description="of a daily prayer inside a rally, min")  # assumption
    instruction_min: float = Field(5.0, ge=0, le=720, description="of each separate instruction, min")  # assumption
    officer_min: float = Field(0.2, ge=0, le=100, description="of each officer needed, min")  # assumption
    officers_per_escort: int = Field(6, ge=0, le=1000, description="officers who escort one column")  # assumption
    officers_per_hold: int = Field(10, ge=0, le=1000, description="officers who hold a side back")  # assumption


class Limits(Section):
    """What no proposal may exceed, beside the rules of the campaign."""

    largest_ratio: float = Field(
        3.0,
        ge=1,
        le=1000,
        description="burden of the side that bears more, over that of the other one; both from what each notified",
    )  # assumption
    free_burden_min: float = Field(
        60.0, ge=1, le=720, description="smaller burdens count as this one: a side may bear so much alone, min"
    )  # assumption


class ProposalRules(Section):
    """Levers, costs and limits of a proposal (`konvoi propose`)."""

    levers: Levers = Field(Levers(), description="what may be changed")
    costs: Costs = Field(Costs(), description="what a change costs")
    limits: Limits = Field(Limits(), description="what no proposal may exceed")
