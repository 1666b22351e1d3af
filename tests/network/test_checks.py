"""The check of a map finds what was broken on purpose, where it was broken, and what it offers mends it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from konvoi.commands.roads import roads
from konvoi.network import build_network, load_edits
from konvoi.network.checks import Fault, inspect_graph
from konvoi.network.graph import read_graph
from tests.support.road_files import CROSS, MANUAL, Way, write_osm

MAIN: list[Way] = [
    ([2, 1, 3], {"highway": "secondary", "name": "Jl. Timur"}),
    ([4, 1, 5], {"highway": "tertiary", "name": "Jl. Utara"}),
]


def inspect(
    folder: Path, nodes: dict[int, tuple[float, float]], *ways: Way, places: dict[str, tuple[str, float, float, float]] | None = None
) -> list[Fault]:  # fmt: skip
    """Check the cross with a few more roads."""
    path = write_osm(folder / "kota.osm", [*MAIN, *ways], {**CROSS, **nodes})
    return inspect_graph(read_graph(path)[0], places).faults


def test_a_sound_town_has_no_fault(tmp_path: Path) -> None:
    assert inspect(tmp_path, {}) == []


# name → nodes, ways, kind of the fault, where, whether it is safe to mend
BROKEN: dict[str, tuple[dict[int, tuple[float, float]], list[Way], str, tuple[float, float], bool]] = {
    "an end 3 m short of a road": (
        {6: (117.505, 0.50003), 7: (117.505, 0.508)}, [([6, 7], {"highway": "tertiary", "name": "Jl. Baru"})],
        "loose_end", (117.505, 0.50003), True,
    ),
    "an end 8 m short of a road": (
        {6: (117.505, 0.50007), 7: (117.505, 0.508)}, [([6, 7], {"highway": "tertiary", "name": "Jl. Baru"})],
        "loose_end", (117.505, 0.50007), False,
    ),
    "two ends that face each other": (
        {6: (117.505, 0.505), 7: (117.50504, 0.505)},
        [([1, 6], {"highway": "tertiary", "name": "Jl. Sini"}), ([3, 7], {"highway": "tertiary", "name": "Jl. Sana"})],
        "loose_end", (117.505, 0.505), True,
    ),
    "a bridge whose bank is not joined": (
        {6: (117.505, 0.5002), 7: (117.505, 0.504), 8: (117.505, 0.508)},
        [([6, 7], {"highway": "tertiary", "name": "Jembatan", "bridge": "yes"}), ([7, 8], {"highway": "tertiary", "name": "Jl. Baru"})],
        "bridge", (117.505, 0.5002), False,
    ),
    "roads that cross without a node": (
        {6: (117.505, 0.492), 7: (117.505, 0.508)}, [([6, 7], {"highway": "tertiary", "name": "Jl. Baru"})],
        "crossing", (117.505, 0.5), True,
    ),
    "a part of the town far from the rest": (
        {6: (117.505, 0.505), 7: (117.505, 0.508)}, [([6, 7], {"highway": "tertiary", "name": "Jl. Baru"})],
        "isolated", (117.505, 0.505), False,
    ),
    "a one-way road that leads in and not out": (
        {6: (117.503, 0.503), 7: (117.505, 0.506)}, [([1, 6], {"highway": "tertiary", "name": "Jl. Masuk", "oneway": "yes"}), ([6, 7], {"highway": "tertiary", "name": "Jl. Dalam"})],
        "one_way_in", (117.5015, 0.5015), False,
    ),
    "a junction of several nodes": (
        {6: (117.5001, 0.5001), 7: (117.5001, 0.509), 8: (117.4999, 0.5001), 9: (117.4999, 0.509)},
        [([1, 6, 7], {"highway": "tertiary", "name": "Jl. A"}), ([1, 8, 9], {"highway": "tertiary", "name": "Jl. B"}), ([6, 8], {"highway": "tertiary", "name": "Jl. C"})],
        "split_junction", (117.5, 0.500067), False,
    ),
    "a main road without a name": ({6: (117.505, 0.508)}, [([3, 6], {"highway": "primary"})], "no_name", (117.5075, 0.504), False),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_found_where_it_is(tmp_path: Path, case: str) -> None:
    nodes, ways, kind, spot, is_safe = BROKEN[case]
    found = [fault for fault in inspect(tmp_path, nodes, *ways) if fault.kind == kind]
    assert len(found) == 1
    assert (found[0].lon_deg, found[0].lat_deg) == pytest.approx(spot, abs=2e-5)
    assert found[0].is_safe == is_safe
    for lang in ("id", "en"):
        assert "{" not in found[0].describe(lang)


def test_a_bridge_over_a_road_is_no_missing_junction(tmp_path: Path) -> None:
    nodes = {6: (117.505, 0.492), 7: (117.505, 0.508), 8: (117.503, 0.51)}
    way: Way = ([6, 7], {"highway": "tertiary", "name": "Jl. Layang", "bridge": "yes", "layer": "1"})
    kinds = {
        fault.kind for fault in inspect(tmp_path, nodes, way, ([7, 8], {"highway": "tertiary", "name": "Jl. Baru"}))
    }
    assert "crossing" not in kinds
    assert "loose_end" not in kinds


def test_places_on_lost_parts_and_far_from_roads_are_found(tmp_path: Path) -> None:
    places = {
        "baik": ("Lapangan Baik", 117.505, 0.5003, 300.0),
        "lepas": ("Lapangan Lepas", 117.5051, 0.5060, 2000.0),
        "sungai": ("Lapangan Sungai", 117.55, 0.5, 300.0),
    }
    nodes = {6: (117.505, 0.505), 7: (117.505, 0.508)}
    found = inspect(tmp_path, nodes, ([6, 7], {"highway": "tertiary", "name": "Jl. Baru"}), places=places)
    by_name = {fault.name: fault for fault in found if fault.kind.startswith("place")}
    assert by_name.keys() == {"Lapangan Lepas", "Lapangan Sungai"}
    assert by_name["Lapangan Lepas"].kind == "place_on_lost_part"
    assert by_name["Lapangan Sungai"].value == pytest.approx(4450, abs=20)
    edit = by_name["Lapangan Sungai"].edit
    assert edit is not None
    assert (edit["kind"], edit["place"], edit["lon_deg"]) == ("move_place", "sungai", pytest.approx(117.51, abs=1e-5))


def test_numbers_and_words_fit_the_language() -> None:
    fault = Fault("loose_end", 0.0, 0.0, "Jl. A.\nYani", 2.345)
    assert fault.describe("id") == "ujung Jl. A. Yani hanya 2,3 m dari jalan lain"
    assert fault.describe("en") == "an end of Jl. A. Yani is only 2.3 m from another road"


def test_check_shows_and_repair_mends_and_a_second_check_is_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    nodes = {**CROSS, 6: (117.505, 0.50003), 7: (117.505, 0.508), 8: (117.495, 0.50007), 9: (117.495, 0.508)}
    ways: list[Way] = [*MAIN, ([6, 7], {"highway": "tertiary", "name": "Jl. Baru"}), ([8, 9], {"highway": "tertiary", "name": "Jl. Lain"})]  # fmt: skip
    path = write_osm(tmp_path / "kota.osm", ways, nodes)
    assert roads(["check", "kota.osm", "out=periksa"]) == 0
    assert "0.50003, 117.50500  ujung Jl. Baru hanya 3,3 m dari jalan lain" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "periksa" / "faults.csv")
    assert table["is_safe"].sum() == 1
    assert (tmp_path / "periksa" / "faults.png").stat().st_size > 20_000
    assert roads(["repair", "kota.osm"]) == 0
    assert len(load_edits(path).made) == 1
    assert "  # - {kind: join_roads" in (tmp_path / "kota.edits.yaml").read_text(encoding="utf-8")
    network = build_network(path, MANUAL, load_edits(path))
    assert "Jl. Baru" in network.link_name
    assert "Jl. Lain" not in network.link_name
    capsys.readouterr()
    assert roads(["repair", "kota.osm"]) == 0
    assert "0 perbaikan ditulis, 0 ditawarkan" in capsys.readouterr().out
