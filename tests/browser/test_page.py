"""The page in a real browser: what planners see and do, without internet."""

from __future__ import annotations

import json
import math
import os
import re
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from konvoi.cli import main
from tests.benchmarks.view import measure_drawing
from tests.browser.chromium import READY, Watch, find_browser, open_browser, serve
from tests.support.folders import fill_folder
from tests.support.results import PAIRS, build_points

pytest.importorskip("solara", reason="the page's packages are not installed: pip install 'konvoi[view]'")
pytest.importorskip("playwright", reason="Playwright is not installed: pip install 'konvoi[dev]'")
if find_browser() is None:
    pytest.skip(
        "no Chromium on this computer: install one (Debian, Ubuntu: apt-get install chromium) or set KONVOI_BROWSER",
        allow_module_level=True,
    )

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]  # one server, one browser
SCREEN = {"width": 1280, "height": 720}
SCENARIO = ("scenario=crossroads", "seed=20241123", "behaviour.turnout=2")


@dataclass
class Stage:
    """One server, one browser, and the tables of the same day from `konvoi run`."""

    address: str
    server: int
    browser: Any
    note: Path
    contacts: pd.DataFrame
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("view")
    assert main(["run", *SCENARIO, f"out={folder / 'run'}", "progress=false"]) == 0
    contacts = pd.read_csv(folder / "run" / "contacts.csv")
    summary = json.loads((folder / "run" / "summary.json").read_text(encoding="utf-8"))
    sweep = folder / "sweep"
    sweep.mkdir()
    fill_folder(sweep, build_points(gaps=(0.0, 390.0), pairs={"km10": PAIRS["km10"]}))
    note = folder / "outside.txt"
    with serve(*SCENARIO, f"sweep={sweep}", "port=8790", note=note) as (address, server), open_browser() as browser:
        yield Stage(address, server, browser, note, contacts, summary)


@dataclass
class Viewer:
    """A page of its own with all it asked for and complained of."""

    stage: Stage

    def __enter__(self) -> Any:
        self.context = self.stage.browser.new_context(viewport=dict(SCREEN), accept_downloads=True)
        self.watch = Watch(self.context)
        page = self.context.new_page()
        page.goto(self.stage.address)
        page.wait_for_function(READY)
        return page

    def __exit__(self, *_: object) -> None:
        self.context.close()
        self.check()

    def check(self) -> None:
        """Nothing was asked for elsewhere, by the page or the server, and nobody complained."""
        assert self.watch.elsewhere == []
        assert self.watch.complaints == []
        assert not self.stage.note.exists(), self.stage.note.read_text()


@pytest.fixture(scope="module")
def viewer(stage: Stage) -> Iterator[tuple[Viewer, Any]]:
    viewer = Viewer(stage)
    with viewer as page:
        yield viewer, page


@pytest.fixture
def page(viewer: tuple[Viewer, Any]) -> Iterator[Any]:
    """The page that the tests share which change no day, as it was when it opened."""
    watcher, page = viewer
    page.set_viewport_size(dict(SCREEN))
    page.evaluate("konvoi.setPlaying(false); konvoi.closeCard(); konvoi.seek(konvoi.day.begin_s); konvoi.fit(false)")
    yield page
    watcher.check()


@pytest.fixture
def own_page(stage: Stage) -> Iterator[Any]:
    with Viewer(stage) as page:
        yield page


def grab_vehicles(page: Any) -> tuple[int, int]:
    """How many pixels vehicles cover, and a checksum of where and in which colours."""
    script = """() => { let n = 0, sum = 0;
        konvoi.scene.pixels.forEach((colour, k) => { if (colour) { n += 1; sum = (sum * 31 + (colour ^ k)) >>> 0; } });
        return [n, sum]; }"""
    n, checksum = page.evaluate(script)
    return n, checksum


def settle(page: Any) -> None:
    """Wait until what was asked for is drawn."""
    page.wait_for_function("() => !konvoi.isDirty && !konvoi.scene.isStale")


