"""V13: no shared road, no contact. V19: no demand, or one side only: no contact and no crash."""

from __future__ import annotations

import pytest

from konvoi.contacts.search import find_contacts
from konvoi.network import LinkDraft, build_synthetic
from konvoi.replication import prepare_routes, run_replication
from tests.support.crossroads import load_crossroads
from tests.support.towns import Unit, build_town_model


def test_parallel_streets_that_do_not_see_each_other_give_no_contact() -> None:
    """30 m apart in a straight line, but kilometres along the road."""
    network = build_synthetic(
        [(0.0, 0.0), (3000.0, 0.0), (0.0, 30.0), (3000.0, 30.0), (-2000.0, 15.0)],
        [LinkDraft(0, 1), LinkDraft(2, 3), LinkDraft(4, 0), LinkDraft(4, 2)],
    )
    model = build_town_model(network, [Unit(1, [0], [1], n=20), Unit(2, [2], [3], n=20)])
    model.run()
    assert len(find_contacts(model).begin_s) == 0


@pytest.mark.parametrize("turnout", [0.0, 1.0])
def test_one_side_or_nobody_meets_nobody(turnout: float) -> None:
    config, town, _ = load_crossroads(behaviour={"turnout": turnout})
    alone = {
        name: area if area.side == 1 else area.model_copy(update={"people": 0})
        for name, area in config.scenario.convoys.items()
    }
    config = config.model_copy(update={"scenario": config.scenario.model_copy(update={"convoys": alone})})
    outcome = run_replication(config, town, prepare_routes(config, town), 0)
    assert outcome.row["contacts"] == 0
    assert outcome.row["stranded"] == 0
    assert (outcome.row["people_1"] > 0) == (turnout > 0)
    assert outcome.row["people_2"] == 0
