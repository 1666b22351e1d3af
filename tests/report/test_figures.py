"""The pictures show what the tables hold; extreme tables leave nothing outside the slide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from konvoi.report import style
from konvoi.report.contact_map import draw_contact_map, find_free_place
from konvoi.report.heat_map import draw_heat_map
from konvoi.tables.sweep import CONTACTS, PLACES, ROADS, WATER
from tests.support.pictures import HEAT_CASES, LONG, build_places, build_roads, list_escapes, list_texts
from tests.support.results import ANOTHER_DAY, PAIRS, build_points, build_side_contacts, judge


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "lang"), [*((case, "id") for case in HEAT_CASES), ("usual", "en"), ("variants", "en")]
)
def test_the_heat_map_stays_on_the_slide(case: str, lang: str) -> None:
    points = HEAT_CASES[case]
    assert list(list_escapes(draw_heat_map(points, judge(points), lang))) == []


def test_the_heat_map_shows_p_intervals_exposure_and_the_plan() -> None:
    points = HEAT_CASES["usual"]
    figure = draw_heat_map(points, judge(points), "id")
    cells = [text.get_text() for text in figure.axes[0].texts]
    assert [cells.count(text) for text in ("100 %", "50 %", "0 %")] == [3 * len(PAIRS), len(PAIRS), 2 * len(PAIRS)]
    assert cells.count("96,3–100 %") == cells.count("12.000 o-m") == 3 * len(PAIRS)
    assert cells.count("RENCANA") == 1
    texts = list_texts(figure)
    assert "Semua pilihan lokasi punya jeda yang cukup, tidak selalu yang terlama" in texts
    assert any("angka acak awal 7" in text and "100 hari simulasi" in text for text in texts)
    assert any("kesalahan letak: median 80 m" in text for text in texts)


@pytest.mark.parametrize(
    ("case", "title"),
    [
        ("all one", "None of the simulated gaps (0–390 min) is enough; another day is"),
        ("all zero", "Even with the same start P(contact) is below 5% for every venue pair"),
        ("failed", "There is no result to show"),
        ("one cell", "With the same start P(contact) is not below 5%"),
        ("another day", "Only another day was simulated"),
        ("empty", "There is no result to show"),
    ],
)
def test_the_title_is_the_finding(case: str, title: str) -> None:
    assert title in list_texts(draw_heat_map(HEAT_CASES[case], judge(HEAT_CASES[case]), "en"))


def test_a_title_says_when_replications_are_too_few_for_the_threshold() -> None:
    points = build_points(n=10)
    texts = list_texts(draw_heat_map(points, judge(points), "en"))
    assert "Too few replications (10) for a threshold of 5%; at least 73 are needed" in texts


def test_a_title_counts_the_pairs_with_a_sufficient_gap() -> None:
    points = build_points(lambda gap_min, road_km: 0.0 if gap_min >= 240.0 and road_km > 7.0 else 1.0)
    assert "A sufficient gap exists for 2 of 4 venue pairs only" in list_texts(
        draw_heat_map(points, judge(points), "en")
    )


def test_cells_that_were_not_simulated_are_hatched() -> None:
    points = build_points()
    missing = points[~((points["venue_pair"] == "km07") & (points["gap_min"] == 120.0))]
    figure = draw_heat_map(missing, judge(missing), "id")
    assert list_texts(figure).count("tidak\ndisimulasikan") == 1
    hatched = [
        patch for patch in figure.axes[0].findobj(Rectangle) if isinstance(patch, Rectangle) and patch.get_hatch()
    ]
    assert len(hatched) == 1


def find_border(figure: Figure) -> list[list[list[float]]]:
    """Return the segments of the threshold's border."""
    collections = [each for each in figure.axes[0].collections if isinstance(each, LineCollection)]
    return (
        [] if not collections else [np.round(np.asarray(line), 2).tolist() for line in collections[-1].get_segments()]
    )


