"""People near and exposure against the plain twin, where the engine is exact and where it counts every twenty seconds."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts import census
from konvoi.contacts.search import find_contacts
from konvoi.replication import build_model
from konvoi.streams import compute_replication_seed
from tests.support.crossroads import load_crossroads
from tests.support.naive import count_people
from tests.support.towns import Unit, build_corridor, build_town_model

STEP_S = 0.5


@pytest.mark.slow
def test_people_and_exposure_of_small_contacts_are_those_of_the_plain_twin() -> None:
    """Crossings of dispersed riders and convoys: counted at every moment, so only the twin's own steps differ."""
    config, town, routes = load_crossroads()
    n = 0
    for replication in (1, 4, 5):
        model = build_model(config, town, routes, compute_replication_seed(config.seed, replication))
        model.run()
        contacts = find_contacts(model)
        for row in range(len(contacts.begin_s)):
            peak_1, peak_2, exposure = count_people(model, contacts, row, STEP_S)
            # The twin's peak may fall between two of its steps; one vehicle holds a few people.
            assert peak_1 <= contacts.people_1[row] <= peak_1 + 5
            assert peak_2 <= contacts.people_2[row] <= peak_2 + 5
            assert contacts.exposure_person_s[row] == pytest.approx(exposure, rel=0.02, abs=5.0)
            n += 1
    assert n >= 5


@pytest.mark.slow
def test_long_contacts_are_counted_every_twenty_seconds_to_a_few_per_cent() -> None:
    """Two long columns pass each other for more than `LEAST_EPISODE_S`."""
    spread = [4.0 * k for k in range(100)]
    units = [
        Unit(1, [0, 2], [3, 1], depart_s=1000.0, n=100, people=2.0, release_s=spread),
        Unit(2, [3, 1], [0, 2], depart_s=1100.0, n=100, people=3.0, release_s=spread, home_s=90_000.0),
    ]
    model = build_town_model(build_corridor(4000.0, 2), units)
    model.run()
    contacts = find_contacts(model)
    row = int(np.argmax(contacts.end_s - contacts.begin_s))
    assert contacts.end_s[row] - contacts.begin_s[row] > census.LEAST_EPISODE_S
    peak_1, peak_2, exposure = count_people(model, contacts, row, 2.0)
    assert contacts.exposure_person_s[row] == pytest.approx(exposure, rel=0.03)
    assert contacts.people_1[row] == pytest.approx(peak_1, rel=0.1)
    assert contacts.people_2[row] == pytest.approx(peak_2, rel=0.1)