def test_the_page_opens_in_indonesian_with_the_day_of_konvoi_run(stage: Stage, page: Any) -> None:
    assert page.title() == "konvoi · satu hari rapat umum di peta"
    assert page.locator(".k-title span").inner_text() == "Simpang empat (contoh)"
    assert page.locator(".k-page").get_attribute("lang") == "id"
    outcome = page.evaluate("konvoi.day.outcome")
    assert outcome["seed"] == str(stage.summary["seed"])
    for key in ("contacts", "exposure_person_min", "vehicles_1", "people_2", "delay_vehicle_h"):
        assert outcome[key] == stage.summary[key], key
    assert len(stage.contacts) > 1
    page.evaluate("konvoi.seek(konvoi.day.end_s)")
    page.wait_for_function("() => konvoi.parts.contactsSoFar.textContent === String(konvoi.day.contacts.length)")
    assert page.evaluate("konvoi.parts.contactsSoFar.textContent") == str(len(stage.contacts))
    exposure = f"{stage.summary['exposure_person_min']:,.0f}".replace(",", ".")
    assert page.evaluate("konvoi.parts.exposureSoFar.textContent") == exposure
    assert "HASIL" in page.locator(".k-verdict pre").inner_text()


def test_it_plays_and_the_map_changes(page: Any) -> None:
    page.evaluate("konvoi.seek(konvoi.day.contacts[0].begin_s)")
    settle(page)
    before, clock = grab_vehicles(page), page.locator(".k-clock").inner_text()
    assert before[0] > 20
    page.keyboard.press("Space")
    page.wait_for_function("(clock) => konvoi.parts.clock.textContent !== clock", arg=clock)
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    assert page.evaluate("konvoi.isPlaying") is False
    assert grab_vehicles(page) != before
    assert re.fullmatch(r"\d\d\.\d\d\.\d\d WITA", page.locator(".k-clock").inner_text())


def test_going_back_shows_exactly_what_was_there(page: Any) -> None:
    moments = page.evaluate("konvoi.day.contacts.map((row) => row.begin_s + 20)")[:3]
    page.evaluate("konvoi.isCalm = true")  # else rings pulse by the computer's clock
    shown = {}
    for moment in (*moments, moments[0] - 1800):
        page.evaluate(f"konvoi.seek({moment})")
        settle(page)
        shown[moment] = (grab_vehicles(page), page.locator(".k-figures").inner_text())
    for moment in reversed(list(shown)):
        page.evaluate(f"konvoi.seek({moment})")
        settle(page)
        assert (grab_vehicles(page), page.locator(".k-figures").inner_text()) == shown[moment]
    strip = page.locator(".k-strip")
    strip.focus()
    here = page.evaluate("konvoi.moment")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("konvoi.moment") == pytest.approx(here + 60)
    box = strip.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    assert page.evaluate("konvoi.moment") > here + 600
    assert re.search(r"\d\d\.\d\d", strip.get_attribute("aria-valuetext"))


