"""Sweeps and reports with random legal settings: each ends, in a bounded time, with an answer on screen and on disk."""

from __future__ import annotations

import random
from pathlib import Path

from konvoi.cli import main
from konvoi.report.verdict import Verdict

TOWNS = ("crossroads", "kutim_kampanye_akbar")
SMALL = {"kutim_kampanye_akbar": "0.05"}  # turnout: a hundred people make the same pictures as thousands
PAIRS = {
    "crossroads": ("bersilangan", "terpisah"),
    "kutim_kampanye_akbar": ("selatan_stadion", "town_hall_stadion", "polder_stadion", "pelangi_stadion"),
}
GAPS = ("0", "30", "60", "90", "120", "180", "240", "another_day")


def draw_words(number: int) -> list[str]:
    """Draw the words of one small sweep, always the same for a number."""
    chance = random.Random(number)
    town = TOWNS[number % len(TOWNS)]
    pairs = chance.sample(PAIRS[town], chance.choice((1, 1, 2)))
    gaps = sorted(chance.sample(GAPS, chance.choice((1, 1, 2, 3))), key=GAPS.index)  # 90,60 is refused as a decimal
    words = [
        f"scenario={town}",
        "experiment=gap_x_separation",
        f"rally.venue_pair={','.join(pairs)}",
        f"rally.gap_min={','.join(gaps)}",
        f"rally.first_side={chance.choice((1, 2))}",
        f"rally.hold_back_min={chance.choice((0, 0, 30))}",
        f"rally.escort={chance.choice(('none', 'none', 'side_1', 'both'))}",
        f"contact.distance_m={chance.choice((10, 50, 200))}",
        f"behaviour.organised_share={chance.choice((0, 0.5, 1))}",
        f"behaviour.turnout={SMALL.get(town, '1')}",
        f"behaviour.turnout_sd={chance.choice((0, 0.15, 1))}",
        f"behaviour.tour_share={chance.choice((0, 0.3))}",
        f"behaviour.early_leaver_share={chance.choice((0, 1))}",
        f"behaviour.people_per_vehicle.motorcycle={chance.choice((0.5, 1, 1.4, 2))}",
        f"behaviour.lateness.sd_min={chance.choice((0, 15, 120))}",
        f"weather.rain={chance.choice(('dry', 'light', 'heavy'))}",
        f"junctions.signals={chance.choice(('fixed', 'flashing'))}",
        f"design.replications={chance.choice((1, 2, 3))}",
        f"seed={chance.randrange(2**63)}",
        f"lang={chance.choice(('id', 'en'))}",
    ]
    return [*words, "executor=serial", "progress=false"]


def sweep_and_report(number: int, folder: Path, *, has_pack: bool) -> None:
    """Run one sweep into a folder and, if asked, write its pack.

    Raises
    ------
    AssertionError
        When a command fails, or leaves no answer that can be read back.
    """
    words = draw_words(number)
    assert main(["sweep", *words, f"out={folder}"]) == 0, words
    verdict = Verdict.from_json((folder / "verdict.json").read_text(encoding="utf-8"))
    assert verdict.replications >= 0
    assert (folder / "verdict.txt").read_text(encoding="utf-8").strip(), words
    if has_pack:
        assert main(["report", str(folder), "animation=false"]) == 0, words
