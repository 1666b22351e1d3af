"""V1: one vehicle on free links needs L/v_f on each, exactly, however short they are."""

from __future__ import annotations

import pytest

from tests.support.towns import Unit, build_corridor, build_town_model, get_times


@pytest.mark.parametrize("pieces", [1, 3, 600])
def test_a_lone_vehicle_needs_length_over_speed_however_the_road_is_cut(pieces: int) -> None:
    """6,000 m at 10 m/s are 600 s; 600 pieces are links of 10 m."""
    model = build_town_model(
        build_corridor(6000.0, pieces),
        [Unit(1, range(0, 2 * pieces, 2), range(2 * pieces - 1, 0, -2), depart_s=100.0)],
    )
    model.run()
    _, begin_s, _ = get_times(model, 0)
    _, _, end_s = get_times(model, 2 * (pieces - 1))
    assert begin_s[0] == 100.0
    assert end_s[0] == pytest.approx(700.0, abs=1e-9)
    assert model.n_stranded == 0
