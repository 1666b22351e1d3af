"""Each side's own day, met at any pair of starts, against the full engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from konvoi.config.settings import RunConfig
from konvoi.options import compose_settings
from konvoi.plan.day_plan import UnitRoutes
from konvoi.propose.alone_days import AloneDay, meet_alone_days, ride_alone
from konvoi.replication import prepare_routes, run_replication
from konvoi.town import Town, prepare_town

GAPS_MIN = (0.0, 15.0, 30.0, 60.0, 120.0, 240.0)
N_DAYS = 3
MINUTE_S = 60.0


@dataclass(frozen=True)
class Ground:
    """The crossroads, ready to be simulated."""

    config: RunConfig
    town: Town
    routes: UnitRoutes

    def run(self, day: int, gap_min: float) -> dict[str, Any]:
        rally = self.config.rally.model_copy(update={"gap_min": gap_min})
        return run_replication(self.config.model_copy(update={"rally": rally}), self.town, self.routes, day).row

    def ride(self, day: int) -> tuple[AloneDay, AloneDay]:
        first, second = (ride_alone(self.config, self.town, self.routes, day, side) for side in (1, 2))
        return first, second


def build_ground(*overrides: str) -> Ground:
    settings = compose_settings(["scenario=crossroads", *overrides])
    config = settings.build_config()
    town = prepare_town(config, settings.scenario.path)
    return Ground(config, town, prepare_routes(config, town))


@pytest.fixture(scope="module")
def ground() -> Ground:
    return build_ground()


def test_days_on_which_the_sides_share_no_road_are_those_of_the_full_engine(ground: Ground) -> None:
    n_exact, n_shared = 0, 0
    for day in range(N_DAYS):
        first, second = ground.ride(day)
        for gap_min in GAPS_MIN:
            starts_s = first.start_s, second.start_s + gap_min * MINUTE_S
            met = meet_alone_days(ground.config.contact, ground.town, first, second, starts_s)
            row = ground.run(day, gap_min)
            n_exact += met.is_exact
            n_shared += not met.is_exact
            if met.is_exact:
                for name in met.row:
                    expected, found = row[name], met.row[name]
                    assert found == expected or (np.isnan(found) and np.isnan(expected)), (day, gap_min, name)
            else:  # an estimate: of the same size
                own, full = met.row["side_exposure_person_min"], row["side_exposure_person_min"]
                assert own == pytest.approx(full, rel=0.5, abs=40.0)
    assert n_exact >= N_DAYS
    assert n_shared >= N_DAYS


def test_a_day_moves_as_a_whole_and_both_orders_are_alike(ground: Ground) -> None:
    first, second = ground.ride(0)
    here = meet_alone_days(ground.config.contact, ground.town, first, second, (first.start_s, second.start_s + 900.0))
    later = (first.start_s + 7200.0, second.start_s + 8100.0)
    there = meet_alone_days(ground.config.contact, ground.town, first, second, later)
    assert here.is_exact == there.is_exact
    for name in set(here.row) - {"first_side_contact_s"}:
        assert here.row[name] == pytest.approx(there.row[name]), name


def test_a_day_bound_to_the_clock_is_not_shifted() -> None:
    held = "scenario.convoys.p1-barat.holds=[{at: timur, trip: homebound, until: '11:00'}]"
    ground = build_ground(held)
    first, second = ground.ride(0)
    assert first.can_start_at(first.start_s)
    assert not first.can_start_at(first.start_s + 900.0)
    assert second.can_start_at(second.start_s + 900.0)
    with pytest.raises(ValueError, match="bound to the clock"):
        meet_alone_days(ground.config.contact, ground.town, first, second, (first.start_s + 900.0, second.start_s))


def test_the_end_of_the_hours_of_rallies_ends_what_may_be_shifted(ground: Ground) -> None:
    first, _ = ground.ride(0)
    assert first.last_start_s <= 17.0 * 3600.0  # a rally of 60 min that may be late ends by 18.00
    assert first.can_start_at(first.last_start_s)
    assert not first.can_start_at(first.last_start_s + 1.0)


def test_who_waits_for_the_other_side_is_never_alone() -> None:
    hold = "scenario.convoys.p2-utara.holds=[{at: puncak, until_passed: Simpang Empat}]"
    ground = build_ground(hold)
    first, second = ground.ride(0)
    met = meet_alone_days(ground.config.contact, ground.town, first, second, (first.start_s, second.start_s + 18_000.0))
    assert second.waits_for_other
    assert not met.is_exact
