"""Small towns at random, as odd as roads can be, and what their vehicles may do there: a strategy for Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from konvoi.contacts.segments import Cells, build_cells
from konvoi.engine.crossings import Crossings, build_crossings
from konvoi.engine.model import RallyModel
from konvoi.network import LinkDraft, RoadNetwork, build_synthetic
from konvoi.plan.closures import ClosedLink
from konvoi.plan.day_plan import CAR, MOTORCYCLE, TRUCK, DayPlan
from tests.support.naive_movement import Junctions, Signal
from tests.support.towns import LENIENT, Unit, build_corridor, build_plan_by_hand

GOLDEN = 0.6180339887498949
PCU = (0.25, 1.0, 1.3)  # motorcycle, car, truck


@dataclass(frozen=True)
class RoadRecipe:
    """A road between two nodes; the same one makes a self-loop, two of the same make parallel ones."""

    start: int
    end: int
    length_m: float
    capacity_pcu_h: float
    speed_kmh: float
    lanes: float
    is_two_way: bool


@dataclass(frozen=True)
class UnitRecipe:
    """Vehicles of a side that come from somewhere; ``way_out`` and ``way_home`` say which turn to take."""

    side: int
    way_out: list[int]  # backwards from the venue
    way_home: list[int]
    depart_s: float
    stay_s: float
    spread_s: float
    cap_mps: float
    is_escorted: bool
    takes_both_lanes: bool
    vehicles: list[tuple[int, float]]  # class and factor on its speed


@dataclass(frozen=True)
class Recipe:
    """All that a small town and its day are made of."""

    n_nodes: int
    roads: list[RoadRecipe]
    n_ring: int  # the first nodes lie round a roundabout; fewer than three make none
    has_one_way_pair: bool  # between the first and the last node
    venues: tuple[int, int]
    is_dead_end: tuple[bool, bool]  # the venue lies at the end of a road of its own behind that node
    gate_pcu_h: float
    units: list[UnitRecipe]
    signals: list[int]  # nodes
    cycle_s: float
    crossing_pcu_h: float
    drives_on_left: bool
    max_hold_s: float
    closures: list[tuple[int, float, float]]  # link (counted round), begin and length in s
    parking_pcu: tuple[float, float]  # at either venue, and further off


def draw_recipes(*, is_mixed: bool = True, has_escorts: bool = True) -> st.SearchStrategy[Recipe]:
    """Draw a recipe of 2 to 12 nodes and up to 40 vehicles.

    Parameters
    ----------
    is_mixed
        Whether vehicles have speeds of their own; else all ride at one speed on a road.
    has_escorts
        Whether units may be escorted.
    """
    factors = st.sampled_from([1.0, 0.5, 0.8, 0.65, 1.2]) if is_mixed else st.just(1.0)
    caps = st.sampled_from([np.inf, 5.0, 8.0]) if is_mixed else st.just(np.inf)
    classes = st.sampled_from([MOTORCYCLE, CAR, TRUCK] if is_mixed else [MOTORCYCLE, TRUCK])

    @st.composite
    def draw(pick: st.DrawFn) -> Recipe:
        n_nodes = pick(st.integers(2, 12))
        nodes = st.integers(0, n_nodes - 1)
        roads = pick(
            st.lists(
                st.builds(
                    RoadRecipe,
                    start=nodes,
                    end=nodes,
                    length_m=st.sampled_from([0.5, 4.0, 12.0, 45.0, 130.0, 400.0]),
                    capacity_pcu_h=st.sampled_from([200.0, 700.0, 1450.0, 1800.0]),
                    speed_kmh=st.sampled_from([20.0, 36.0, 57.0]),
                    lanes=st.sampled_from([1.0, 2.0]),
                    is_two_way=st.booleans(),
                ),
                min_size=2,
                max_size=20,
            )
        )
        way = st.lists(st.integers(0, 5), min_size=1, max_size=9)
        units = pick(
            st.lists(
                st.builds(
                    UnitRecipe,
                    side=st.integers(1, 2),
                    way_out=way,
                    way_home=way,
                    depart_s=st.sampled_from([0.0, 20.0, 90.0]),
                    stay_s=st.sampled_from([0.0, 60.0, 300.0, 5000.0]),
                    spread_s=st.sampled_from([0.0, 0.3, 1.5, 4.0]),
                    cap_mps=caps,
                    is_escorted=st.booleans() if has_escorts else st.just(False),
                    takes_both_lanes=st.sampled_from([False, False, True]),
                    vehicles=st.lists(st.tuples(classes, factors), min_size=1, max_size=10),
                ),
                min_size=1,
                max_size=4,
            )
        )
        return Recipe(
            n_nodes=n_nodes,
            roads=roads,
            n_ring=pick(st.integers(0, min(5, n_nodes))),
            has_one_way_pair=pick(st.booleans()),
            venues=(pick(nodes), pick(nodes)),
            is_dead_end=(pick(st.booleans()), pick(st.booleans())),
            gate_pcu_h=pick(st.sampled_from([300.0, 1800.0, 1e6])),
            units=units,
            signals=pick(st.lists(nodes, max_size=4)),
            cycle_s=pick(st.sampled_from([0.0, 31.7, 60.3])),
            crossing_pcu_h=pick(st.sampled_from([np.inf, 2900.0, 400.0])),
            drives_on_left=pick(st.booleans()),
            max_hold_s=pick(st.sampled_from([600.1, 20.3])),
            closures=pick(
                st.lists(
                    st.tuples(
                        st.integers(0, 50), st.sampled_from([0.5, 33.3, 95.1]), st.sampled_from([7.7, 61.9, 800.3])
                    ),
                    max_size=3,
                )
            ),
            parking_pcu=pick(st.sampled_from([(np.inf, 0.0), (2.0, 1.5), (0.0, np.inf)])),
        )

    return draw()


def build_town(recipe: Recipe) -> tuple[RoadNetwork, DayPlan]:
    """Build a recipe's network and plan.

    Lengths, pcu and moments get uneven fractions, so that no two things happen at one moment by chance: whose turn it
    is then would hang on the last bit. Every venue has a road both ways, so there is a way in and out.
    """
    drafts = [
        LinkDraft(
            road.start,
            road.end,
            capacity_pcu_h=road.capacity_pcu_h,
            speed_kmh=road.speed_kmh,
            lanes=road.lanes,
            is_two_way=road.is_two_way,
            length_m=road.length_m * (1.0 + 0.01 * _get_fraction(k)),
        )
        for k, road in enumerate(recipe.roads)
    ]
    n_nodes, venues = recipe.n_nodes, list(recipe.venues)
    if recipe.n_ring >= 3:
        ring = [(k, (k + 1) % recipe.n_ring) for k in range(recipe.n_ring)]
        drafts += [LinkDraft(a, b, length_m=12.3 + 0.21 * a, lanes=2.0, is_two_way=False) for a, b in ring]
    if recipe.has_one_way_pair:
        drafts.append(LinkDraft(0, n_nodes - 1, length_m=170.7, is_two_way=False))
        drafts.append(LinkDraft(n_nodes - 1, 0, length_m=181.9, is_two_way=False))
    for side, venue in enumerate(recipe.venues):
        if recipe.is_dead_end[side]:
            venues[side] = n_nodes
            n_nodes += 1
        behind = venue if recipe.is_dead_end[side] else (venue + 1) % recipe.n_nodes
        drafts.append(LinkDraft(behind, venues[side], length_m=90.0 + side + 0.1234))
    angle = 2.0 * np.pi * np.arange(n_nodes) / n_nodes
    network = build_synthetic(
        list(zip(300.0 * np.cos(angle), 300.0 * np.sin(angle), strict=True)), drafts, recipe.signals
    )
    class_speed = network.link_class_speed_mps * np.array([0.9, 1.0, 0.9])  # motorcycle, car, truck
    # Every link begins and ends a little apart from all others, as on a map: lines in one direction have no order.
    aside = np.random.default_rng(0).uniform(-10.0, 10.0, (2, len(network.shape_x_m)))
    network = replace(
        network,
        link_class_speed_mps=class_speed,
        shape_x_m=network.shape_x_m + aside[0],
        shape_y_m=network.shape_y_m + aside[1],
    )

    units, classes, n = [], [], 0
    for unit in recipe.units:
        venue = venues[unit.side - 1]
        out = _walk(network.link_to, network.link_from, venue, unit.way_out)[::-1]
        home = _walk(network.link_from, network.link_to, venue, unit.way_home)
        release = [unit.spread_s * k + 1e-3 * _get_fraction(n + k) for k in range(len(unit.vehicles))]
        units.append(
            Unit(
                unit.side,
                out,
                home,
                depart_s=unit.depart_s,
                home_s=unit.depart_s + unit.stay_s,
                n=len(unit.vehicles),
                cap_mps=unit.cap_mps,
                release_s=release,
                is_escorted=unit.is_escorted,
                takes_both_lanes=unit.takes_both_lanes,
                factor=[factor for _, factor in unit.vehicles],
            )
        )
        classes += [vehicle_class for vehicle_class, _ in unit.vehicles]
        n += len(unit.vehicles)
    pcu = np.array([PCU[vehicle_class] * (1.0 + 0.01 * _get_fraction(k)) for k, vehicle_class in enumerate(classes)])
    plan = build_plan_by_hand(units, recipe.gate_pcu_h / 3600.0)
    closed = tuple(
        ClosedLink(link % len(network.link_to), begin_s, begin_s + length_s)
        for link, begin_s, length_s in recipe.closures
    )
    return network, replace(
        plan,
        routes=replace(plan.routes, closed=closed),
        vehicle_class=np.array(classes, np.int8),
        vehicle_pcu=pcu,
        parking_pcu=(recipe.parking_pcu, recipe.parking_pcu),
        walk_s=(240.7, 120.9),
    )


def build_model(recipe: Recipe) -> RallyModel:
    """Build the model of a town of which only the movement is wanted: it looks at no cells, so these are another's."""
    network, plan = build_town(recipe)
    crossings = _build_crossings(recipe, network)
    return RallyModel(network, _get_any_cells(), crossings, plan, LENIENT, max_day_h=6.0, max_hold_s=recipe.max_hold_s)


