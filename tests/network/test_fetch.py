"""Roads from a map service, through OSMnx's own HTTP code, against a stand-in on loopback; and out of an extract."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import pytest

from konvoi.commands.roads import roads
from konvoi.errors import NetworkError
from konvoi.network import MapService, Request, build_network, fetch_network
from tests.support.map_service import StandIn, serve_maps

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "scenarios" / "manuals" / "mkji1997.yaml"
CENTRE = Request(point=(2.15, 117.5), radius_m=2000.0)


def fetch(
    stand_in: StandIn, folder: Path, request: Request = CENTRE, *, retries: int = 2, timeout_s: int = 20
) -> tuple[Path, list[str]]:
    """Fetch from the stand-in without pauses; return the road file and what was said."""
    said: list[str] = []
    service = MapService(
        overpass_url=f"{stand_in.url}/api", nominatim_url=stand_in.url, retries=retries, timeout_s=timeout_s,
        pause_s=0.0, cache_dir=folder / "cache",
    )  # fmt: skip
    return fetch_network(folder / "towns" / "kota.graphml", request, service, say=said.append), said


def test_a_fetched_town_is_the_town_of_the_map(tmp_path: Path) -> None:
    with serve_maps() as stand_in:
        path, _ = fetch(stand_in, tmp_path)
    network = build_network(path, MANUAL)
    assert set(network.link_name) == {"Jalan Pemuda", "Jalan Pulau Derawan"}
    assert "Jalan Pemuda – Jalan Pulau Derawan" in network.node_name
    assert len(network.node_x_m) == 5
    np.testing.assert_allclose(network.link_length_m, 556.0, rtol=0.01)
    assert network.quality.date == "2026-11-20"  # of the map, not of the download
    assert network.quality.place == "2000 m around 2.15, 117.5"
    assert network.quality.licence == "© OpenStreetMap contributors, ODbL 1.0"
    assert [one.name for one in path.parent.iterdir()] == ["kota.graphml"]
    assert all("konvoi" in agent for agent in stand_in.agents)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_", "questions"),
    [
        (Request(box=(117.48, 2.13, 117.52, 2.17)), 1),
        (Request(place="Tanjung Redeb, Berau"), 2),
        (Request(place="Titik Tanjung Redeb"), 3),
        (Request(place="Kabupaten Berau", radius_m=3000.0), 2),
    ],
)
def test_every_kind_of_area_can_be_asked_for(tmp_path: Path, request_: Request, questions: int) -> None:
    with serve_maps() as stand_in:
        path, _ = fetch(stand_in, tmp_path, request_)
    assert len(stand_in.asked) == questions
    assert "tertiary" in stand_in.asked[-1]
    assert "footway" not in stand_in.asked[-1]
    assert build_network(path, MANUAL).quality.n_nodes == 5


def test_an_area_may_be_a_polygon_of_a_file(tmp_path: Path) -> None:
    corners = [[117.49, 2.13], [117.51, 2.13], [117.51, 2.17], [117.49, 2.17], [117.49, 2.13]]
    area = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [corners]}}
    (tmp_path / "kota.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [area]}), encoding="utf-8"
    )
    with serve_maps() as stand_in:
        path, _ = fetch(stand_in, tmp_path, Request(polygon=tmp_path / "kota.geojson"))
    assert build_network(path, MANUAL).quality.place == "polygon kota.geojson"


@pytest.mark.slow
@pytest.mark.parametrize("moods", [["429"], ["504", "429"], ["cut"], ["504", "cut"]])
def test_a_busy_server_is_asked_again(tmp_path: Path, moods: list[str]) -> None:
    with serve_maps(*moods) as stand_in:
        path, said = fetch(stand_in, tmp_path)
    assert len(stand_in.asked) == len(moods) + 1
    assert sum("in 0 s" in text for text in said) == len(moods)
    assert build_network(path, MANUAL).quality.n_nodes == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mood", "expected"),
    [
        ("429", "the server answered 429, tried 3 times"),
        ("504", "the server answered 504, tried 3 times"),
        ("cut", "tried 3 times"),
        ("slow", "tried 3 times"),
        ("garbage", "answer cannot be used"),
        ("odd", "cannot be used"),
        ("empty", "no drivable road in the area asked for"),
        ("remark", "runtime error: Query timed out"),
    ],
)
def test_a_download_that_fails_is_told_in_one_sentence_and_leaves_no_file(
    tmp_path: Path, mood: str, expected: str
) -> None:
    with serve_maps(*[mood] * 9) as stand_in, pytest.raises(NetworkError) as fault:
        fetch(stand_in, tmp_path, timeout_s=1)
    assert expected in str(fault.value)
    assert "\n" not in str(fault.value)
    assert len(stand_in.asked) == (3 if "tried 3 times" in expected or mood in {"429", "504"} else 1)
    assert not list((tmp_path / "towns").glob("*") if (tmp_path / "towns").exists() else [])


@pytest.mark.parametrize(
    ("place", "expected"), [("Antah Berantah", "Nominatim does not know the place"), ("Kabupaten Berau", "limit 3,000")]
)
def test_a_place_that_is_unknown_or_far_too_large_is_told(tmp_path: Path, place: str, expected: str) -> None:
    with serve_maps() as stand_in, pytest.raises(NetworkError, match=expected) as fault:
        fetch(stand_in, tmp_path, Request(place=place))
    assert "radius_m=METRES" in str(fault.value)


def test_what_was_finished_today_is_not_downloaded_again(tmp_path: Path) -> None:
    with serve_maps() as stand_in:
        fetch(stand_in, tmp_path)
        fetch(stand_in, tmp_path)
    assert len(stand_in.asked) == 1


def test_without_internet_it_is_told_at_once_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        service = MapService(overpass_url=url, nominatim_url=url, cache_dir=tmp_path / "cache")
        with pytest.raises(NetworkError, match="without internet: run the same command") as fault:
            fetch_network(tmp_path / "kota.graphml", Request(place="Sangatta"), service)
    assert "\n" not in str(fault.value)
    assert "extract=FILE.osm.pbf" in str(fault.value)
    assert list(tmp_path.iterdir()) == [tmp_path / "cache"] or list(tmp_path.iterdir()) == []


def test_osmnx_is_left_as_it_was(tmp_path: Path) -> None:
    import osmnx

    before = (dict(osmnx.settings.requests_kwargs), osmnx.settings.overpass_url, socket.getaddrinfo)
    with serve_maps("garbage") as stand_in, pytest.raises(NetworkError):
        fetch(stand_in, tmp_path)
    assert (osmnx.settings.requests_kwargs, osmnx.settings.overpass_url, socket.getaddrinfo) == before


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({}, "exactly one of place"),
        ({"place": "Sangatta", "box": (1.0, 1.0, 2.0, 2.0)}, "exactly one of place"),
        ({"point": (117.5, 2.15)}, "latitude first"),
        ({"point": (2.15, 117.5), "radius_m": 1.0}, "100 to 50,000"),
        ({"box": (117.6, 2.0, 117.4, 2.1)}, "west < east"),
        ({"box": (117.4, 2.0, 117.6, 2.1), "radius_m": 500.0}, "an area already"),
    ],
)
def test_an_area_that_is_none_is_refused(wrong: dict[str, object], expected: str) -> None:
    with pytest.raises(NetworkError, match=expected):
        Request(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("none.geojson", None, "no such file"),
        ("kota.txt", "x", "ends in"),
        ("bad.geojson", "{", "cannot be read"),
        ("line.geojson", '{"type": "LineString", "coordinates": [[117.4, 2.1], [117.5, 2.1]]}', "no valid polygon"),
        (
            "metres.geojson",
            '{"type": "Polygon", "coordinates": [[[5e5, 2e5], [6e5, 2e5], [6e5, 3e5], [5e5, 2e5]]]}',
            "not longitudes",
        ),
    ],
)
def test_a_polygon_file_that_is_none_is_refused(tmp_path: Path, name: str, content: str | None, expected: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with serve_maps() as stand_in, pytest.raises(NetworkError, match=expected) as fault:
        fetch(stand_in, tmp_path, Request(polygon=path))
    assert str(path) in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_town_is_cut_out_of_an_extract_without_internet(tmp_path: Path) -> None:
    source = ROOT / "scenarios" / "networks" / "sangatta.osm"
    request = Request(point=(0.51, 117.535), radius_m=1500.0)
    path = fetch_network(tmp_path / "pusat.graphml", request, extract=source)
    cut, whole = build_network(path, MANUAL), build_network(source, MANUAL)
    assert 0.0 < cut.quality.road_km < whole.quality.road_km / 3
    assert "Jl. Sulawesi" in cut.link_name
    assert cut.quality.kind == "road_list"
    assert cut.quality.licence == whole.quality.licence
    assert cut.quality.date == whole.quality.date == ""  # the day of the cut is not the day of the map
    again = fetch_network(tmp_path / "lagi.graphml", Request(point=(0.51, 117.535), radius_m=800.0), extract=path)
    assert build_network(again, MANUAL).quality.road_km < cut.quality.road_km


@pytest.mark.parametrize(
    ("request_", "expected"),
    [(Request(place="Sangatta"), "needs internet"), (Request(point=(5.0, 100.0)), "no road in the area")],
)
def test_a_cut_that_cannot_be_made_is_told(tmp_path: Path, request_: Request, expected: str) -> None:
    with pytest.raises(NetworkError, match=expected):
        fetch_network(tmp_path / "x.graphml", request_, extract=ROOT / "scenarios" / "networks" / "sangatta.osm")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_the_road_file_and_where_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    with serve_maps() as stand_in:
        words = ["out=kota.graphml", "point=2.15,117.5", f"overpass_url={stand_in.url}/api", "cache=cache"]
        assert roads(["fetch", *words]) == 0
    told = json.loads((tmp_path / "kota.provenance.json").read_text(encoding="utf-8"))
    assert told["file"] == "kota.graphml"
    assert told["date"] == "2026-11-20"
    assert len(told["file_hash"]) == 32
    assert "ODbL" in told["licence"]
    assert told["share_lanes_assumed"] == pytest.approx(0.5, abs=0.01)
    out = capsys.readouterr().out
    assert "5 simpul" in out
    assert out.strip().splitlines()[-1] == str((tmp_path / "kota.graphml").resolve())
