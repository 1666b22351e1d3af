"""Turn restrictions of OpenStreetMap → forbidden turns: from a node, at a junction, towards a node."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

Way = tuple[list[int], dict[str, str]]
Turn = tuple[int, int, int]  # node before the junction, junction, node behind it
RESTRICTION_TAGS = ("type", "restriction", "restriction:motorcycle", "restriction:conditional", "except")


class Restriction(NamedTuple):
    """A relation that forbids turns, or demands one."""

    kind: str  # no_… or only_…; empty where it cannot be obeyed: at certain hours, or over several roads
    from_ways: tuple[str, ...]
    via: str
    to_ways: tuple[str, ...]


class Turns(NamedTuple):
    """What the restrictions of a file come to."""

    forbidden: tuple[Turn, ...] = ()
    left: int = 0  # restrictions that cannot be obeyed


NO_TURNS = Turns()


def read_restriction(tags: Mapping[str, str], members: Sequence[tuple[str, str, str]]) -> Restriction | None:
    """Read a relation; None when it is no restriction, or none of motorcycles.

    Parameters
    ----------
    members
        Role, type and reference of each.
    """
    if tags.get("type") != "restriction":
        return None
    own = tags.get("restriction:motorcycle", "")
    kind = own or tags.get("restriction", "")
    is_excepted = not own and "motorcycle" in re.split(r"[;,\s]+", tags.get("except", ""))
    if is_excepted or not (kind or tags.get("restriction:conditional")):
        return None
    vias = [(type_, ref) for role, type_, ref in members if role == "via"]
    is_plain = len(vias) == 1 and vias[0][0] == "node" and kind.startswith(("no_", "only_"))
    return Restriction(
        kind if is_plain else "",
        tuple(ref for role, type_, ref in members if (role, type_) == ("from", "way")),
        vias[0][1] if is_plain else "",
        tuple(ref for role, type_, ref in members if (role, type_) == ("to", "way")),
    )


def find_turns(
    ways: Sequence[Way], way_ids: Sequence[str], restrictions: Iterable[Restriction], numbers: Mapping[str, int]
) -> Turns:
    """Find the turns that restrictions forbid between roads; those that concern no road are left out.

    A restriction that demands a turn forbids all others, turning round included (wiki.openstreetmap.org/wiki/
    Relation:restriction). One whose roads run on beyond its junction says not from which side, and is counted as left.

    Parameters
    ----------
    ways
        Roads: nodes in order, tags.
    way_ids
        Reference of each road.
    numbers
        Number of each node of a road by its reference.
    """
    roads = {way_id: refs for way_id, (refs, _) in zip(way_ids, ways, strict=True)}
    concerned = [
        one
        for one in restrictions
        if any(way in roads for way in one.from_ways) and any(way in roads for way in one.to_ways)
    ]
    beside = _find_beside(ways, {numbers[one.via] for one in concerned if one.via in numbers})
    forbidden: dict[Turn, None] = {}
    left = 0
    for one in concerned:
        via = numbers.get(one.via)
        if via is None:
            left += 1
            continue
        before = {node for way in one.from_ways for node in _get_end_neighbours(roads.get(way, []), via)}
        behind = {node for way in one.to_ways for node in _get_end_neighbours(roads.get(way, []), via)}
        left += not (before and behind)
        if before and behind and one.kind.startswith("only_"):
            behind = beside[via] - behind
        forbidden.update(dict.fromkeys((a, via, b) for a in sorted(before) for b in sorted(behind)))
    return Turns(tuple(forbidden), left)


def format_turns(turns: Iterable[Turn]) -> str:
    """Format turns as the text a GraphML file keeps."""
    return ";".join(" ".join(str(node) for node in turn) for turn in turns)


def parse_turns(text: str) -> list[Turn]:
    """Read what `format_turns` wrote; anything else is left out."""
    return [(int(a), int(b), int(c)) for a, b, c in re.findall(r"(?a:(-?\d{1,19}) (-?\d{1,19}) (-?\d{1,19}))", text)]


def _find_beside(ways: Sequence[Way], junctions: set[int]) -> dict[int, set[int]]:
    """Find the nodes next to junctions along any road."""
    beside: dict[int, set[int]] = {junction: set() for junction in junctions}
    for refs, _ in ways:
        for a, b in itertools.pairwise(refs):
            if a in beside:
                beside[a].add(b)
            if b in beside:
                beside[b].add(a)
    return beside


def _get_end_neighbours(refs: Sequence[int], junction: int) -> list[int]:
    """Return the nodes next to a junction along a road that begins or ends there."""
    ends = [refs[1]] if len(refs) > 1 and refs[0] == junction else []
    return [*ends, refs[-2]] if len(refs) > 1 and refs[-1] == junction else ends