def test_the_border_runs_between_simulated_cells_only() -> None:
    points = build_points(gaps=(0.0, 300.0, 390.0), pairs={key: PAIRS[key] for key in ("km03", "km07")})
    assert find_border(draw_heat_map(points, judge(points), "id")) == [
        [[2.0, 0.0], [2.0, 1.0]],
        [[2.0, 1.0], [2.0, 2.0]],
    ]
    missing = points[~((points["venue_pair"] == "km07") & (points["gap_min"] == 390.0))]
    assert find_border(draw_heat_map(missing, judge(missing), "id")) == [[[2.0, 0.0], [2.0, 1.0]]]
    one = build_points(lambda gap_min, road_km: 1.0, gaps=(0.0, 390.0))
    assert find_border(draw_heat_map(one, judge(one), "id")) == []


def test_the_border_reaches_into_the_space_before_another_day() -> None:
    pairs = {key: PAIRS[key] for key in ("km03", "km07")}
    points = build_points(lambda gap_min, road_km: float(road_km > 5.0), gaps=(0.0, ANOTHER_DAY), pairs=pairs)
    assert sorted(find_border(draw_heat_map(points, judge(points), "id"))) == [
        [[0.0, 1.0], [1.11, 1.0]],
        [[1.11, 1.0], [1.11, 2.0]],
    ]


MAP_CASES: dict[str, tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]] = {
    "usual": (
        build_side_contacts(["Simpang Tiga", "Patung Singa", ""], point=12, replications=4),
        build_roads(),
        build_places(),
    ),
    "no contact": (CONTACTS.build_empty(), build_roads(), build_places()),
    "one contact": (build_side_contacts(["Simpang Tiga"], point=12), build_roads(), build_places()),
    "far": (build_side_contacts(["A", "B"], point=12), build_roads(), build_places(far_m=30000.0)),
    "many": (
        build_side_contacts([f"{LONG} {i}" for i in range(200)], point=12),
        build_roads(),
        build_places(suffix=LONG),
    ),
    "empty": (CONTACTS.build_empty(), ROADS.build_empty(), PLACES.build_empty()),
}


def draw_case(case: str, lang: str, **changes: Any) -> Figure:
    """Draw one of the cases for the planned layout, which is point 12."""
    contacts, roads, places = MAP_CASES[case]
    verdict = judge(build_points())
    assert verdict.point == 12
    suffix = LONG if case == "many" else ""
    named = {"venue_1": verdict.venue_1 + suffix, "venue_2": verdict.venue_2 + suffix}
    return draw_contact_map(
        contacts, roads, places, replace(verdict, **{**named, **changes}), lang, WATER.build_empty()
    )


@pytest.mark.slow
@pytest.mark.parametrize(("case", "lang"), [*((case, "id") for case in MAP_CASES), ("usual", "en")])
def test_the_contact_map_stays_on_the_slide(case: str, lang: str) -> None:
    assert list(list_escapes(draw_case(case, lang))) == []


def test_the_contact_map_lists_junctions_by_exposure_per_day() -> None:
    texts = list_texts(draw_case("usual", "id", replications=4))
    rows = [texts.index(name) for name in ("(tanpa nama)", "Patung Singa", "Simpang Tiga")]
    assert rows == sorted(rows)
    assert {"300", "200", "100", "09.41", "terutama berpapasan", "1,0"} <= set(texts)
    assert "50 % beban perjumpaan ada di sekitar (tanpa nama)" in texts


def test_circles_have_areas_in_proportion_to_exposure() -> None:
    axes = draw_case("usual", "id").axes[0]
    areas = [
        float(each.get_sizes()[0])
        for each in axes.collections
        if isinstance(each, PathCollection) and 4.0 <= each.get_zorder() < 4.6
    ]
    assert np.array(areas) / areas[0] == pytest.approx([1.0, 2.0 / 3.0, 1.0 / 3.0])


def test_one_metre_is_as_long_both_ways_and_everything_that_matters_is_inside() -> None:
    figure = draw_case("usual", "id")
    axes = figure.axes[0]
    box = axes.get_position()
    width_in, height_in = box.width * style.WIDTH_IN, box.height * style.HEIGHT_IN
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    assert (x1 - x0) / width_in == pytest.approx((y1 - y0) / height_in)
    assert x0 < -2500.0 < 2500.0 < x1


