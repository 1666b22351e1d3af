"""Road files → RoadNetwork: read-only arrays in projected metres.

``roads`` holds the arrays, ``places`` puts venues on them, ``compiled`` keeps a copy that loads in milliseconds. Only
``graph`` (building) and ``fetch`` (downloading) know OSMnx and NetworkX, and import them when they are needed: it costs
five seconds.
"""

from konvoi.network.compiled import load_network, read_compiled, write_compiled
from konvoi.network.edits import find_moves, load_edits
from konvoi.network.fetch import MapService, Request, fetch_network, write_provenance
from konvoi.network.graph import build_network
from konvoi.network.places import insert_places_xy, project, unproject
from konvoi.network.roads import LinkDraft, MapQuality, RoadNetwork, build_synthetic, dampen_roads

__all__ = [
    "LinkDraft",
    "MapQuality",
    "MapService",
    "Request",
    "RoadNetwork",
    "build_network",
    "build_synthetic",
    "dampen_roads",
    "fetch_network",
    "find_moves",
    "insert_places_xy",
    "load_edits",
    "load_network",
    "project",
    "read_compiled",
    "unproject",
    "write_compiled",
    "write_provenance",
]
