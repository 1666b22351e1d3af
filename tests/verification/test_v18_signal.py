"""V18: a signal splits an unescorted column, not an escorted one."""

from __future__ import annotations

import numpy as np
import pytest

from sim.network import LinkDraft, RoadNetwork, build_synthetic
from tests.towns import Unit, build_town_model, get_times

CYCLE_S, LOST_S = 60.0, 5.0
GREEN_S = (CYCLE_S - 2 * LOST_S) / 2  # two equal roads
HEADWAY_S = 2.0  # 1,800 pcu/h


def build_signal_cross() -> RoadNetwork:
    """Two equal roads cross at node 0, which has a signal; links 0 and 2 come from west and east, 4 and 6 across."""
    nodes = [(0.0, 0.0), (-1000.0, 0.0), (1000.0, 0.0), (0.0, 1000.0), (0.0, -1000.0)]
    return build_synthetic(
        nodes, [LinkDraft(k, 0, capacity_pcu_h=1800.0, speed_kmh=36.0) for k in (1, 2, 3, 4)], signals=[0]
    )


@pytest.mark.parametrize("is_escorted", [False, True])
def test_a_signal_splits_a_column_unless_it_is_escorted(is_escorted: bool) -> None:
    """60 vehicles arrive 2 s apart from 100 s on; green lasts 25 of 60 s from 60·k on.

    The head comes in a red: it waits for 120 s. 25/2 = 12.5 headways fit in a green, so 13 vehicles go in each, 2 s
    apart: 5 groups. Escorted, the column rides through from 100 s on with all its headways.
    """
    unit = Unit(1, [0, 3], [2, 1], depart_s=0.0, n=60, is_escorted=is_escorted)
    model = build_town_model(build_signal_cross(), [unit], cycle_s=CYCLE_S, lost_s=LOST_S)
    model.run()
    _, passed_s, _ = get_times(model, 3)
    if is_escorted:
        assert passed_s == pytest.approx(100.0 + HEADWAY_S * np.arange(60))
        return
    phase_s = passed_s % CYCLE_S
    assert np.all(phase_s <= GREEN_S)
    groups = np.split(passed_s, np.flatnonzero(np.diff(passed_s) > HEADWAY_S + 1e-6) + 1)
    assert [len(group) for group in groups] == [13, 13, 13, 13, 8]
    assert [group[0] for group in groups] == pytest.approx(120.0 + CYCLE_S * np.arange(5))


def test_the_two_roads_of_a_signal_never_have_green_together() -> None:
    """Columns from west and north: the second phase is green from 30 to 55 s of the cycle."""
    units = [
        Unit(1, [0, 3], [2, 1], depart_s=0.0, n=60),
        Unit(2, [4, 7], [6, 5], depart_s=0.0, n=60),
    ]
    model = build_town_model(build_signal_cross(), units, cycle_s=CYCLE_S, lost_s=LOST_S)
    model.run()
    assert np.all(get_times(model, 3)[1] % CYCLE_S <= GREEN_S)
    across_s = get_times(model, 7)[1] % CYCLE_S
    assert np.all((across_s >= GREEN_S + LOST_S - 1e-6) & (across_s <= CYCLE_S - LOST_S))
    assert model.n_stranded == 0
