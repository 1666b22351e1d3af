"""OpenStreetMap on the internet, or an extract of it on disk → road file of one town."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from math import cos, radians
from pathlib import Path
from typing import Any

from konvoi.errors import NetworkError
from konvoi.network.extract import DRIVABLE
from konvoi.network.graph import TURNS_LEFT, UNKNOWN, read_graph, set_tags
from konvoi.network.roads import MapQuality
from konvoi.words import Sentence

DEFAULT_RADIUS_M = 5000.0
MAX_AREA_KM2 = 3000.0  # a town and the roads that lead there; a regency is ten times as large
MAX_RESPONSE_BYTES = 1_000_000_000
LONGEST_PAUSE_S = 300.0
AREA_SUFFIXES = (".geojson", ".json", ".gpkg", ".kml", ".shp")
CHOICES = Sentence("faults.fetch_choices")
WITHOUT_INTERNET = Sentence("faults.without_internet")
# Access is judged when the roads are read, by the same rule for every source.
ROAD_FILTER = f'["highway"~"^({"|".join(sorted(DRIVABLE))})$"]["area"!="yes"]'


@dataclass(frozen=True)
class MapService:
    """Which servers are asked, and how patiently. None: those of OSMnx."""

    overpass_url: str | None = None
    nominatim_url: str | None = None
    timeout_s: int = 180
    retries: int = 3
    pause_s: float = 30.0  # before the first retry unless the server names another; doubles with each
    cache_dir: Path | None = None  # default: the user's cache folder

    def __post_init__(self) -> None:
        for name in ("overpass_url", "nominatim_url"):
            url = getattr(self, name)
            if url is not None and not re.match(r"https?://[^/\s]+", url):
                raise NetworkError(Sentence("faults.url_form", name=name, url=url))
        for name, least, most in (("timeout_s", 1, 3600), ("retries", 0, 20), ("pause_s", 0, LONGEST_PAUSE_S)):
            if not least <= getattr(self, name) <= most:
                raise NetworkError(
                    Sentence("faults.number_range", name=name, given=getattr(self, name), least=least, most=most)
                )


@dataclass(frozen=True)
class Request:
    """Which area is wanted; exactly one of place, point, box and polygon."""

    place: str | None = None  # as Nominatim knows it
    point: tuple[float, ...] | None = None  # latitude, longitude
    radius_m: float | None = None
    box: tuple[float, ...] | None = None  # west, south, east, north
    polygon: Path | None = None

    def __post_init__(self) -> None:
        if sum(choice is not None for choice in (self.place, self.point, self.box, self.polygon)) != 1:
            raise NetworkError(CHOICES)
        if self.radius_m is not None and not 100.0 <= self.radius_m <= 50_000.0:
            raise NetworkError(Sentence("faults.radius_range", radius_m=self.radius_m))
        if self.radius_m is not None and (self.box or self.polygon):
            raise NetworkError(Sentence("faults.radius_use"))
        if self.point is not None and not (abs(self.point[0]) <= 85.0 and abs(self.point[1]) <= 180.0):
            raise NetworkError(Sentence("faults.point_order", point=self.point[0], point_2=self.point[1]))
        if self.box is not None:
            west, south, east, north = self.box
            if not (-180.0 <= west < east <= 180.0 and -85.0 <= south < north <= 85.0):
                raise NetworkError(Sentence("faults.box_order", names=",".join(f"{value:g}" for value in self.box)))

    @property
    def words(self) -> str:
        """The area in words, for provenance."""
        if self.point is not None:
            return f"{self.radius_m or DEFAULT_RADIUS_M:g} m around {self.point[0]:g}, {self.point[1]:g}"
        if self.box is not None:
            return "box " + ", ".join(f"{value:g}" for value in self.box)
        if self.polygon is not None:
            return f"polygon {self.polygon.name}"
        return f"{self.radius_m:g} m around {self.place}" if self.radius_m else str(self.place)


class _BusyError(Exception):
    """The server asks to come back later."""

    def __init__(self, status: int, pause_s: float | None) -> None:
        super().__init__(f"the server answered {status}")
        self.pause_s = pause_s


def fetch_network(
    target: Path,
    request: Request,
    service: MapService | None = None,
    *,
    extract: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """Download drivable roads through OSMnx, or cut them out of an extract, and write them as GraphML.

    Parameters
    ----------
    extract
        File to take the roads from instead of the internet.
    say
        Is told what goes on.

    Raises
    ------
    NetworkError
        With one sentence, when the roads cannot be had; nothing is written then.
    """
    if not target.name.endswith(".graphml"):
        raise NetworkError(Sentence("faults.graphml_name", target=target))
    service = service or MapService()
    import osmnx as package

    osmnx: Any = package
    if extract is not None:
        if request.place is not None:
            raise NetworkError(Sentence("faults.place_internet"))
        graph, quality = read_graph(extract, _find_area(osmnx, request, say))
        graph.graph |= {
            "konvoi_date": quality.date or UNKNOWN,
            "konvoi_kind": quality.kind,
            "konvoi_licence": quality.licence,
            "konvoi_source": quality.source,
            TURNS_LEFT: quality.restrictions_left,
        }
    else:
        with _lead_osmnx(osmnx, service, say) as answered:
            graph = _persist(lambda: _download(osmnx, request, service, say), service, say)
        graph.graph["konvoi_date"] = answered.get("date", date.today().isoformat())
        graph.graph["konvoi_source"] = "Overpass API"
    graph.graph["konvoi_place"] = request.words
    temporary = target.with_name(f".{os.getpid()}.{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        osmnx.save_graphml(graph, temporary)
        temporary.replace(target)
    except OSError as fault:
        raise NetworkError(Sentence("faults.out_unwritable", target=target, strerror=fault.strerror or fault)) from None
    finally:
        temporary.unlink(missing_ok=True)
    return target


def write_provenance(road_file: Path, quality: MapQuality) -> Path:
    """Write beside a road file where it is from, and how good it is."""
    path = road_file.with_name(road_file.name.removesuffix(".graphml") + ".provenance.json")
    content = {"file": road_file.name, "fetched": date.today().isoformat(), **quality.to_dict()}
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _download(osmnx: Any, request: Request, service: MapService, say: Callable[[str], None]) -> Any:
    """Download the roads of an area, in OSMnx's own pieces."""
    import requests

    try:
        # OSMnx waits a minute before it notices that there is no internet.
        for url in {osmnx.settings.overpass_url, *([osmnx.settings.nominatim_url] if request.place else [])}:
            requests.head(url, timeout=min(service.timeout_s, 20), allow_redirects=False)
    except requests.RequestException:
        raise NetworkError(Sentence("faults.unreachable", url=url, without_internet=WITHOUT_INTERNET)) from None
    area = _find_area(osmnx, request, say)
    say(f"OpenStreetMap: {request.words}, {_compute_area_km2(area):,.0f} km²")
    try:
        return osmnx.graph_from_polygon(
            area, custom_filter=ROAD_FILTER, simplify=False, retain_all=True, truncate_by_edge=True
        )
    except (osmnx._errors.InsufficientResponseError, ValueError) as fault:
        if not re.search("no data elements|no graph nodes", str(fault), re.IGNORECASE):
            raise
        raise NetworkError(Sentence("faults.osm_empty", words=request.words)) from None