def test_labels_on_the_map_do_not_lie_on_each_other() -> None:
    figure = draw_case("usual", "id")
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    with style.use_style():
        canvas.draw()
    boxes = [
        text.get_window_extent(canvas.get_renderer())
        for text in figure.axes[0].texts
        if text.get_text() in {"1", "2", "3", "2 km", "1 km", "Stadion Kudungga", "Bukit Pelangi"}
        and text.get_bbox_patch() is not None
    ]
    assert len(boxes) >= 5
    assert not [(i, j) for i, a in enumerate(boxes) for j, b in enumerate(boxes) if i < j and a.overlaps(b)]


def test_a_day_without_contact_says_so_and_keeps_the_upper_end() -> None:
    texts = list_texts(draw_case("no contact", "id", high=0.037))
    assert "Tidak ada perjumpaan dalam 100 hari simulasi" in texts
    assert any("3,7 %" in text for text in texts)


def test_another_point_can_be_drawn() -> None:
    points = build_points()
    contacts = build_side_contacts(["Simpang Tiga"], point=3)
    row = {str(name): value for name, value in points.iloc[3].items()}
    figure = draw_contact_map(contacts, build_roads(), build_places(), judge(points), "id", point=row)
    assert any("jeda 300 menit; Lapangan Town Hall" in text for text in list_texts(figure))


def test_assembly_points_beyond_the_map_are_counted() -> None:
    assert "2 titik kumpul di luar peta (panah di tepi)" in list_texts(draw_case("far", "id"))


def test_pictures_leave_global_settings_alone() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw_case("usual", "id")
    assert dict(matplotlib.rcParams) == before


def compute_lightness(colour: str) -> float:
    """Compute CIE L* of an sRGB colour."""
    channels = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 116.0 * float(np.dot(linear, [0.2126, 0.7152, 0.0722])) ** (1.0 / 3.0) - 16.0


def test_both_sides_have_the_same_weight() -> None:
    assert compute_lightness(style.SIDE_COLOUR[1]) == pytest.approx(compute_lightness(style.SIDE_COLOUR[2]), abs=3.0)


def test_text_on_every_probability_can_be_read() -> None:
    for p in np.linspace(0.0, 1.0, 21):
        colour = "#" + "".join(f"{round(255 * channel):02x}" for channel in style.PROBABILITY(float(p))[:3])
        luminance = [((compute_lightness(c) + 16.0) / 116.0) ** 3 for c in (colour, style.choose_ink(float(p)))]
        assert (max(luminance) + 0.05) / (min(luminance) + 0.05) >= 3.8


@pytest.mark.parametrize("n", [1, 3, 12, 60, 200])
@pytest.mark.parametrize("spread_deg", [0.0, 1.0, 360.0])
def test_arrows_at_the_edge_end_and_lie_apart_while_there_is_room(n: int, spread_deg: float) -> None:
    for middle_deg in range(0, 360, 30):
        angle = np.radians(middle_deg + spread_deg * np.arange(n) / n)
        taken: list[tuple[float, float]] = []
        half, step = np.array([500.0, 400.0]), 20.0
        for toward in np.column_stack([np.cos(angle), np.sin(angle)]):
            reach = half / np.maximum(np.abs(toward), 1e-12)
            along = np.array([1.0, 0.0]) if reach[1] <= reach[0] else np.array([0.0, 1.0])
            place = find_free_place(reach.min() * toward, along, np.zeros(2), half, step, taken)
            assert (np.abs(place) <= half + 1e-6).all()
            taken.append((float(place[0]), float(place[1])))
        if n <= 12:  # the shortest edge has room for 40
            gaps = np.hypot(*(np.array(taken)[:, None] - np.array(taken)).transpose(2, 0, 1))
            assert gaps[~np.eye(n, dtype=bool)].min(initial=np.inf) >= 0.99 * step


def test_places_beyond_one_edge_of_the_map_are_drawn() -> None:
    places = build_places()
    far = pd.concat([places[places["kind"] == "assembly"].head(1)] * 200, ignore_index=True)
    far[["x_m", "y_m"]] = [90000.0, 500.0]
    points = build_points()
    figure = draw_contact_map(
        build_side_contacts(["Simpang Tiga"], point=12), build_roads(), pd.concat([places, far]), judge(points), "id"
    )
    assert list(list_escapes(figure)) == []