def build_junctions(recipe: Recipe, network: RoadNetwork) -> Junctions:
    """Build the same junctions for the plain twin."""
    crossings = _build_crossings(recipe, network)
    link = np.repeat(np.arange(len(crossings.offset) - 1), np.diff(crossings.offset))
    ways = [(int(a), int(b)) for a, b in zip(link, crossings.out_link, strict=True)]
    offset = crossings.crossing_offset
    return Junctions(
        crosses={way: [ways[c] for c in crossings.crossing[offset[m] : offset[m + 1]]] for m, way in enumerate(ways)},
        slot_s_pcu=crossings.slot_s_pcu,
        signals={
            k: Signal(float(cycle_s), float(crossings.green_s[k]), float(crossings.green_length_s[k]))
            for k, cycle_s in enumerate(crossings.cycle_s)
            if cycle_s > 0.0
        },
        max_hold_s=recipe.max_hold_s,
    )


def _build_crossings(recipe: Recipe, network: RoadNetwork) -> Crossings:
    return build_crossings(
        network,
        crossing_pcu_s=recipe.crossing_pcu_h / 3600.0,
        drives_on_left=recipe.drives_on_left,
        cycle_s=recipe.cycle_s,
        lost_s=4.1,
    )


_cells: list[Cells] = []


def _get_any_cells() -> Cells:
    if not _cells:
        _cells.append(build_cells(build_corridor(100.0), 120.0, 50.0, 100.0))
    return _cells[0]


def _get_fraction(k: int) -> float:
    """Return a number in [0, 1) that fits no other."""
    return (k + 1) * GOLDEN % 1.0


def _walk(begin: np.ndarray, end: np.ndarray, node: int, turns: list[int]) -> list[int]:
    """Walk from a node, taking turn after turn, as far as there is a way."""
    links: list[int] = []
    for turn in turns:
        ways = np.flatnonzero(begin == node)
        if len(ways) == 0:
            break
        links.append(int(ways[turn % len(ways)]))
        node = int(end[links[-1]])
    return links