def _find_area(osmnx: Any, request: Request, say: Callable[[str], None]) -> Any:
    """Find the polygon of a request, longitude and latitude."""
    if request.polygon is not None:
        area = _read_polygon(request.polygon)
    elif request.place is not None:
        area = _find_place(osmnx, request.place, request.radius_m, say)
    elif request.point is not None:
        box = osmnx.utils_geo.bbox_from_point(request.point, dist=request.radius_m or DEFAULT_RADIUS_M)
        area = osmnx.utils_geo.bbox_to_poly(box)
    else:
        area = osmnx.utils_geo.bbox_to_poly(request.box)
    km2 = _compute_area_km2(area)
    if km2 > MAX_AREA_KM2:
        raise NetworkError(Sentence("faults.area_large", words=request.words, km2=km2, max_area_km2=MAX_AREA_KM2))
    return area


def _find_place(osmnx: Any, place: str, radius_m: float | None, say: Callable[[str], None]) -> Any:
    """Find the area of a place; one that Nominatim knows as a point only gets a radius."""
    try:
        if radius_m is None:
            try:
                found = osmnx.geocode_to_gdf(place)
                say(f"Nominatim: {found['display_name'].iloc[0]}")
                return found.geometry.iloc[0]
            except TypeError:
                say(f"Nominatim: {place} is a point without borders; {DEFAULT_RADIUS_M:,.0f} m around it are taken")
        point = osmnx.geocode(place)
    except osmnx._errors.InsufficientResponseError as fault:
        if not str(fault).startswith("Nominatim"):
            raise  # not its finding, but no answer of Nominatim's at all
        raise NetworkError(Sentence("faults.place_unknown", place=place)) from None
    say(f"Nominatim: {place} = {point[0]:.5f}, {point[1]:.5f}")
    return osmnx.utils_geo.bbox_to_poly(osmnx.utils_geo.bbox_from_point(point, dist=radius_m or DEFAULT_RADIUS_M))


