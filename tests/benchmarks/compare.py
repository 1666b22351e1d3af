"""The cross-check: do independent simulators give konvoi's answers on W?

    python -m tests.benchmarks.compare FOLDER OURS.npz NAME=THEIRS.npz ...         (FOLDER holds a saved workload)

Compared are mean trip times (arrival − planned departure), the arrivals over time (mean horizontal distance of the two
curves: the n-th arrival here and there), the share of contacts both find for the same two convoys on the same trips,
and when these begin. `OFF` marks whatever differs by more than a tenth: trip times and curves relative to our mean
trip time, contacts relative to our number, begins by more than one tenth of a trip.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.answers import Answer, Contacts, load_answer
from tests.benchmarks.workload import HOMEBOUND, OUTBOUND, Workload, load_workload

OFF = 0.10
EXPLANATIONS = {
    "sumo_micro_own": (
        "SUMO's own junctions, which W's rules leave out: who has no right of way waits for a gap in a column, and an "
        "arterial that turns has one lane for the turn (half its capacity). konvoi has ways that cross (left out here, for UXsim has none), but no lanes for turning."
    ),
    "sumo_micro": (
        "SUMO lets vehicles of a venue onto each road apart, konvoi and UXsim let them leave one after the other: seen "
        "when a venue empties faster than its roads take (16,000 vehicles)."
    ),
    "sumo_meso": (
        "As for sumo_micro; and meso holds vehicles in queues of 98 m, which shifts places in a jam by as much. At 5 s "
        "between positions, contacts around the least duration of 10 s come and go."
    ),
    "uxsim_platoon": "Five vehicles are one point: a column's head and tail shift by up to 8 s, its people come in lots of ten.",
}


@dataclass(frozen=True)
class Agreement:
    """How two answers agree; pairs are (ours, theirs)."""

    trip_out_s: tuple[float, float]
    trip_home_s: tuple[float, float]
    arrived: tuple[int, int]
    curve_s: float  # mean distance of the arrival curves
    contacts: tuple[int, int]
    contacts_in_common: int  # same pair of trips
    begin_median_s: float  # absolute difference of begins of the contacts in common; NaN without
    begin_p95_s: float
    contact_time_s: tuple[float, float]  # of all contacts together

    def find_differences(self) -> list[str]:
        """Name what differs by more than a tenth."""
        ours_s = (self.trip_out_s[0] + self.trip_home_s[0]) / 2.0
        values = {
            "trips out": self.trip_out_s[1] / self.trip_out_s[0] - 1.0,
            "trips home": self.trip_home_s[1] / self.trip_home_s[0] - 1.0,
            "arrivals": self.curve_s / ours_s,
            "contacts": self.contacts[1] / max(1, self.contacts[0]) - 1.0,
            "contacts in common": self.contacts_in_common / max(1, self.contacts[0]) - 1.0,
            "begins": self.begin_median_s / ours_s,
        }
        return [f"{name} {value:+.0%}" for name, value in values.items() if abs(value) > OFF]


def compare(workload: Workload, ours: Answer, theirs: Answer) -> Agreement:
    """Compare two answers."""
    departures_s = workload.compute_departures_s()

    def compute_mean_trip_s(answer: Answer, phase: int) -> float:
        return float(np.nanmean((answer.arrival_s - departures_s)[phase::2]))

    curves = [np.sort(answer.arrival_s, axis=None) for answer in (ours, theirs)]
    first = [find_first_begins(answer.contacts) for answer in (ours, theirs)]
    common = sorted(first[0].keys() & first[1].keys())
    apart_s = np.array([abs(first[0][pair] - first[1][pair]) for pair in common] or [np.nan])
    return Agreement(
        trip_out_s=(compute_mean_trip_s(ours, OUTBOUND), compute_mean_trip_s(theirs, OUTBOUND)),
        trip_home_s=(compute_mean_trip_s(ours, HOMEBOUND), compute_mean_trip_s(theirs, HOMEBOUND)),
        arrived=(int(np.isfinite(curves[0]).sum()), int(np.isfinite(curves[1]).sum())),
        curve_s=float(np.nanmean(np.abs(curves[0] - curves[1]))),
        contacts=(len(ours.contacts.begin_s), len(theirs.contacts.begin_s)),
        contacts_in_common=len(common),
        begin_median_s=float(np.median(apart_s)),
        begin_p95_s=float(np.percentile(apart_s, 95.0)),
        contact_time_s=(
            float(np.sum(ours.contacts.end_s - ours.contacts.begin_s)),
            float(np.sum(theirs.contacts.end_s - theirs.contacts.begin_s)),
        ),
    )


def find_first_begins(contacts: Contacts) -> dict[tuple[int, int], float]:
    """Find when each pair of trips first has contact, s."""
    first: dict[tuple[int, int], float] = {}
    for i, j, begin_s in zip(
        contacts.trip_1.tolist(), contacts.trip_2.tolist(), contacts.begin_s.tolist(), strict=True
    ):
        first[i, j] = min(begin_s, first.get((i, j), np.inf))
    return first


def build_table(agreements: Mapping[str, Agreement]) -> str:
    """Build a Markdown table of agreements with konvoi, and why what differs does."""
    lines = [
        "| konvoi against | trip out, s | trip home, s | arrivals apart, s | contacts | in common | begins apart, s (median, 95 %) |",
        "|---|---|---|---|---|---|---|",
    ]
    notes = []
    for name, its in agreements.items():
        out, home = its.trip_out_s, its.trip_home_s
        lines.append(
            f"| {name} | {out[0]:.1f} : {out[1]:.1f} ({out[1] / out[0] - 1.0:+.1%}) "
            f"| {home[0]:.1f} : {home[1]:.1f} ({home[1] / home[0] - 1.0:+.1%}) | {its.curve_s:.1f} "
            f"| {its.contacts[0]} : {its.contacts[1]} | {its.contacts_in_common} "
            f"| {its.begin_median_s:.1f}, {its.begin_p95_s:.1f} |"
        )
        if differences := its.find_differences():
            why = next((text for key, text in EXPLANATIONS.items() if name.startswith(key)), "not explained")
            notes.append(f"OFF {name}: {', '.join(differences)}. {why}")
    return "\n".join([*lines, "", *notes]).rstrip()


def main() -> None:
    """Compare answers given on the command line."""
    folder, ours, *others = sys.argv[1:]
    workload, answer = load_workload(Path(folder)), load_answer(Path(ours))
    agreements: dict[str, Any] = {}
    for word in others:
        name, _, path = word.partition("=")
        agreements[name] = compare(workload, answer, load_answer(Path(path)))
    print(build_table(agreements))


def to_dict(agreement: Agreement) -> dict[str, Any]:
    """Return plain values for JSON."""
    return {
        key: None if isinstance(value, float) and np.isnan(value) else value for key, value in asdict(agreement).items()
    }


if __name__ == "__main__":
    main()
