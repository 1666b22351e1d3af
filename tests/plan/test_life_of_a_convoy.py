"""Holds, joins, closures and tours as a scenario declares them, on the crossroads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from konvoi.contacts.search import find_contacts
from konvoi.engine.model import RallyModel
from konvoi.errors import RouteError
from konvoi.plan.day_plan import OUTBOUND
from konvoi.town import Town
from tests.support.scenario_days import ALL, WAYS_HOME, build
from tests.support.towns import check_rows, get_times


def get_town(model: RallyModel) -> Town:
    town = model.town  # type: ignore[attr-defined]
    assert isinstance(town, Town)
    return town


def test_a_column_waits_at_its_hold_point_until_the_other_side_has_cleared_the_junction() -> None:
    hold = {"at": "singgah", "until_passed": "simpang empat", "patience_min": 300}
    model = build({"p1-barat": {"holds": [hold]}})
    model.run()
    check_rows(model)
    town = get_town(model)
    junction = next(k for k, name in enumerate(town.network.node_name) if name == "Simpang Empat")
    rows = model.list_rides()
    unit = model.plan.routes.unit_name.index("p2-utara")
    is_other = (model.state.fleet.unit[rows.vehicle] == unit) & (
        rows.step < model.state.roads.route_offset[2 * unit + 1]
    )
    is_from = np.isin(rows.link, np.flatnonzero(town.network.link_from == junction))
    tail_s = rows.begin_s[is_other & is_from].max()
    _, begin_s, end_s = get_times(model, len(model.state.links) - 1)
    assert begin_s.min() < tail_s == end_s.min()
    found = find_contacts(model)
    organised = (found.trip_1 == 2 * model.plan.routes.unit_name.index("p1-barat")) & (found.trip_2 == 2 * unit)
    assert not organised.any()


def test_who_joins_enters_the_road_right_behind_the_tail() -> None:
    model = build({"p1-tengah": {"side": 1, "assembly_point": "tengah", "people": 120, "joins": "p1-barat"}})
    model.run()
    check_rows(model)
    names = model.plan.routes.unit_name
    first_s, _ = model.compute_trip_times()
    host, joining = names.index("p1-barat"), names.index("p1-tengah")
    at = get_town(model).place_node["tengah"]
    link = int(
        next(
            k
            for k in model.plan.routes.route_link[slice(*model.plan.routes.route_offset[[2 * host, 2 * host + 1]])]
            if get_town(model).network.link_from[k] == at
        )
    )
    vehicle, begin_s, _ = get_times(model, link)
    of = model.state.fleet.unit[vehicle]
    tail_s = begin_s[of == host].max()
    assert tail_s < first_s[joining, OUTBOUND, 0] < tail_s + 30.0  # the others on the road come between
    assert np.count_nonzero(of == joining) > 10


def test_all_together_lose_nobody_whatever_the_step_and_treat_both_sides_alike() -> None:
    whole, stepped, mirrored = build(ALL, WAYS_HOME), build(ALL, WAYS_HOME), build(ALL, WAYS_HOME, swapped=True)
    whole.run()
    mirrored.run()
    stepped.decision_interval_s = 600.0
    while stepped.running:
        stepped.step()
    assert whole.n_stranded == 0
    assert np.array_equal(whole.state.units.n_arrived, whole.plan.count_vehicles())
    rides = whole.list_rides()
    for other in (stepped, mirrored):
        theirs = other.list_rides()
        assert np.array_equal(rides.vehicle, theirs.vehicle)
        assert np.array_equal(rides.end_s, theirs.end_s)
    one, two = find_contacts(whole), find_contacts(mirrored)
    assert len(one.begin_s) == len(two.begin_s) > 0
    assert np.sort(one.begin_s) == pytest.approx(np.sort(two.begin_s), abs=1e-6)
    assert one.exposure_person_s.sum() == pytest.approx(two.exposure_person_s.sum(), rel=1e-9)
    into_east = np.flatnonzero([name == "Jl. Timur" for name in get_town(whole).network.link_name])
    begin_s = rides.begin_s[np.isin(rides.link, into_east)]
    assert not np.any((begin_s >= 8.25 * 3600.0) & (begin_s < 8.0 * 3600.0 + 2400.0))
    assert np.any(begin_s < 8.25 * 3600.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"p1-barat": {"holds": [{"at": "singgah", "until_passed": "Simpang Lima"}]}}, "neither .* did you mean"),
        ({"p1-barat": {"streets_out": ["Jl. Barat"], "holds": [{"at": "puncak", "until": "08:00"}]}}, "does not pass"),
        ({"p2-utara": {"joins": "p2-lain"}, "p2-lain": {"side": 2, "assembly_point": "tengah", "people": 9}}, "joins"),
        ({"closures": [{"street": "Jl. Tiada", "begin": "08:00", "end": "09:00"}]}, "closures.0.street"),
    ],
)
def test_what_does_not_fit_the_map_is_told_with_its_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RouteError, match=message):
        build(changes)
