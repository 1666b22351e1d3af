"""What is told of the finalists: from fresh days, which chose nothing, and never more than they allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from konvoi.propose.guarantee import Guarantee
from konvoi.propose.outcomes import Outcomes, join_outcomes
from konvoi.propose.plans import OfficialPlan
from konvoi.propose.racing import Bench

FIRST_FRESH_DAY = 1_000_000  # number of the first replication no search uses
ATTEMPT_DAYS = 100_000  # between the first fresh days of two attempts
CHUNK_DAYS = 20  # days between two looks


@dataclass(frozen=True)
class Entry:
    """A plan in a world that enters the test."""

    plan: OfficialPlan
    world: str


@dataclass(frozen=True)
class Confirmation:
    """What fresh days say of an entry.

    ``bound_any`` and ``bound_riders``: the smallest threshold within which days with any contact, and with a contact
    between riders, are declared to stay; None where none is. A contact between riders is one of any kind, so who is
    declared for the latter is for the former, and no error is added.
    """

    entry: Entry
    outcomes: Outcomes
    bound_any: float | None
    bound_riders: float | None

    def is_declared(self, threshold: float) -> bool:
        """Tell whether days with any contact are declared to stay within a threshold."""
        return self.bound_any is not None and self.bound_any <= threshold


def confirm(
    bench: Bench,
    entries: Sequence[Entry],
    guarantee: Guarantee,
    threshold: float,
    days: tuple[int, int],
    tell: Callable[[float], None],
    first_day: int = FIRST_FRESH_DAY,
) -> list[Confirmation]:
    """Watch entries on fresh days until each is declared, cannot be any more, or the days are over.

    Parameters
    ----------
    guarantee
        Entered by at least as many plans as there are entries.
    days
        Days each entry has at least, declared or not, and at most.
    first_day
        Number of the first fresh day; plans chosen after others have failed are watched on other days than those.

    Raises
    ------
    ValueError
        When more plans enter than were agreed on.
    """
    if len(entries) > guarantee.n_entered:
        raise ValueError(f"{len(entries)} plans enter a test that was agreed on for {guarantee.n_entered}")
    least, most = days
    known: dict[int, list[Outcomes]] = {index: [] for index in range(len(entries))}
    done = 0
    while done < most:
        chunk = range(first_day + done, first_day + min(most, done + CHUNK_DAYS))
        open_entries = [
            index for index, parts in known.items() if done < least or _is_open(parts, guarantee, threshold, most)
        ]
        if not open_entries:
            break
        for world in dict.fromkeys(entries[index].world for index in open_entries):
            here = [index for index in open_entries if entries[index].world == world]
            found = bench.evaluate([entries[index].plan for index in here], world, chunk)
            for index, outcomes in zip(here, found, strict=True):
                known[index].append(outcomes)
        done += len(chunk)
        tell(done / most)
    return [_conclude(entries[index], join_outcomes(parts), guarantee) for index, parts in known.items()]


def _is_open(parts: Sequence[Outcomes], guarantee: Guarantee, threshold: float, most: int) -> bool:
    """Tell whether more days could decide an entry that is not decided."""
    hits = join_outcomes(parts).find("any")
    is_declared = guarantee.find_declared_day(hits, threshold) is not None
    return not is_declared and guarantee.can_be_declared(hits, threshold, most)


def _conclude(entry: Entry, outcomes: Outcomes, guarantee: Guarantee) -> Confirmation:
    return Confirmation(
        entry, outcomes, guarantee.find_bound(outcomes.find("any")), guarantee.find_bound(outcomes.find("any_riders"))
    )
