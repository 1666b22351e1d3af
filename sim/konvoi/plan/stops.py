"""What happens on the way: halts, columns that are joined, closed roads, and where crowds stand.

All of it is fixed by the scenario and the map; it holds no chance and is shared by all replications (`konvoi.plan.routes`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from konvoi.arrays import IntArray
from konvoi.config.scenario import Hold, Scenario
from konvoi.errors import RouteError, find_meant
from konvoi.network import RoadNetwork
from konvoi.units import clock_to_s, minutes_to_s
from konvoi.words import Sentence

AT_ASSEMBLY, AT_HALT, AT_RALLY = 0, 1, 2  # kinds of crowds


@dataclass(frozen=True)
class Halt:
    """Where a column leaves the carriageway and waits.

    It goes on when the clock of its day has come, when all of it has closed up (if it waits for that) and when the
    awaited columns have passed; at the latest when its patience ends, counted from its first vehicle's coming.
    """

    trip: int  # 2·unit + phase
    name: str
    node: int
    after: int  # links of the trip ridden before
    clock_s: float  # of day; 0 for none
    is_closing_up: bool
    watches: tuple[int, ...]  # all vehicles of each must have passed
    patience_s: float


@dataclass(frozen=True)
class Join:
    """A column that waits at its assembly point for another one and falls in with it."""

    unit: int
    watch: int
    is_behind_tail: bool
    patience_s: float  # after its own planned hour


@dataclass(frozen=True)
class Watch:
    """A place where the passing of a column is noticed: the start of a link of its trip."""

    trip: int
    after: int  # links of the trip ridden before


@dataclass(frozen=True)
class Crowd:
    """People of one side who stand at a place: at an assembly point, a hold point or the venue."""

    name: str
    side: int
    node: int
    kind: int  # AT_ASSEMBLY, AT_HALT or AT_RALLY
    members: tuple[int, ...]  # units that gather there, or halts; none for a venue


def find_passing(network: RoadNetwork, links: IntArray, nodes: Sequence[int], first: int = 0) -> int | None:
    """Find how many links of a route are ridden before it first comes to one of some nodes, from ``first`` on."""
    ends = np.concatenate([network.link_from[links[:1]], network.link_to[links]])
    found = np.flatnonzero(np.isin(ends[first:], nodes))
    return first + int(found[0]) if len(found) else None


def find_nodes(network: RoadNetwork, place_node: Mapping[str, int], word: str, path: str) -> list[int]:
    """Find the nodes a word means: the key of a place, or the name of a junction, which may have several nodes.

    Raises
    ------
    RouteError
        When it is neither.
    """
    if word in place_node:
        return [place_node[word]]
    wanted = word.casefold()
    nodes = [node for node, name in enumerate(network.node_name) if name.casefold() == wanted]
    if not nodes:
        meant = find_meant(word, sorted({*place_node, *network.node_name} - {""}))
        raise RouteError(Sentence("faults.place_or_junction", path=path, word=word, meant=meant))
    return nodes


def build_halt(
    network: RoadNetwork,
    scenario: Scenario,
    place_node: Mapping[str, int],
    links: IntArray,
    hold: Hold,
    trip: int,
    first: int,
    watches: tuple[int, ...],
    path: str,
) -> Halt:
    """Build the halt of a trip at the first passing of its place from a link on.

    Raises
    ------
    RouteError
        When the trip does not pass there.
    """
    after = find_passing(network, links, [place_node[hold.at]], first)
    if after is None:
        raise RouteError(Sentence("faults.hold_off_route", path=path, name=scenario.places[hold.at].name))
    return Halt(
        trip=trip,
        name=scenario.places[hold.at].name,
        node=place_node[hold.at],
        after=after,
        clock_s=0.0 if hold.until is None else clock_to_s(hold.until),
        is_closing_up=hold.until_closed_up,
        watches=watches,
        patience_s=minutes_to_s(hold.patience_min),
    )