def test_a_contacts_pin_tells_what_the_table_tells(stage: Stage, page: Any) -> None:
    page.wait_for_function("() => !document.querySelector('.k-pin')")  # it opens before the first contact
    page.keyboard.press("n")
    row = stage.contacts.iloc[0]
    assert page.evaluate("konvoi.moment") == pytest.approx(row["begin_s"])
    page.keyboard.press("Escape")
    page.evaluate("konvoi.seek(konvoi.day.contacts[0].begin_s + 1)")
    page.wait_for_function("() => document.querySelector('.k-live')")
    pin = page.locator(".k-pin").first
    assert pin.inner_text() in {"1", f"{page.locator('.k-pin').first.get_attribute('data-count')}×"}
    page.evaluate("konvoi.seek(konvoi.day.end_s)")
    page.wait_for_function("() => document.querySelectorAll('.k-live').length === 0")
    page.evaluate("konvoi.scene.flyTo(konvoi.day.contacts[0].x_m, konvoi.day.contacts[0].y_m); konvoi.zoom(40)")
    settle(page)
    first = page.locator('.k-pin[data-first="1"]')
    first.click()
    card = page.locator(".k-card")
    if first.get_attribute("data-count") != "1":
        card.get_by_role("button", name=re.compile(r"^1\b")).first.click()
    told = {item.get_attribute("data-word"): item.inner_text() for item in card.locator("dd").all()}

    def clock(time_s: float) -> str:
        return f"{int(time_s // 3600):02d}.{int(time_s // 60) % 60:02d}.{int(time_s % 60):02d}"

    types = {"head_on": "berpapasan", "crossing": "berpotongan", "merging": "arus bergabung", "tailing": "beriringan di belakang",
             "queue_beside": "melewati antrean pihak lain"}  # fmt: skip
    assert card.locator("h3").inner_text() == "Perjumpaan 1"
    assert told["label_type"] == types[row["type"]]
    assert told["label_time"] == f"{clock(row['begin_s'])}–{clock(row['end_s'])} WITA"
    assert told["label_place"] == row["junction"]
    assert told["label_people"] == f"Paslon 1: {row['people_1']:.0f} orang · Paslon 2: {row['people_2']:.0f} orang"
    lasting = round(row["end_s"] - row["begin_s"])
    assert told["label_duration"] == f"{lasting // 60} mnt {lasting % 60} dtk"
    assert told["label_units"] == f"{row['unit_1']} · {row['unit_2']}"


def test_the_controls_make_another_day_and_refuse_what_cannot_be(own_page: Any) -> None:
    page = own_page
    old = page.evaluate("konvoi.day.outcome")
    page.locator("#k-turnout").fill("99")
    page.get_by_role("button", name="Hitung lagi dengan isian ini").click()
    alert = page.locator(".k-faults")
    alert.locator("li").first.wait_for()
    assert alert.locator("li").inner_text() == "Jumlah peserta: 99 di luar 0.1 sampai 3"
    assert page.evaluate("konvoi.day.outcome") == old
    page.locator("#k-turnout").fill("0,5")
    page.evaluate("konvoi.zoom(2)")
    ground, view = page.evaluate("konvoi.ground.size"), page.evaluate("({ ...konvoi.scene.view })")
    before = page.evaluate("konvoi.stats.bytes")
    page.locator("#k-venue_pair").select_option("terpisah")
    page.locator("#k-start_2").fill("11.30")
    assert page.locator(".k-gap").inner_text() == "jeda 150 menit"
    page.get_by_role("button", name="Hitung lagi dengan isian ini").click()
    page.wait_for_function("(seed) => konvoi.dayNumber === 2 && !document.querySelector('.k-busy')", arg=old["seed"])
    new = page.evaluate("konvoi.day.outcome")
    assert page.evaluate("konvoi.stats.bytes") - before == page.evaluate("konvoi.day.size")  # the roads are sent once
    assert page.evaluate("konvoi.ground.size") == ground
    assert page.evaluate("({ ...konvoi.scene.view })") == view
    assert new["contacts"] == 0
    assert new["people_1"] < old["people_1"]
    assert page.evaluate("konvoi.day.sides[1].rally_start_s") == 11.5 * 3600
    assert "Lapangan Utara" in page.locator(".k-title").inner_text()
    assert alert.inner_text() == ""


def test_the_language_and_the_light_can_be_switched(own_page: Any) -> None:
    page = own_page
    page.evaluate("konvoi.seek(konvoi.day.contacts[0].begin_s)")
    moment = page.evaluate("konvoi.moment")
    page.locator(".k-language").click()
    assert page.locator(".k-page").get_attribute("lang") == "en"
    assert page.locator(".k-primary").inner_text() == "Compute this day again"
    assert re.fullmatch(r"\d\d:\d\d:\d\d WITA", page.locator(".k-clock").inner_text())
    assert page.evaluate("konvoi.moment") == moment
    page.get_by_role("button", name="Dark or light").click()
    theme = page.locator(".k-page").get_attribute("data-theme")
    page.reload()
    page.wait_for_function(READY)
    assert page.locator(".k-page").get_attribute("lang") == "en"
    assert page.locator(".k-page").get_attribute("data-theme") == theme == "dark"