def _read_polygon(path: Path) -> Any:
    """Read the union of the polygons of a file."""
    if path.suffix.lower() not in AREA_SUFFIXES:
        raise NetworkError(Sentence("faults.polygon_suffix", path=path, area_suffixes=", ".join(AREA_SUFFIXES)))
    if not path.is_file():
        raise NetworkError(Sentence("faults.polygon_missing", path=path))
    import geopandas

    try:
        frame = geopandas.read_file(path)
        frame = frame.set_crs("EPSG:4326") if frame.crs is None else frame.to_crs("EPSG:4326")
        area = frame.geometry.union_all()
    except Exception as fault:  # pyogrio, pyproj and shapely raise whatever the file provokes
        raise NetworkError(
            Sentence("faults.polygon_unreadable", path=path, reason=str(fault).splitlines()[0][:160])
        ) from None
    if area.geom_type not in {"Polygon", "MultiPolygon"} or area.is_empty or not area.is_valid:
        raise NetworkError(Sentence("faults.polygon_invalid", path=path))
    west, south, east, north = area.bounds
    if not (-180.0 <= west < east <= 180.0 and -85.0 <= south < north <= 85.0):
        raise NetworkError(Sentence("faults.polygon_degrees", path=path))
    return area


def _compute_area_km2(area: Any) -> float:
    """Compute the area of a polygon in degrees, on a sphere."""
    return float(area.area) * 111.2**2 * cos(radians(area.centroid.y))


