"""Halts of a column: it goes on when its hour has come, when it has closed up, or when the other side has passed."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.crowds import PASSING_PLACE
from konvoi.contacts.search import find_contacts
from konvoi.engine.model import RallyModel
from konvoi.plan.stops import AT_HALT, Crowd, Halt, Watch
from tests.support.stops import build_life
from tests.support.towns import Unit, build_corridor, get_times

N, HEADWAY, HALFWAY_S = 30, 2.0, 300.0
COLUMN = Unit(1, [0, 2], [3, 1], depart_s=1000.0, n=N, home_s=50_000.0)
COMING = 1000.0 + HALFWAY_S  # of the first vehicle at the halt, 3 km from the start at 10 m/s
LAST = COMING + HEADWAY * (N - 1)


def build_halt(
    *, clock_s: float = 0.0, closes: bool = False, watches: tuple[int, ...] = (), patience_s: float = 1e5
) -> Halt:
    return Halt(0, "Lapangan singgah", 1, 1, clock_s, closes, watches, patience_s)


def run(halt: Halt, *others: Unit, **stops: object) -> RallyModel:
    model = build_life(build_corridor(6000.0, 2), [COLUMN, *others], halts=(halt,), **stops)
    model.run()
    assert model.n_stranded == 0
    return model


@pytest.mark.parametrize(
    ("halt", "open_s"),
    [
        (build_halt(clock_s=2000.0), 2000.0),
        (build_halt(closes=True), LAST),
        (build_halt(closes=True, clock_s=2000.0), 2000.0),
        (build_halt(clock_s=2000.0, patience_s=100.0), COMING + 100.0),
        (build_halt(closes=True, patience_s=20.0), COMING + 20.0),
    ],
)
def test_the_head_leaves_a_halt_when_all_it_waits_for_holds_or_patience_ends(halt: Halt, open_s: float) -> None:
    """Vehicle k comes at 1,300 + 2k s. From the opening on they leave 2 s apart, or as they come."""
    vehicle, begin_s, end_s = get_times(run(halt), 2)
    assert np.array_equal(vehicle, np.arange(N))
    expected = [max(open_s + HEADWAY * k, COMING + HEADWAY * k) for k in range(N)]
    assert begin_s == pytest.approx(expected, abs=1e-9)
    assert end_s == pytest.approx(np.array(expected) + HALFWAY_S, abs=1e-9)


def test_an_hour_that_is_past_stops_nobody() -> None:
    _, begin_s, _ = get_times(run(build_halt(clock_s=900.0)), 2)
    assert begin_s == pytest.approx(COMING + HEADWAY * np.arange(N), abs=1e-9)


@pytest.mark.parametrize(("patience_s", "open_s"), [(1e5, 2000.0 + 300.0 + 2.0 * 19), (60.0, COMING + 60.0)])
def test_a_column_waits_until_the_other_sides_tail_has_passed(patience_s: float, open_s: float) -> None:
    """20 vehicles of side 2 leave the east end at 2,000 s; the last passes the halt's junction at 2,338 s."""
    other = Unit(2, [3, 1], [0, 2], depart_s=2000.0, n=20, home_s=60_000.0)
    halt = build_halt(watches=(0,), patience_s=patience_s)
    _, begin_s, _ = get_times(run(halt, other, watches=(Watch(2, 1),)), 2)
    assert begin_s[:N] == pytest.approx(open_s + HEADWAY * np.arange(N), abs=1e-9)


@pytest.mark.parametrize("waits_for", [0, 1])
def test_two_may_wait_for_the_same_column_at_the_same_place(waits_for: int) -> None:
    """Each is told when it has passed: the last vehicle, at 2,338 s."""
    other = Unit(2, [3, 1], [0, 2], depart_s=2000.0, n=20, home_s=60_000.0)
    model = run(build_halt(watches=(waits_for,)), other, watches=(Watch(2, 1), Watch(2, 1)))
    _, begin_s, _ = get_times(model, 2)
    assert begin_s[:N] == pytest.approx(2338.0 + HEADWAY * np.arange(N), abs=1e-9)


def test_who_waits_off_the_road_meets_nobody_there_but_is_a_crowd() -> None:
    """The waiting column would be met head-on from 2,295 s on; as a crowd it is passed from 2,295 to 2,343 s."""
    other = Unit(2, [3, 1], [0, 2], depart_s=2000.0, n=20, home_s=60_000.0)
    crowd = Crowd("Lapangan singgah", 1, 1, AT_HALT, (0,))
    found = find_contacts(run(build_halt(clock_s=20_000.0), other, crowds=[crowd]))
    early = found.begin_s < 10_000.0
    assert set(found.kind[early]) == {PASSING_PLACE}
    assert found.begin_s[early] == pytest.approx([2295.0], abs=1e-6)
    assert found.end_s[early] == pytest.approx([2305.0 + 2.0 * 19], abs=1e-6)
    assert (found.trip_1[early], found.people_1[early], found.people_2[early]) == (4, N, 5.0)


def test_halts_one_after_the_other_and_on_the_way_home() -> None:
    """At the first halt until 2,000 s, then at the same place until it has closed up, 58 s later; home at 60,000 s."""
    halts = (
        build_halt(clock_s=2000.0),
        build_halt(closes=True),
        Halt(1, "Lapangan singgah", 1, 1, 60_000.0, False, (), 1e5),
    )
    model = build_life(build_corridor(6000.0, 2), [COLUMN], halts=halts)
    model.run()
    assert model.n_stranded == 0
    for link, open_s in ((2, 2000.0), (1, 60_000.0)):
        _, begin_s, _ = get_times(model, link)
        assert begin_s == pytest.approx(open_s + HEADWAY * np.arange(N), abs=1e-9)


def test_the_answer_does_not_depend_on_the_step() -> None:
    other = Unit(2, [3, 1], [0, 2], depart_s=1333.3, n=20, home_s=2500.0)
    models = []
    for interval_s in (1.0, 7.0, np.inf):
        model = build_life(
            build_corridor(6000.0, 2), [COLUMN, other], halts=(build_halt(watches=(0,)),), watches=(Watch(2, 1),)
        )
        model.decision_interval_s = interval_s
        while model.running:
            model.run() if interval_s == np.inf else model.step()
        models.append(model.list_rides().end_s)
    assert np.array_equal(models[0], models[1])
    assert np.array_equal(models[0], models[2])
