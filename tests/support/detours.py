"""A road with a way around it, and a day on which the road closes."""

from __future__ import annotations

import numpy as np

from konvoi.engine.model import RallyModel
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from konvoi.plan.closures import ClosedLink, find_detours
from konvoi.plan.stops import Halt
from tests.support.stops import build_life
from tests.support.towns import Unit

N, HEADWAY = 30, 2.0


def build_way_around(capacity_pcu_h: float = 1800.0) -> RoadNetwork:
    """From 0 over 1 and 2 to 3, each 1,000 m; from 1 to 2 also over 4, two times 1,000 m."""
    nodes = [(0.0, 0.0), (1000.0, 0.0), (2000.0, 0.0), (3000.0, 0.0), (1500.0, 866.0)]
    pairs = ((0, 1, 1800.0), (1, 2, capacity_pcu_h), (2, 3, 1800.0), (1, 4, 1800.0), (4, 2, 1800.0))
    drafts = [LinkDraft(a, b, capacity_pcu_h=q, speed_kmh=36.0, length_m=1000.0) for a, b, q in pairs]
    return build_synthetic(nodes, drafts)


def run_around(network: RoadNetwork, begin_s: float, *halts: Halt) -> RallyModel:
    """30 vehicles leave at 1,000 s for node 3; the piece from 1 to 2 closes before they have passed."""
    closed = (ClosedLink(2, begin_s, 5000.0),)
    trips = [np.array(links, np.int32) for links in ([0, 2, 4], [5, 3, 1])]
    cost_s = network.link_length_m / network.link_free_speed_mps
    column = Unit(1, trips[0].tolist(), trips[1].tolist(), depart_s=1000.0, n=N, home_s=9000.0)
    model = build_life(
        network, [column], closed=closed, halts=halts, detours=find_detours(network, trips, halts, closed, cost_s)
    )
    model.run()
    assert model.n_stranded == 0
    return model
