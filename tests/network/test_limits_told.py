"""What a map cannot say is told: turns that are forbidden or not obeyed, ways left out, roads lost at its edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from konvoi.network.graph import build_network
from konvoi.report.wording import describe_map
from tests.support.commands import call_konvoi
from tests.support.road_files import CROSS, MANUAL, Way, write_osm

RESTRICTION = (
    '<relation id="1"><member type="way" ref="1" role="from"/><member type="node" ref="1" role="via"/>'
    '<member type="way" ref="2" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>'
)
ARMS: list[Way] = [([k, 1], {"highway": "secondary", "name": f"Jl. {k}"}) for k in (2, 3, 4, 5)]


def write_map(folder: Path, ways: list[Way], more: str = "") -> Path:
    nodes = {**CROSS, 6: (117.60, 0.50), 7: (117.61, 0.50)}
    path = write_osm(folder / "kota.osm", ways, nodes)
    path.write_text(path.read_text(encoding="utf-8").replace("</osm>", f"{more}</osm>"), encoding="utf-8")
    return path


def test_turn_restrictions_are_obeyed_and_told(tmp_path: Path) -> None:
    removed = RESTRICTION.replace('id="1"', 'id="2" action="delete"', 1)
    timed = RESTRICTION.replace('"restriction" v="no', '"restriction:conditional" v="no')
    path = write_map(tmp_path, ARMS, RESTRICTION + removed + timed)
    told = call_konvoi("roads", "info", str(path), "lang=en", cwd=tmp_path).stdout
    assert "1 turns that no route takes" in told
    assert "1 turn restrictions of the map are not obeyed" in told
    quality = build_network(path, MANUAL).quality.to_dict()
    assert describe_map(quality, "en").endswith("1 turn restrictions are not obeyed.")
    assert describe_map({**quality, "knows_turns": False}, "en").endswith("Turn restrictions are not known.")


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_map_that_loses_a_tenth_of_its_roads_says_so_and_what_to_do(tmp_path: Path, is_lost: bool) -> None:
    """A road of 1.1 km that leads nowhere, beside 4.4 km of roads that are connected: a fifth."""
    path = write_map(tmp_path, [*ARMS, *([([6, 7], {"highway": "primary"})] if is_lost else [])])
    told = call_konvoi("roads", "info", str(path), "lang=en", cwd=tmp_path).stdout
    assert ("ATTENTION: 20% of the roads are lost" in told and "fetch a larger area" in told) == is_lost


def test_a_name_of_the_map_is_cleaned(tmp_path: Path) -> None:
    path = write_map(tmp_path, [*ARMS[1:], ([2, 1], {"highway": "secondary", "name": "Jl.\u0085Raya&#13;Baru"})])
    assert "Jl. Raya Baru" in build_network(path, MANUAL).link_name
