"""W on Eclipse SUMO: input files, microscopic or mesoscopic run, contacts from positions.

    python -m tests.benchmarks.sumo prepare FOLDER              (FOLDER holds a saved workload)
    python -m tests.benchmarks.sumo run FOLDER --mode micro --period 1 --answer FILE.npz

The modes `micro` and `meso` are given W's own rules: one driver (sigma 0, no speed deviation, acceleration and braking
of 10 m/s², since Newell's drivers change speed at once), junctions at which nobody has right of way and every lane
leads to every road, lengths from node to node. `micro_own` keeps what SUMO takes for granted: right of way, one lane
per turn, acceleration of 2.6 m/s². What lies between the two is what W's rules leave out (`compare`).
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import libsumo
import numpy as np
import sumo

from tests.benchmarks.answers import Answer, Sample, find_sampled_contacts
from tests.benchmarks.workload import (
    CONVOY_VEHICLES,
    HORIZON_S,
    JAM_DENSITY_PER_M,
    TIME_GAP_S,
    Workload,
    load_workload,
)

CAR_M = 4.5
GAP_M = 1.0 / JAM_DENSITY_PER_M - CAR_M
CAR = f'length="{CAR_M}" minGap="{GAP_M:.6f}" tau="{TIME_GAP_S}" sigma="0" speedFactor="1" speedDev="0" maxSpeed="100"'
CARS = {"plain": f'{CAR} accel="10" decel="10"', "own": CAR}
HEADWAYS = [
    word for kind in ("ff", "fj", "jf", "jj") for word in (f"--meso-tau{kind}", "1")
]  # × tau; else 1.13 to 1.73
MODES = {
    "micro": ("plain", ["--collision.action", "none"]),
    "meso": ("plain", ["--mesosim", *HEADWAYS]),
    "micro_own": ("own", []),
}


def prepare(workload: Workload, folder: Path) -> None:
    """Write networks, drivers and the demand in SUMO's form."""
    write_edges(workload, folder / "town.edg.xml")
    write_connections(workload, folder / "plain.con.xml")
    for rules, car in CARS.items():
        (folder / f"{rules}.car.xml").write_text(f'<additional><vType id="car" {car}/></additional>\n')
        write_nodes(workload, folder / f"{rules}.nod.xml", ' type="unregulated"' if rules == "plain" else "")
        command = [
            Path(sumo.SUMO_HOME) / "bin" / "netconvert", "--node-files", folder / f"{rules}.nod.xml",
            "--edge-files", folder / "town.edg.xml", "--output-file", folder / f"{rules}.net.xml",
            "--no-internal-links", "--no-turnarounds", "--offset.disable-normalization", "--no-warnings",
            "--xml-validation", "never",
        ]  # fmt: skip
        if rules == "plain":
            command += ["--connection-files", folder / "plain.con.xml", "--junctions.limit-turn-speed", "-1"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    write_demand(workload, folder / "demand.rou.xml")


def write_nodes(workload: Workload, path: Path, attributes: str) -> None:
    """Write the nodes."""
    places = zip(workload.network.node_x_m, workload.network.node_y_m, strict=True)
    lines = [f'<node id="{node}" x="{x_m:.3f}" y="{y_m:.3f}"{attributes}/>' for node, (x_m, y_m) in enumerate(places)]
    path.write_text("\n".join(["<nodes>", *lines, "</nodes>\n"]))


def write_edges(workload: Workload, path: Path) -> None:
    """Write the links; they keep their lengths whatever room junctions take."""
    network = workload.network
    lines = [
        f'<edge id="{link}" from="{network.link_from[link]}" to="{network.link_to[link]}" numLanes="{lanes:.0f}" '
        f'speed="{network.link_free_speed_mps[link]:.6f}" length="{network.link_length_m[link]:.3f}" '
        f'priority="{lanes:.0f}"/>'
        for link, lanes in enumerate(network.link_lanes)
    ]
    path.write_text("\n".join(["<edges>", *lines, "</edges>\n"]))


def write_connections(workload: Workload, path: Path) -> None:
    """Let every lane lead to every road but back, since a link's capacity is the same whichever way it is left."""
    network = workload.network
    leaving: dict[int, list[int]] = {}
    for link, node in enumerate(network.link_from.tolist()):
        leaving.setdefault(node, []).append(link)
    lines = []
    for link, node in enumerate(network.link_to.tolist()):
        lanes = int(network.link_lanes[link])
        for following in leaving[node]:
            onto = int(network.link_lanes[following])
            if following != network.link_twin[link]:
                lines += [
                    f'<connection from="{link}" to="{following}" fromLane="{min(lane, lanes - 1)}" '
                    f'toLane="{min(lane, onto - 1)}"/>'
                    for lane in range(max(lanes, onto))
                ]
    path.write_text("\n".join(["<connections>", *lines, "</connections>\n"]))


def write_demand(workload: Workload, path: Path) -> None:
    """Write one vehicle per rider, with its route, in the order of departure."""
    departures_s = workload.compute_departures_s().ravel()
    routes = [
        f'<route id="{trip}" edges="{" ".join(map(str, workload.get_route(trip)))}"/>'
        for trip in range(2 * workload.n_convoys)
    ]
    vehicles = [
        f'<vehicle id="{rider}" type="car" route="{rider // CONVOY_VEHICLES}" depart="{departures_s[rider]:.2f}" '
        'departLane="best" departSpeed="max" departPos="base"/>'
        for rider in np.argsort(departures_s, kind="stable")
    ]
    path.write_text("\n".join(["<routes>", *routes, *vehicles, "</routes>\n"]))


def run(workload: Workload, folder: Path, mode: str, period_s: float, trips: Path) -> Answer:
    """Run SUMO in this process, ask for positions every ``period_s`` and find the contacts in them.

    Asking through libsumo costs less than writing positions to a file and reading them, in any of SUMO's formats.
    """
    rules, options = MODES[mode]
    libsumo.start(
        [
            "sumo", "--net-file", str(folder / f"{rules}.net.xml"), "--additional-files", str(folder / f"{rules}.car.xml"),
            "--route-files", str(folder / "demand.rou.xml"), "--end", str(HORIZON_S), "--step-length", "1",
            "--time-to-teleport", "-1", "--no-step-log", "--no-warnings", "--xml-validation", "never",
            "--tripinfo-output", str(trips), *options,
        ]
    )  # fmt: skip
    contacts = find_sampled_contacts(workload, sample_positions(period_s), period_s)
    libsumo.close()
    arrival_s = np.full(2 * workload.n_vehicles, np.nan)
    for _, element in ElementTree.iterparse(trips):  # SUMO's own output, written a moment ago
        if element.tag == "tripinfo":
            arrival_s[int(element.attrib["id"])] = float(element.attrib["arrival"])
            element.clear()
    return Answer(arrival_s.reshape(-1, CONVOY_VEHICLES), contacts)


def sample_positions(period_s: float) -> Iterator[Sample]:
    """Let SUMO pass time and ask where everybody is."""
    time_s = 0.0
    while time_s < HORIZON_S:
        time_s += period_s
        libsumo.simulationStep(time_s)
        names = libsumo.vehicle.getIDList()
        rider = np.fromiter(map(int, names), np.int64, len(names))
        at_m = np.fromiter(chain.from_iterable(map(libsumo.vehicle.getPosition, names)), np.float64, 2 * len(names))
        yield Sample(time_s, rider, at_m[0::2], at_m[1::2])


def main() -> None:
    """Prepare or run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("act", choices=("prepare", "run"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mode", choices=tuple(MODES), default="micro")
    parser.add_argument("--period", type=float, default=1.0)
    parser.add_argument("--answer", type=Path, default=Path("sumo.npz"))
    given = parser.parse_args()
    workload = load_workload(given.folder)
    if given.act == "prepare":
        prepare(workload, given.folder)
        return
    run(workload, given.folder, given.mode, given.period, given.answer.with_suffix(".xml")).save(given.answer)


if __name__ == "__main__":
    main()
