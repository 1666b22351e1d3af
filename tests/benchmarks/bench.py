"""`make bench`: konvoi beside Eclipse SUMO and UXsim on the workload W, in one run on one machine.

    python -m tests.benchmarks.bench [--quick] [--repetitions 3] [--out outputs/bench]

prints one table and writes it (bench.md) with every number behind it (bench.json). Each peer runs right after konvoi,
repeatedly, and a ratio is taken only between the two: what else the machine does then hits both. A peer's time is
the CPU time of its whole process, contacts found (input files are written before, not counted); konvoi's is that of one
replication after warm-up, contacts and all metrics, which is what a sweep pays.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from tqdm import tqdm

from konvoi.tables.files import write_text
from tests.benchmarks.answers import load_answer
from tests.benchmarks.compare import build_table, compare, to_dict
from tests.benchmarks.workload import N_TOWN_NODES, build_workload

PEERS = {  # name: module, its arguments, how it is told, seconds it takes about with 4,000 vehicles
    "sumo_meso_5s": ("sumo", ["--mode", "meso", "--period", "5"], "SUMO mesoscopic, positions every 5 s", 6),
    "sumo_meso": ("sumo", ["--mode", "meso", "--period", "1"], "SUMO mesoscopic, positions every second", 16),
    "uxsim_platoon": ("uxsim_peer", ["--platoon", "5"], "UXsim (C++), platoons of 5", 13),
    "uxsim_single": ("uxsim_peer", ["--platoon", "1"], "UXsim (C++), single vehicles", 45),
    "sumo_micro": ("sumo", ["--mode", "micro", "--period", "1"], "SUMO microscopic, positions every second", 80),
}
OWN_RULES = {
    "sumo_micro_own": ("sumo", ["--mode", "micro_own", "--period", "1"], "SUMO microscopic with its own junctions", 100)
}
PACKAGES = ("konvoi", "numba", "numpy", "scipy", "mesa", "eclipse-sumo", "libsumo", "uxsim")
BUSY_LOAD = 0.7  # of other processes, at the start


@dataclass(frozen=True)
class Child:
    """A finished process."""

    cpu_s: float  # user and system, with its own children
    peak_memory_mb: float
    output: str


@dataclass
class Records:
    """Everything measured, in the order of repetitions."""

    konvoi: dict[tuple[int, int], list[dict[str, Any]]] = field(default_factory=dict)  # by vehicles and nodes
    peers: dict[str, list[Child]] = field(default_factory=dict)
    ratios: dict[str, list[float]] = field(default_factory=dict)
    idle: list[float] = field(default_factory=list)  # cost of a day with 24 idle hours more, as a ratio
    help_s: list[float] = field(default_factory=list)
    first_run_s: list[float] = field(default_factory=list)


def run_child(*words: object) -> Child:
    """Run a module of this interpreter to its end and account for it.

    Raises
    ------
    RuntimeError
        When it fails, with what it said.
    """
    command = [sys.executable, "-m", *map(str, words)]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{errors.read()[-2000:]}")
        return Child(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0, output.read())


def plan_jobs(
    folder: Path, records: Records, quick: bool, repetitions: int
) -> Iterator[tuple[str, float, Callable[[], None]]]:
    """Plan what is run: name, seconds it takes about, and how."""
    n_vehicles = 1000 if quick else 4000
    sizes = [1000] if quick else [1000, 16_000]
    nodes = [1000, 5000] if quick else [1000, 5000, 10_000, 20_000]

    def measure(vehicles: int, n_nodes: int, *words: object) -> None:
        child = run_child(
            "tests.benchmarks.konvoi", "--vehicles", vehicles, "--nodes", n_nodes, "--repetitions", 5, *words
        )
        records.konvoi.setdefault((vehicles, n_nodes), []).append(json.loads(child.output))

    def run_peer(name: str, module: str, words: list[str]) -> None:
        act = ["run"] if module == "sumo" else []
        answer = ["--answer", folder / f"{name}.npz"]
        child = run_child(f"tests.benchmarks.{module}", *act, folder, *words, *answer)
        records.peers.setdefault(name, []).append(child)
        ours_s = records.konvoi[n_vehicles, N_TOWN_NODES][-1]["cpu_s"]
        records.ratios.setdefault(name, []).append(child.cpu_s / ours_s)

    def measure_idle() -> None:
        child = run_child("tests.benchmarks.konvoi", "--vehicles", n_vehicles, "--idle-hours", 24)
        records.idle.append(json.loads(child.output)["cpu_s"] / records.konvoi[n_vehicles, N_TOWN_NODES][-1]["cpu_s"])

    def start(words: Sequence[object], seconds: list[float]) -> None:
        seconds.append(run_child("konvoi.cli", *words).cpu_s)

    def prepare() -> None:
        run_child("tests.benchmarks.sumo", "prepare", folder)
        run_child("konvoi.cli", *first_run)  # fills the caches of kernels and network

    first_run = ["run", "progress=false", f"out={folder / 'first_run'}"]
    share = n_vehicles / 4000.0
    yield "input and caches", 60, prepare
    yield "konvoi, answer", 15, lambda: measure(n_vehicles, N_TOWN_NODES, "--answer", folder / "konvoi.npz")
    for repetition in range(repetitions):
        for name, (module, words, _, seconds) in (PEERS | (OWN_RULES if repetition == 0 else {})).items():
            yield "konvoi", 6, lambda: measure(n_vehicles, N_TOWN_NODES)
            yield name, seconds * share, lambda name=name, module=module, words=words: run_peer(name, module, words)
        for size in sizes:
            yield f"konvoi, {size} vehicles", 5 + size / 1000.0, lambda size=size: measure(size, N_TOWN_NODES)
        for number in nodes:
            yield f"konvoi, {number} nodes", 5 + number / 1000.0, lambda number=number: measure(n_vehicles, number)
        yield "konvoi", 6, lambda: measure(n_vehicles, N_TOWN_NODES)
        yield "konvoi, idle day", 6, measure_idle
        yield "konvoi --help", 0.3, lambda: start(["--help"], records.help_s)
        yield "konvoi run", 4, lambda: start(first_run, records.first_run_s)


def summarise(records: Records, quick: bool, load: float) -> dict[str, Any]:
    """Summarise records as medians over repetitions, with least and greatest."""
    n_vehicles = 1000 if quick else 4000

    def collect(key: str, chosen: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
        return {label: median(record[key] for record in rows) for label, rows in chosen.items()}

    by_vehicles = {str(size): rows for (size, number), rows in sorted(records.konvoi.items()) if number == N_TOWN_NODES}
    by_nodes = {str(number): rows for (size, number), rows in sorted(records.konvoi.items()) if size == n_vehicles}
    keys = ("cpu_s", "movement_s", "contacts_s", "ns_per_vehicle_step", "peak_memory_mb", "memory_before_mb", "vehicle_s",
            "rides", "events", "contacts")  # fmt: skip
    flat = {"vehicles": collect("ns_per_vehicle_step", by_vehicles), "nodes": collect("ns_per_vehicle_step", by_nodes)}
    return {
        **{f"ratio_{name}": median(ratios) for name, ratios in records.ratios.items()},
        "spread": {f"ratio_{name}": [min(ratios), max(ratios)] for name, ratios in records.ratios.items()},
        "vehicles": n_vehicles,
        "repetitions": len(records.help_s),
        **{key: collect(key, by_vehicles) for key in keys},
        "by_nodes": {key: collect(key, by_nodes) for key in keys},
        "dearest_to_cheapest_step": {name: max(its.values()) / min(its.values()) for name, its in flat.items()},
        "peer_cpu_s": {name: median(child.cpu_s for child in its) for name, its in records.peers.items()},
        "peer_peak_memory_mb": {
            name: max(child.peak_memory_mb for child in its) for name, its in records.peers.items()
        },
        "day_with_24_idle_hours_more": median(records.idle),
        "help_cpu_s": median(records.help_s),
        "first_run_cpu_s": median(records.first_run_s),
        "machine": describe_machine(),
        "load_at_start": load,
        "versions": {name: version(name) for name in PACKAGES},
    }


def describe_machine() -> dict[str, Any]:
    """Describe the machine."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def build_report(figures: dict[str, Any], agreements: str) -> str:
    """Build the table people read (Markdown)."""
    names = {name: told for name, (_, _, told, _) in (PEERS | OWN_RULES).items()}
    size = str(figures["vehicles"])
    lines = [
        f"| {figures['vehicles']:,} vehicles, contacts recorded | CPU s | × konvoi (least to greatest) |",
        "|---|---|---|",
        f"| konvoi, exact contacts, all metrics, per replication | {figures['cpu_s'][size]:.3f} | 1 |",
    ]
    for name, cpu_s in figures["peer_cpu_s"].items():
        low, high = figures["spread"][f"ratio_{name}"]
        lines.append(f"| {names[name]} | {cpu_s:.1f} | {figures[f'ratio_{name}']:.0f} ({low:.0f} to {high:.0f}) |")
    lines += [
        "",
        "| konvoi | CPU s | movement | contacts | ns per vehicle-step | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    tables = {"vehicles": figures, "nodes": figures["by_nodes"]}
    for what, table in tables.items():
        lines += [
            f"| {int(label):,} {what} | {cpu_s:.3f} | {table['movement_s'][label]:.3f} | {table['contacts_s'][label]:.3f} "
            f"| {table['ns_per_vehicle_step'][label]:.1f} | {table['peak_memory_mb'][label]:.0f} "
            f"({table['memory_before_mb'][label]:.0f}) |"
            for label, cpu_s in table["cpu_s"].items()
        ]
    machine, versions = figures["machine"], figures["versions"]
    flat = figures["dearest_to_cheapest_step"]
    lines += [
        "",
        f"A vehicle-step is one vehicle riding for one second; memory before is that of the warmed-up process. Dearest to cheapest step: {flat['vehicles']:.2f} over "
        f"numbers of vehicles, {flat['nodes']:.2f} over numbers of nodes. A day with 24 idle hours more costs "
        f"{figures['day_with_24_idle_hours_more']:.2f} times as much. First run of a fresh process: "
        f"{figures['first_run_cpu_s']:.1f} CPU s; `konvoi --help`: {figures['help_cpu_s']:.2f}.",
        "",
        agreements,
        "",
        "konvoi_sampled: konvoi's own traffic, contacts found in positions every second, as for the peers.",
        "",
        f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}; medians of "
        f"{figures['repetitions']}; " + ", ".join(f"{name} {number}" for name, number in versions.items()) + ".",
    ]
    if figures["load_at_start"] > BUSY_LOAD:
        lines.append(
            f"The machine was busy (load {figures['load_at_start']:.1f}): the ratios are rough and the seconds too long."
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 vehicles, one repetition")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    given = parser.parse_args()
    records, load = Records(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workload = build_workload(1000 if given.quick else 4000)
        workload.save(folder)
        jobs = list(plan_jobs(folder, records, given.quick, 1 if given.quick else given.repetitions))
        layout = "{percentage:3.0f}% {bar} {elapsed} gone, about {remaining} left: {desc}"
        with tqdm(total=sum(seconds for _, seconds, _ in jobs), bar_format=layout) as bar:
            for what, seconds, act in jobs:
                bar.set_description_str(what)
                act()
                bar.update(seconds)
        ours = load_answer(folder / "konvoi.npz")
        names = ["konvoi_sampled", *records.peers]
        agreements = {peer: compare(workload, ours, load_answer(folder / f"{peer}.npz")) for peer in names}
    figures = summarise(records, given.quick, load)
    figures["cross_check"] = {peer: to_dict(agreement) for peer, agreement in agreements.items()}
    report = build_report(figures, build_table(agreements))
    given.out.mkdir(parents=True, exist_ok=True)
    write_text(given.out / "bench.json", json.dumps(figures, indent=2) + "\n")
    write_text(given.out / "bench.md", report)
    print(report)
    print(f"{given.out / 'bench.json'}, {given.out / 'bench.md'}")


if __name__ == "__main__":
    main()
