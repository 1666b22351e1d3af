"""Small road files for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "scenarios" / "manuals" / "mkji1997.yaml"

# About 1.1 km between neighbours, on the equator's scale.
CROSS = {1: (117.50, 0.50), 2: (117.49, 0.50), 3: (117.51, 0.50), 4: (117.50, 0.51), 5: (117.50, 0.49)}
Way = tuple[Sequence[int], Mapping[str, str]]


def write_osm(
    path: Path,
    ways: Sequence[Way],
    nodes: Mapping[int, tuple[float, float]] = CROSS,
    names: Mapping[int, str] | None = None,
    signals: Sequence[int] = (),
) -> Path:
    """Write a small OSM XML file."""
    named = names or {}
    lines = ['<osm version="0.6">']
    for number, (lon, lat) in nodes.items():
        tag = f'<tag k="name" v="{named[number]}"/>' if number in named else ""
        tag += '<tag k="highway" v="traffic_signals"/>' if number in signals else ""
        lines.append(f'<node id="{number}" lat="{lat}" lon="{lon}">{tag}</node>')
    for number, (refs, tags) in enumerate(ways, start=1):
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<way id="{number}">{inside}</way>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path
