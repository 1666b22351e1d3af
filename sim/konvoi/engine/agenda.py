"""The agenda of movement: pages of a calendar queue, earliest entry first."""

from __future__ import annotations

from konvoi.arrays import NONE
from konvoi.engine.state import (
    Agenda,
)
from konvoi.kernels import inlined

# Kinds of events; at the same moment a vehicle that reaches the end of its link lines up before anyone is served.
RELEASE, READY, SERVE = 0, 1, 2


@inlined
def push(agenda: Agenda, time_s: float, kind: int, index: int) -> None:
    """Note what will happen."""
    entry = agenda.free[0]
    if entry == NONE:
        entry = agenda.n_used[0]
        if entry == len(agenda.entries):
            raise RuntimeError("the agenda is full")
        agenda.n_used[0] = entry + 1
    else:
        agenda.free[0] = agenda.entries[entry].following
    page = get_page(agenda, time_s)
    agenda.entries[entry].following = agenda.first[page]
    agenda.first[page] = entry
    agenda.entries[entry].time_s = time_s
    agenda.entries[entry].kind = kind
    agenda.entries[entry].index = index
    agenda.n[0] += 1
    agenda.page[0] = min(agenda.page[0], page)


@inlined
def take_earliest(agenda: Agenda, until_s: float) -> int:
    """Take the earliest entry up to a moment off the agenda; what it says stays readable. NONE when there is none."""
    last = get_page(agenda, until_s)
    page = agenda.page[0]
    while page < last and agenda.first[page] == NONE:
        page += 1
    agenda.page[0] = page
    best = int(agenda.first[page])
    if best == NONE:
        return best
    before_best, before = int(NONE), best
    entry = int(agenda.entries[best].following)
    while entry != NONE:
        if is_earlier(agenda, entry, best):
            best, before_best = entry, before
        before = entry
        entry = int(agenda.entries[entry].following)
    if agenda.entries[best].time_s > until_s:
        return int(NONE)
    if before_best == NONE:
        agenda.first[page] = agenda.entries[best].following
    else:
        agenda.entries[before_best].following = agenda.entries[best].following
    agenda.entries[best].following = agenda.free[0]
    agenda.free[0] = best
    agenda.n[0] -= 1
    return best


@inlined
def get_page(agenda: Agenda, time_s: float) -> int:
    """Return the page of a moment."""
    return int(min(max(time_s * agenda.pages_per_s[0], 0.0), float(len(agenda.first) - 1)))


@inlined
def is_earlier(agenda: Agenda, entry: int, other: int) -> bool:
    """Whether an entry comes before another."""
    if agenda.entries[entry].time_s != agenda.entries[other].time_s:
        return bool(agenda.entries[entry].time_s < agenda.entries[other].time_s)
    if agenda.entries[entry].kind != agenda.entries[other].kind:
        return bool(agenda.entries[entry].kind < agenda.entries[other].kind)
    return bool(agenda.entries[entry].index < agenda.entries[other].index)
