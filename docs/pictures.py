"""Draw the pictures of the concepts: `python docs/pictures.py` writes docs/pictures/*.svg, the same bytes on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "pictures"
INK, GREY, LIGHT, ROAD, SHADE = "#1d1d24", "#62626c", "#b9b9c0", "#d9d9de", "#5d4693"
SIDE = {1: "#1f7fb4", 2: "#b06c08"}
DISTANCE_M = 50.0


@dataclass(frozen=True)
class Column:
    """Vehicles of one side at equal spacing and speed on one straight road; positions in metres, 0 in the middle."""

    side: int
    n: int
    spacing_m: float
    speed_mps: float  # negative: towards the west
    front_m: float  # at time 0
    people_per_vehicle: float = 1.4

    def compute_positions_m(self, time_s: float) -> list[float]:
        """Compute where the vehicles are, front first."""
        back = -1.0 if self.speed_mps > 0 else 1.0
        return [self.front_m + self.speed_mps * time_s + back * self.spacing_m * k for k in range(self.n)]


ONE = Column(side=1, n=14, spacing_m=16.0, speed_mps=5.6, front_m=-230.0)
TWO = Column(side=2, n=9, spacing_m=22.0, speed_mps=-5.6, front_m=210.0)


def count_near(own: Column, other: Column, time_s: float) -> float:
    """Count the people of a column who have a vehicle of the other one within the contact distance."""
    others = other.compute_positions_m(time_s)
    near = [x for x in own.compute_positions_m(time_s) if any(abs(x - y) <= DISTANCE_M for y in others)]
    return own.people_per_vehicle * len(near)


def draw_contact() -> str:
    """Draw two columns that pass each other at one moment, and the contact over time below."""
    shown_s = 48.0
    width, middle, road_y, scale = 960, 480, 150, 1.75  # px; px a metre
    body = [
        _text(30, 34, "One moment: two columns meet on one road", 19, INK, weight="bold"),
        f'<rect x="0" y="{road_y - 24}" width="{width}" height="48" fill="{ROAD}"/>',
        f'<line x1="0" y1="{road_y}" x2="{width}" y2="{road_y}" stroke="#fff" stroke-width="2" stroke-dasharray="14 12"/>',
    ]
    lane_y = {1: road_y + 12, 2: road_y - 12}
    one, two = ONE.compute_positions_m(shown_s), TWO.compute_positions_m(shown_s)
    chosen = max(range(len(one)), key=lambda k: -abs(one[k] - sum(two) / len(two)))
    body.append(
        f'<circle cx="{middle + one[chosen] * scale:.1f}" cy="{lane_y[1]}" r="{DISTANCE_M * scale:.1f}" fill="{SHADE}" '
        f'fill-opacity="0.12" stroke="{SHADE}" stroke-width="1.5" stroke-dasharray="5 4"/>'
    )
    for column, others in ((ONE, two), (TWO, one)):
        for x in column.compute_positions_m(shown_s):
            is_near = any(abs(x - y) <= DISTANCE_M for y in others)
            body.append(
                f'<circle cx="{middle + x * scale:.1f}" cy="{lane_y[column.side]}" r="6.5" '
                f'fill="{SIDE[column.side] if is_near else "#fff"}" stroke="{SIDE[column.side]}" stroke-width="2.5"/>'
            )
    front_1, front_2 = middle + one[0] * scale, middle + two[0] * scale
    rear_1, rear_2 = middle + one[-1] * scale, middle + two[-1] * scale
    radius = DISTANCE_M * scale
    centre = middle + one[chosen] * scale
    body += [
        _text(centre, road_y - radius + 2, "within 50 m of this vehicle", 14, SHADE, anchor="middle"),
        _text(rear_1, road_y + 50, "rear", 14, SIDE[1], anchor="middle"),
        _text(front_1, road_y + 50, "front", 14, SIDE[1], anchor="middle"),
        _text((rear_1 + front_1) / 2 - 60, road_y + 50, "side 1 →", 15, SIDE[1], anchor="middle", weight="bold"),
        _text(front_2, road_y - 36, "front", 14, SIDE[2], anchor="middle"),
        _text(rear_2, road_y - 36, "rear", 14, SIDE[2], anchor="middle"),
        _text((rear_2 + front_2) / 2 + 70, road_y - 36, "← side 2", 15, SIDE[2], anchor="middle", weight="bold"),
        _text(30, road_y + 92, "filled: a vehicle of the other side is within 50 m", 14, GREY),
    ]
    body += _draw_episode(shown_s, top=300, height=170, left=90, right=910)
    return _frame(width, 540, body, "Two columns that meet: proximity, contact and exposure")


def _draw_episode(shown_s: float, *, top: float, height: float, left: float, right: float) -> list[str]:
    """Draw people near the other side over time, the smaller number of both shaded: its area is the exposure."""
    step_s, first_s, end_s, most = 0.25, 28.0, 86.0, 20.0
    times = [first_s + step_s * k for k in range(int((end_s - first_s) / step_s) + 1)]
    near = {1: [count_near(ONE, TWO, t) for t in times], 2: [count_near(TWO, ONE, t) for t in times]}
    least = [min(a, b) for a, b in zip(near[1], near[2], strict=True)]
    bottom = top + height

    def place_x(time_s: float) -> float:
        return left + (right - left) * (time_s - first_s) / (end_s - first_s)

    def place(time_s: float, people: float) -> str:
        return f"{place_x(time_s):.1f},{bottom - height * people / most:.1f}"

    begin_s = next(t for t, people in zip(times, least, strict=True) if people > 0)
    last_s = next(t for t, people in zip(reversed(times), reversed(least), strict=True) if people > 0)
    begin_x, last_x, shown_x = map(place_x, (begin_s, last_s, shown_s))
    area = " ".join([place(first_s, 0), *(place(t, p) for t, p in zip(times, least, strict=True)), place(end_s, 0)])
    lines = [
        _text(30, top - 18, "The whole contact: people who have the other side within 50 m", 19, INK, weight="bold"),
        f'<polygon points="{area}" fill="{SHADE}" fill-opacity="0.22"/>',
        *(
            f'<polyline points="{" ".join(place(t, p) for t, p in zip(times, near[side], strict=True))}" fill="none" '
            f'stroke="{SIDE[side]}" stroke-width="2.5"/>'
            for side in (1, 2)
        ),
        f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{bottom}" stroke="{INK}" stroke-width="1.5"/>',
        *(
            f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom + 8}" stroke="{colour}" stroke-dasharray="4 4"/>'
            for x, colour in ((begin_x, INK), (last_x, INK), (shown_x, GREY))
        ),
        _text(begin_x, bottom + 26, f"start, {begin_s:.0f} s", 14, INK, anchor="middle"),
        _text(last_x, bottom + 26, f"end, {last_s:.0f} s", 14, INK, anchor="middle"),
        _text(shown_x, bottom + 26, "the moment above", 14, GREY, anchor="middle"),
        _text((begin_x + last_x) / 2, bottom - 30, "exposure = shaded area,", 15, SHADE, anchor="middle"),
        _text(
            (begin_x + last_x) / 2,
            bottom - 10,
            f"{sum(least) * step_s / 60.0:.0f} person-minutes",
            15,
            SHADE,
            anchor="middle",
            weight="bold",
        ),
        _text(left - 12, top + 12, f"{most:.0f}", 13, GREY, anchor="end"),
        _text(left - 12, bottom, "0 people", 13, GREY, anchor="end"),
    ]
    for side in (1, 2):
        peak = max(near[side])
        peak_s = max(t for t, people in zip(times, near[side], strict=True) if people == peak)
        x, y = (float(part) for part in place(peak_s, peak).split(","))
        lines.append(_text(x - 6, y + 19, f"side {side}", 14, SIDE[side], anchor="end"))
    return lines


def draw_window() -> str:
    """Draw the way of two columns on one shared road over time, and the gaps at which they meet."""
    left, right, top, bottom = 130.0, 900.0, 60.0, 330.0
    length_min, passing_min, gap_min, span_min = 18.0, 20.0, 50.0, 110.0  # 6 km at 20 km/h; 20 min to pass a point

    def place(time_min: float, share: float) -> str:
        return f"{left + (right - left) * time_min / span_min:.1f},{bottom - (bottom - top) * share:.1f}"

    def band(begin_min: float, *, is_up: bool) -> str:
        ends = (0.0, 1.0) if is_up else (1.0, 0.0)
        corners = [
            place(begin_min, ends[0]),
            place(begin_min + length_min, ends[1]),
            place(begin_min + length_min + passing_min, ends[1]),
            place(begin_min + passing_min, ends[0]),
        ]
        return " ".join(corners)

    def mark(time_min: float, y: float, text: str, colour: str) -> str:
        x = left + (right - left) * time_min / span_min
        return _text(x, y, text, 14, colour, anchor="middle")

    body = [
        _text(30, 34, "When two columns meet on a shared road", 19, INK, weight="bold"),
        _text(left - 14, top + 6, "north end", 14, GREY, anchor="end"),
        _text(left - 14, bottom + 4, "south end", 14, GREY, anchor="end"),
        _text(left - 14, (top + bottom) / 2, "6 km", 14, GREY, anchor="end"),
        f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="none" stroke="{LIGHT}"/>',
        f'<polygon points="{band(10.0, is_up=True)}" fill="{SIDE[1]}" fill-opacity="0.30" stroke="{SIDE[1]}" stroke-width="2"/>',
        f'<polygon points="{band(10.0 + gap_min, is_up=False)}" fill="{SIDE[2]}" fill-opacity="0.30" stroke="{SIDE[2]}" '
        'stroke-width="2"/>',
        f'<polygon points="{band(34.0, is_up=False)}" fill="none" stroke="{SIDE[2]}" stroke-width="2" '
        'stroke-dasharray="6 5"/>',
        mark(20.0, bottom - 12, "side 1", SIDE[1]),
        mark(24.0 + gap_min, top + 22, "side 2", SIDE[2]),
        mark(10.0, bottom + 24, "front enters", SIDE[1]),
        mark(30.0, bottom + 24, "rear enters", SIDE[1]),
        mark(48.0, top - 8, "rear leaves", SIDE[1]),
        mark(10.0 + gap_min + 4.0, top - 8, "front enters", SIDE[2]),
        _text(
            left,
            bottom + 62,
            "Solid: the second column enters 50 min after the first and misses it by 12 min.",
            15,
            INK,
        ),
        _text(
            left,
            bottom + 84,
            "Dashed: it enters 24 min after the first and meets the rest of it. They meet if the second",
            15,
            INK,
        ),
        _text(
            left,
            bottom + 106,
            "enters less than passing time + time on the road = 20 + 18 min after the first.",
            15,
            INK,
        ),
    ]
    return _frame(960, 460, body, "Space-time diagram of two columns on a shared road")


def _text(
    x: float, y: float, text: str, size: int, colour: str, *, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{text}</text>'
    )


def _frame(width: int, height: int, body: list[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="DejaVu Sans, Verdana, sans-serif" role="img">\n<title>{title}</title>\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


PICTURES = {"contact.svg": draw_contact, "window.svg": draw_window}


if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8", newline="\n")
