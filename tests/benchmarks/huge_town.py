"""A town of 100,000 junctions: ``python -m tests.benchmarks.huge_town [nodes=100000]`` measures one small day from nothing.

Bars: 60 s of the processor and 2 GB, for reading the roads, building the town and simulating the day, in a process of
its own with compiled kernels and no copy of the network. Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

BAR_CPU_S, BAR_GB = 60.0, 2.0
SPACING_DEG = 0.001  # about 111 m
SCENARIO = """\
title: Kota besar
date: "2024-11-23"
network: {{file: kota.osm}}
venues:
  barat: {{name: Lapangan Barat, lon_deg: {west}, lat_deg: {middle}}}
  timur: {{name: Lapangan Timur, lon_deg: {east}, lat_deg: {middle}}}
venue_pairs:
  jauh: {{side_1: barat, side_2: timur}}
planned_venue_pair: jauh
assembly_points:
  utara: {{name: Utara, lon_deg: {middle_lon}, lat_deg: {north}}}
  selatan: {{name: Selatan, lon_deg: {middle_lon}, lat_deg: {south}}}
convoys:
  p1: {{side: 1, assembly_point: selatan, people: 200}}
  p2: {{side: 2, assembly_point: utara, people: 200}}
"""


def write_town(folder: Path, n_nodes: int) -> Path:
    """Write a grid of streets, every tenth a secondary road, and a scenario of two convoys that cross it."""
    side = round(n_nodes**0.5)
    west, south = 117.0, 0.0
    with (folder / "kota.osm").open("w", encoding="utf-8") as stream:
        stream.write('<osm version="0.6">\n')
        for node in range(side * side):
            lon, lat = west + SPACING_DEG * (node % side), south + SPACING_DEG * (node // side)
            stream.write(f'<node id="{node + 1}" lon="{lon:.6f}" lat="{lat:.6f}"/>\n')
        for street in range(2 * side):
            k, is_north = street % side, street >= side
            refs = [1 + (j * side + k if is_north else k * side + j) for j in range(side)]
            kind = "secondary" if k % 10 == 0 else "residential"
            inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
            name = f"Jl. {'Utara' if is_north else 'Timur'} {k}"
            stream.write(
                f'<way id="{street + 1}">{inside}<tag k="highway" v="{kind}"/><tag k="name" v="{name}"/></way>\n'
            )
        stream.write("</osm>\n")
    wide = SPACING_DEG * (side - 1)
    spots = {
        "west": west + 0.3 * wide, "east": west + 0.7 * wide, "middle": south + 0.5 * wide,
        "middle_lon": west + 0.5 * wide, "north": south + 0.6 * wide, "south": south + 0.4 * wide,
    }  # fmt: skip
    path = folder / "kota.yaml"
    path.write_text(SCENARIO.format(**{key: round(value, 6) for key, value in spots.items()}), encoding="utf-8")
    return path


def main(words: list[str]) -> int:
    """Measure, print, and say whether a bar was missed."""
    n_nodes = int(dict(word.split("=", 1) for word in words).get("nodes", "100000"))
    with tempfile.TemporaryDirectory() as name:
        scenario = write_town(Path(name), n_nodes)
        command = [
            sys.executable,
            "-m",
            "konvoi.cli",
            "run",
            f"scenario={scenario}",
            f"out={name}/hasil",
            "progress=false",
        ]
        subprocess.run(command, env={**os.environ, "XDG_CACHE_HOME": f"{name}/cache"}, timeout=1800, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s, peak_gb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6
    print(f"{n_nodes:,} nodes: {cpu_s:.0f} CPU s (bar {BAR_CPU_S:.0f}), {peak_gb:.2f} GB (bar {BAR_GB:.0f})")
    return int(cpu_s > BAR_CPU_S or peak_gb > BAR_GB)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
