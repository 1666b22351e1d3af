"""A grid-lock ends a run instead of hanging it, and is named (MODEL §5: nothing is ever lost)."""

from __future__ import annotations

from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from tests.support.towns import Unit, build_town_model


def build_ring(arm_m: float = 100.0) -> RoadNetwork:
    """A one-way square of links 0 to 3 (15 pcu each) with a road to and from each corner (links 4 + 2k in, 5 + 2k out)."""
    corners = [(0.0, 0.0), (arm_m, 0.0), (arm_m, arm_m), (0.0, arm_m)]
    ends = [(-arm_m, -arm_m), (2 * arm_m, -arm_m), (2 * arm_m, 2 * arm_m), (-arm_m, 2 * arm_m)]
    square = [LinkDraft(k, (k + 1) % 4, is_two_way=False, name=f"Jl. {k}") for k in range(4)]
    return build_synthetic(corners + ends, square + [LinkDraft(4 + k, k, name=f"Jl. Ujung {k}") for k in range(4)])


def build_riders(n: int) -> list[Unit]:
    """From every corner's road, three sides round the square and out again, all at the same time."""
    units = []
    for k in range(4):
        out = [4 + 2 * k, *((k + j) % 4 for j in range(3)), 5 + 2 * ((k + 3) % 4)]
        home = [4 + 2 * ((k + 3) % 4), (k + 3) % 4, 5 + 2 * k]
        units.append(Unit(1 + k % 2, out, home, n=n))
    return units


def test_a_ring_that_fills_up_stops_and_is_named() -> None:
    """Every road brings 60 vehicles into a square that holds 4 × 15: each side waits for the next one."""
    model = build_town_model(build_ring(), build_riders(60))
    model.run()
    assert model.find_gridlocks() == [[0, 1, 2, 3]]
    assert model.n_stranded > 60
    assert not model.running


def test_a_ring_with_room_does_not_lock() -> None:
    model = build_town_model(build_ring(), build_riders(4))
    model.run()
    assert model.find_gridlocks() == []
    assert model.n_stranded == 0