def test_two_viewers_do_not_disturb_each_other(page: Any, own_page: Any) -> None:
    before = page.evaluate("konvoi.day.outcome")
    assert before == own_page.evaluate("konvoi.day.outcome")
    own_page.get_by_role("button", name="Hari simulasi berikutnya").click()
    own_page.wait_for_function("() => konvoi.dayNumber === 2")
    assert own_page.evaluate("konvoi.day.outcome")["seed"] != before["seed"]
    page.wait_for_timeout(300)
    assert page.evaluate("konvoi.day.outcome") == before
    assert page.evaluate("konvoi.dayNumber") == 1


def test_everything_can_be_reached_and_is_named(page: Any) -> None:
    """Every control has a name for screen readers, and Tab leads through them."""
    unnamed = page.evaluate("""() => [...document.querySelectorAll('.k-page button, .k-page input, .k-page select, .k-page [role=slider]')]
        .filter((one) => one.offsetParent && !(one.getAttribute('aria-label') || one.textContent.trim() || (one.labels && one.labels.length)))
        .map((one) => one.outerHTML)""")
    assert unnamed == []
    seen = set()
    page.locator(".k-page").evaluate("(root) => root.querySelector('button').focus()")
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"k-preset", "k-start_1", "k-turnout", "k-seed", "k-map", "k-strip"} & seen >= {"k-preset", "k-turnout"}
    x, y = (
        page.evaluate("""() => { const [name, x, y] = konvoi.ground.junctions.find((one) => one[0] === 'Simpang Empat');
        const box = konvoi.parts.map.getBoundingClientRect(), [px, py] = konvoi.scene.toScreen(x, y);
        return [px + box.left, py + box.top]; }""")
    )
    page.mouse.move(x, y)
    assert page.locator(".k-hover").inner_text() == "Simpang Empat · simpang"
    page.evaluate("konvoi.parts.map.focus()")
    before = page.evaluate("konvoi.scene.view.x")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("konvoi.scene.view.x") > before
    scale = page.evaluate("konvoi.scene.view.scale")
    page.keyboard.press("+")
    assert page.evaluate("konvoi.scene.view.scale") > scale


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 768), (1920, 1080)])
def test_nothing_runs_out_of_the_screen(page: Any, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in (".k-map", ".k-foot", ".k-clock", ".k-play", ".k-strip"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= width + 0.5, name
        assert box["y"] + box["height"] <= height + 0.5, name
    if width < 1100:
        page.get_by_role("button", name="Angka", exact=True).click()
        assert page.locator(".k-figures").is_visible()


def test_a_picture_and_a_replay_are_saved_and_the_replay_plays_alone(stage: Stage, page: Any, tmp_path: Path) -> None:
    page.evaluate("konvoi.seek(konvoi.day.contacts[0].begin_s + 30)")
    settle(page)
    with page.expect_download() as picture:
        page.get_by_role("button", name="Simpan gambar").click()
    picture.value.save_as(tmp_path / "peta.png")
    head = (tmp_path / "peta.png").read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:24])
    assert head.startswith(b"\x89PNG")
    assert width == 2 * page.evaluate("konvoi.scene.width")
    assert height > 2 * page.evaluate("konvoi.scene.height")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Simpan putaran ulang").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    assert file.suffix == ".html"
    assert file.stat().st_size < 1_000_000

    context = stage.browser.new_context(offline=True)
    watch = Watch(context)
    replay = context.new_page()
    replay.goto(file.as_uri())
    replay.wait_for_function(READY)
    assert replay.evaluate("konvoi.day.outcome") == page.evaluate("konvoi.day.outcome")
    replay.evaluate("konvoi.seek(konvoi.day.contacts[0].begin_s + 30)")
    settle(replay)
    assert replay.evaluate("konvoi.scene.drawn") == page.evaluate("konvoi.scene.drawn") > 0
    assert replay.locator(".k-pin").count() > 0
    assert not replay.locator(".k-plan").is_visible()
    context.close()
    assert watch.elsewhere == []
    assert watch.complaints == []