def _persist(download: Callable[[], Any], service: MapService, say: Callable[[str], None]) -> Any:
    """Try a download again after pauses; finished pieces come from the cache then."""
    import requests

    for attempt in range(service.retries + 1):
        try:
            return download()
        except NetworkError:
            raise
        except (
            _BusyError,
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as fault:
            reason = str(fault).splitlines()[0][:160] if str(fault) else type(fault).__name__
            if attempt == service.retries:
                raise NetworkError(
                    Sentence(
                        "faults.fetch_failed", reason=reason, attempts=attempt + 1, without_internet=WITHOUT_INTERNET
                    )
                ) from None
            asked_s = getattr(fault, "pause_s", None)
            pause_s = min(service.pause_s * 2**attempt if asked_s is None else asked_s, LONGEST_PAUSE_S)
            say(f"{reason}; try {attempt + 2} of {service.retries + 1} in {pause_s:.0f} s")
            time.sleep(pause_s)
        except Exception as fault:  # OSMnx lets many kinds through: its own, ValueError, KeyError of a foreign answer
            reason = str(fault).splitlines()[0][:160] if str(fault) else type(fault).__name__
            raise NetworkError(
                Sentence(
                    "faults.answer_unusable",
                    kind=type(fault).__name__,
                    reason=reason,
                    without_internet=WITHOUT_INTERNET,
                )
            ) from None
    raise AssertionError("unreachable")


@contextmanager
def _lead_osmnx(osmnx: Any, service: MapService, say: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """Set OSMnx up for a polite and bounded download; put everything back afterwards.

    Yields
    ------
    What the server said of its data: their date.
    """
    settings = osmnx.settings
    names = [name for name in vars(settings) if not name.startswith("_") and name.islower()]
    before, resolve = {name: getattr(settings, name) for name in names}, socket.getaddrinfo
    answered: dict[str, str] = {}
    try:
        set_tags(osmnx)
        if service.overpass_url is not None:
            settings.overpass_url = service.overpass_url
            settings.overpass_rate_limit = False  # a server of one's own has no slots to wait for
        if service.nominatim_url is not None:
            settings.nominatim_url = service.nominatim_url
        settings.requests_timeout = service.timeout_s
        settings.http_user_agent = "konvoi (traffic planning for regional elections, through OSMnx)"
        settings.doh_url_template = None  # ask nobody else where a server is
        settings.use_cache = True
        settings.cache_folder = _prepare_cache(service.cache_dir)
        settings.requests_kwargs = {"hooks": {"response": _build_hook(service, say, answered)}}
        yield answered
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolve


def _prepare_cache(cache_dir: Path | None) -> Path:
    """Return today's folder of finished pieces: it lets a download go on, never answers with last month's roads."""
    if cache_dir is None:
        import platformdirs

        cache_dir = Path(platformdirs.user_cache_dir("konvoi", appauthor=False)) / "openstreetmap"
    today = date.today()
    for old in cache_dir.glob("????-??-??"):
        if old.name < (today - timedelta(days=7)).isoformat():
            for piece in old.glob("*.json"):
                piece.unlink(missing_ok=True)
    return cache_dir / today.isoformat()


def _build_hook(service: MapService, say: Callable[[str], None], answered: dict[str, str]) -> Callable[..., Any]:
    """Build what looks at each answer before OSMnx does: OSMnx retries for ever and takes half an answer for a whole."""

    def look(response: Any, **_: Any) -> Any:
        if response.is_redirect:
            return response
        if response.status_code in {429, 502, 503, 504}:
            asked = response.headers.get("Retry-After", "")
            response.close()
            raise _BusyError(response.status_code, float(asked) if asked.isascii() and asked.isdigit() else None)
        begin_s, blocks, n_bytes = time.monotonic(), [], 0
        for block in response.iter_content(1 << 14):
            blocks.append(block)
            n_bytes += len(block)
            if n_bytes > MAX_RESPONSE_BYTES:
                raise NetworkError(Sentence("faults.answer_large", max_response_bytes=MAX_RESPONSE_BYTES))
            if time.monotonic() - begin_s > 2.0 * service.timeout_s:
                raise NetworkError(Sentence("faults.answer_slow", n_bytes=n_bytes, seconds=2 * service.timeout_s))
        content = b"".join(blocks)
        response._content = content  # where requests keeps what has been read
        if n_bytes > 100_000:
            say(f"{n_bytes / 1e6:.1f} MB")
        if remark := re.search(rb'"remark"\s*:\s*"([^"]{1,200})', content[-2000:]):
            raise NetworkError(Sentence("faults.query_cut", remark=remark[1].decode("utf-8", "replace")))
        if told := re.search(rb'"timestamp_osm_base"\s*:\s*"(\d{4}-\d\d-\d\d)', content[:2000]):
            answered["date"] = told[1].decode()
        return response

    return look
