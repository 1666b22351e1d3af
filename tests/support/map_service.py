"""A small stand-in for Overpass and Nominatim on loopback: a town of a few streets, and every way to go wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

# A crossroads near Tanjung Redeb with a side street, about 1.1 km from end to end.
NODES = {1: (2.150, 117.500), 2: (2.150, 117.495), 3: (2.150, 117.505), 4: (2.155, 117.500), 5: (2.145, 117.500)}
WAYS: dict[int, tuple[list[int], dict[str, str]]] = {
    11: ([2, 1, 3], {"highway": "primary", "name": "Jalan Pemuda", "lanes": "2"}),
    12: ([4, 1, 5], {"highway": "secondary", "name": "Jalan Pulau Derawan"}),
}


def build_town() -> dict[str, Any]:
    """Build what Overpass would answer."""
    nodes = [{"type": "node", "id": key, "lat": lat, "lon": lon} for key, (lat, lon) in NODES.items()]
    ways = [{"type": "way", "id": key, "nodes": refs, "tags": tags} for key, (refs, tags) in WAYS.items()]
    return {"version": 0.6, "osm3s": {"timestamp_osm_base": "2026-11-20T10:00:00Z"}, "elements": [*nodes, *ways]}


def build_place(name: str) -> list[dict[str, Any]]:
    """Build what Nominatim would answer: a square with borders, a village without, a regency, nothing."""
    west, south, east, north = (117.4, 2.05, 117.6, 2.25) if "Redeb" in name else (116.0, 1.0, 119.0, 3.0)
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    result: dict[str, Any] = {
        "place_id": 1, "osm_type": "relation", "osm_id": 7, "lat": "2.15", "lon": "117.5", "class": "boundary",
        "type": "administrative", "importance": 0.4, "place_rank": 12, "addresstype": "town", "name": name,
        "display_name": f"{name}, Kalimantan Timur, Indonesia",
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "geojson": {"type": "Polygon", "coordinates": [corners]},
    }  # fmt: skip
    if "Titik" in name:
        result["geojson"] = {"type": "Point", "coordinates": [117.5, 2.15]}
    return [] if "Antah" in name else [result]


@dataclass
class StandIn:
    """How the server behaves, and what it was asked."""

    url: str
    moods: list[str] = field(default_factory=list)  # of the next answers; fine when there is none left
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)


@contextmanager
def serve_maps(*moods: str) -> Iterator[StandIn]:
    """Run the stand-in on a free port of 127.0.0.1."""
    state = StandIn("", list(moods))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            parts = urlparse(self.path)
            self.answer(parts.path, build_place(parse_qs(parts.query).get("q", ["Antah"])[0]))

        def do_POST(self) -> None:
            query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
            self.answer(query, build_town())

        def answer(self, question: str, content: Any) -> None:
            state.asked.append(question)
            state.agents.add(self.headers["User-Agent"])
            mood = state.moods.pop(0) if state.moods else "fine"
            body, status, headers = json.dumps(content).encode(), 200, {}
            if mood in {"429", "504"}:
                body, status = b"<html>busy</html>", int(mood)
                headers = {"Retry-After": "0"} if mood == "429" else {}
            elif mood == "garbage":
                body = b"<html><body>Welcome to the hotel network</body></html>"
            elif mood == "odd":
                body = b'{"elements": [{"type": "way", "id": 1}]}'
            elif mood == "empty":
                body = json.dumps({**build_town(), "elements": []}).encode()
            elif mood == "remark":
                body = json.dumps({**build_town(), "remark": "runtime error: Query timed out"}).encode()
            elif mood == "slow":
                time.sleep(1.5)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) * (3 if mood == "cut" else 1)))
            self.end_headers()
            with suppress(OSError):  # the client may have gone
                self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