def test_an_online_map_is_asked_for_only_when_it_is_wanted(stage: Stage) -> None:
    """Squares around 117.5° E, 0.5° N in the web's numbering, and not one before the box is ticked."""
    viewer = Viewer(stage)
    with viewer as page:
        asked: list[str] = []
        page.route("**/tiles/**", lambda route: (asked.append(route.request.url), route.fulfill(status=204))[1])
        page.evaluate("konvoi.start.tiles = location.origin + '/tiles/{z}/{x}/{y}.png'; konvoi.build()")
        page.wait_for_timeout(200)
        assert asked == []
        page.locator(".k-layers summary").click()
        with page.expect_request("**/tiles/**"):
            page.get_by_label("Peta daring").check()
        settle(page)
        page.wait_for_timeout(300)  # requests are told one by one
        squares = [tuple(map(int, re.findall(r"/(\d+)", url.split("/tiles")[1]))) for url in asked]
        zoom = squares[0][0]
        column = (117.5 + 180.0) / 360.0 * 2**zoom
        row = (1.0 - math.asinh(math.tan(math.radians(0.5))) / math.pi) / 2.0 * 2**zoom
        assert (zoom, int(column), int(row)) in squares
        assert all(abs(x - column) < 8 and abs(y - row) < 8 for _, x, y in squares)
        assert "OpenStreetMap" in page.locator(".k-source").inner_text()


def test_four_thousand_vehicles_on_five_thousand_links_are_drawn_in_time(stage: Stage, tmp_path: Path) -> None:
    """Drawing a step takes less than a twentieth of a second, and bringing it less than 25 kB."""
    found = measure_drawing(stage.browser, 4000, 1.0, tmp_path)
    assert found["links"] == 5000
    assert found["most_on_the_road"] > 500
    assert found["draw_ms"] < 50.0
    assert found["ground_kb"] + found["day_kb"] < 25.0 * 100  # the whole day, in what a hundred steps may take
    assert found["kb_per_step"] < 25.0
    assert found["replay_mb"] < 10.0


def test_the_server_answers_only_under_its_own_name(stage: Stage) -> None:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    with urlopen(stage.address, timeout=10) as answer:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(stage.address, headers={"Host": "example.org"}), timeout=10)
    assert refused.value.code == 421
    refused.value.close()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is read from /proc, which this system has not")
def test_days_and_viewers_that_are_gone_take_no_memory(stage: Stage) -> None:
    """Eight days after the fifth, and two pages opened and closed, leave the server about as large as it was."""

    def read_mb() -> float:
        pages = int(Path(f"/proc/{stage.server}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    context = stage.browser.new_context()
    page = context.new_page()
    page.goto(stage.address)
    page.wait_for_function(READY)
    sizes = []
    for number in range(2, 15):
        page.evaluate("konvoi.edited = { ...konvoi.controls.values, replication: konvoi.dayNumber }; konvoi.reset()")
        page.wait_for_function("(number) => konvoi.dayNumber === number", arg=number)
        sizes.append(read_mb())
    assert sizes[-1] - sizes[4] < 25.0, sizes
    context.close()
    time.sleep(1.0)
    before = read_mb()
    for _ in range(2):
        context = stage.browser.new_context()
        page = context.new_page()
        page.goto(stage.address)
        page.wait_for_function(READY)
        page.close()
        context.close()
    time.sleep(1.0)
    assert read_mb() - before < 40.0
