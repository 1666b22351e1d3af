"""The browser view: steps drawn per second, bytes per step, time until the page is ready, and memory over many days.

    python -m tests.benchmarks.view [--vehicles 4000 16000] [--days 90] [--seconds 10]

prints one JSON object. Frame rate and size are those of workload W (4,000 or more vehicles on 5,000 links, five hours),
played from a replay file, which holds the page's own code and message; start, page and memory are those of
`konvoi view` on Sangatta. A step is the model's decision interval (5 s). A day travels as one message, so bytes per
step are its size over the steps of the day; nothing is sent while it plays.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from konvoi.config.reading import LoadedScenario, build_config
from konvoi.config.settings import RunConfig
from konvoi.town import Town
from konvoi.view.day_message import record_day
from konvoi.view.ground import pack_ground
from konvoi.view.replay import build_replay
from tests.benchmarks.konvoi import build_model, build_plan, build_town
from tests.benchmarks.workload import COLUMNS, VENUES, Workload, build_workload
from tests.browser.chromium import READY, open_browser, serve

BUSY = """() => { let best = 0, moment = 0;
    for (let t = konvoi.day.begin_s; t < konvoi.day.end_s; t += 60) {
        const n = countOnRoad(konvoi.day, 1, t) + countOnRoad(konvoi.day, 2, t);
        if (n > best) { best = n; moment = t; }
    }
    return [best, moment]; }"""
PLAY = """async ([moment, seconds]) => {
    konvoi.setSpeed(600); konvoi.seek(moment - 600);
    const times = [], draw = konvoi.draw.bind(konvoi);
    konvoi.draw = (now) => { const t = performance.now(); draw(now); times.push(performance.now() - t); };
    const begin = performance.now();
    let steps = 0, shown = konvoi.moment;
    konvoi.setPlaying(true);
    const until = begin + 1000 * seconds;
    await new Promise((done) => { const look = () => {
        if (konvoi.moment - shown >= konvoi.day.step_s) { steps += 1; shown = konvoi.moment; }
        if (konvoi.moment > moment + 1200) { konvoi.seek(moment - 600); shown = konvoi.moment; }
        if (performance.now() < until) requestAnimationFrame(look); else done(); }; look(); });
    konvoi.setPlaying(false);
    konvoi.draw = draw;
    times.sort((a, b) => a - b);
    return { steps_per_s: steps / ((performance.now() - begin) / 1000), draw_ms: times[Math.floor(times.length / 2)] }; }"""
NEXT_DAY = "konvoi.edited = { ...konvoi.controls.values, replication: konvoi.dayNumber }; konvoi.reset()"
GLANCE = """() => { for (let k = 0; k <= 60; k++) { konvoi.moment = konvoi.day.begin_s + (k / 60) * (konvoi.day.end_s - konvoi.day.begin_s); konvoi.draw(k * 1000); } }"""


def build_w_config(workload: Workload) -> tuple[RunConfig, Town]:
    """Give W the names the page shows: two venues and the first assembly point of either side."""
    town = build_town(workload)
    network = workload.network
    nodes = {f"venue_{side}": VENUES[side - 1][1] * COLUMNS + VENUES[side - 1][0] for side in (1, 2)}
    for side in (1, 2):
        convoy = int((workload.convoy_side == side).argmax())
        nodes[f"point_{side}"] = int(network.link_from[workload.get_route(2 * convoy)[0]])
    places = {
        key: {"name": key, "x_m": float(network.node_x_m[node]), "y_m": float(network.node_y_m[node])}
        for key, node in nodes.items()
    }
    content = {
        "title": f"W, {workload.n_vehicles} vehicles",
        "network": {},
        "venues": {key: place for key, place in places.items() if key.startswith("venue")},
        "venue_pairs": {"w": {"side_1": "venue_1", "side_2": "venue_2"}},
        "planned_venue_pair": "w",
        "assembly_points": {key: place for key, place in places.items() if key.startswith("point")},
        "convoys": {
            f"side-{side}": {"side": side, "assembly_point": f"point_{side}", "people": 100} for side in (1, 2)
        },
    }
    config = build_config({}, LoadedScenario(content, Path("w.yaml")))
    return config, replace(town, place_node=nodes)


def measure_drawing(browser: Any, n_vehicles: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Play W at its busiest and count."""
    workload = build_workload(n_vehicles)
    config, town = build_w_config(workload)
    model = build_model(town, build_plan(workload))
    begin_s = time.perf_counter()
    day = record_day(model, config, town, 0)
    record_s = time.perf_counter() - begin_s
    ground = pack_ground(town, [])
    replay = folder / f"w{n_vehicles}.html"
    replay.write_text(build_replay(ground, day.message, "en"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(replay.as_uri())
    page.wait_for_function(READY)
    n_steps = page.evaluate("(konvoi.day.end_s - konvoi.day.begin_s) / konvoi.day.step_s")
    most, moment = page.evaluate(BUSY)
    runs = [page.evaluate(PLAY, [moment, seconds]) for _ in range(3)]
    page.close()
    return {
        "vehicles": n_vehicles,
        "links": len(town.network.link_from),
        "most_on_the_road": most,
        "contacts": day.outcome.row["contacts"],
        "steps_drawn_per_s": round(statistics.median(run["steps_per_s"] for run in runs), 1),
        "draw_ms": round(statistics.median(run["draw_ms"] for run in runs), 2),
        "ground_kb": round(len(ground) / 1000, 1),
        "day_kb": round(len(day.message) / 1000, 1),
        "kb_per_step": round(len(day.message) / 1000 / n_steps, 3),
        "replay_mb": round(replay.stat().st_size / 1e6, 2),
        "record_s": round(record_s, 2),
    }


def measure_page(browser: Any, n_days: int, folder: Path) -> dict[str, Any]:
    """Start `konvoi view`, open its page, and let many days pass."""
    begin_s = time.perf_counter()
    with serve("port=8794", note=folder / "outside.txt") as (address, server):
        start_s = time.perf_counter() - begin_s
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        ready_s = []
        for _ in range(3):
            begin_s = time.perf_counter()
            page.goto(address)
            page.wait_for_function(READY)
            ready_s.append(time.perf_counter() - begin_s)
        client = page.context.new_cdp_session(page)

        def read_mb() -> dict[str, float]:
            client.send("HeapProfiler.collectGarbage")
            heap = client.send("Runtime.getHeapUsage")["usedSize"] / 1e6
            resident = int(Path(f"/proc/{server}/statm").read_text().split()[1]) * 4096 / 1e6
            return {"server_mb": round(resident, 1), "page_heap_mb": round(heap, 1)}

        sizes = {0: read_mb()}
        reset_s = []
        for number in range(2, n_days + 2):
            begin_s = time.perf_counter()
            page.evaluate(NEXT_DAY)
            page.wait_for_function("(number) => konvoi.dayNumber === number", arg=number)
            reset_s.append(time.perf_counter() - begin_s)
            page.evaluate(GLANCE)
            if (number - 1) in {10, n_days // 2, n_days}:
                sizes[number - 1] = read_mb()
        page.close()
    return {
        "server_start_s": round(start_s, 1),
        "page_ready_s": round(min(ready_s), 2),
        "reset_s": round(statistics.median(reset_s), 2),
        "memory_after_days": sizes,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vehicles", type=int, nargs="*", default=[4000, 16000])
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        folder = Path(name)
        found: dict[str, Any] = {
            "drawing": [measure_drawing(browser, n, options.seconds, folder) for n in options.vehicles]
        }
        if options.days:
            found["page"] = measure_page(browser, options.days, folder)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
