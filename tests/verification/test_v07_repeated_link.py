"""V7: a route may repeat a link; each passage counts."""

from __future__ import annotations

import pytest

from tests.support.towns import Unit, build_corridor, build_town_model, get_times


def test_a_route_that_turns_and_rides_a_link_twice_takes_three_times_as_long() -> None:
    """Out, back and out again on 3,000 m at 10 m/s: the second passage begins 600 s after the first."""
    model = build_town_model(build_corridor(3000.0), [Unit(1, [0, 1, 0], [1])])
    model.run()
    _, begin_s, end_s = get_times(model, 0)
    assert begin_s.tolist() == pytest.approx([0.0, 600.0])
    assert end_s.tolist() == pytest.approx([300.0, 900.0])
