"""V8: opposite directions on one corridor: contact iff −(D_B + L/v) ≤ δ ≤ D_A + L/v; begin and end exact."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.contacts.search import find_contacts
from tests.support.towns import Unit, build_corridor, build_town_model

L, V, D = 6000.0, 10.0, 50.0
HEADWAY = 2.0  # 1 pcu at 1,800 pcu/h


@pytest.mark.parametrize("delta_s", [-300.0, 0.0, 123.456, 640.0])
@pytest.mark.parametrize("pieces", [1, 4])
def test_begin_and_end_are_exact(delta_s: float, pieces: int) -> None:
    """Heads are d apart when v·(2t − t_A − t_B) = L − d; tails, (n − 1) headways later, when it is L + d."""
    n = 40
    links = list(range(0, 2 * pieces, 2))
    back = list(range(2 * pieces - 1, 0, -2))
    model = build_town_model(
        build_corridor(L, pieces),
        [Unit(1, links, back, depart_s=1000.0, n=n), Unit(2, back, links, depart_s=1000.0 + delta_s, n=n)],
    )
    model.run()
    contacts = find_contacts(model)
    first = int(np.argmin(contacts.begin_s))
    middle = 1000.0 + delta_s / 2.0
    # A head that has arrived is parked, off the road: the first pair to meet is then the other's head with a later
    # vehicle of the column; this happens only outside |δ| ≤ (L − d)/v.
    if abs(delta_s) <= (L - D) / V:
        assert contacts.begin_s[first] == pytest.approx(middle + (L - D) / (2 * V), abs=1e-6)
    if abs(delta_s) <= (L - D) / V - (n - 1) * HEADWAY:
        assert contacts.end_s[first] == pytest.approx(middle + (n - 1) * HEADWAY + (L + D) / (2 * V), abs=1e-6)


@pytest.mark.parametrize("delta_s", [-690.0, -670.0, -300.0, 0.0, 500.0, 670.0, 690.0])
def test_contact_happens_exactly_inside_the_window(delta_s: float) -> None:
    """D_A = D_B = (n − 1)·2 s = 78 s: the window is ±(78 + 600) s, wider by d/v = 5 s since near is not touching."""
    n = 40
    model = build_town_model(
        build_corridor(L),
        [Unit(1, [0], [1], depart_s=1000.0, n=n), Unit(2, [1], [0], depart_s=1000.0 + delta_s, n=n, home_s=90_000.0)],
    )
    model.run()
    contacts = find_contacts(model)
    outbound = (contacts.trip_1 % 2 == 0) & (contacts.trip_2 % 2 == 0)
    assert bool(np.any(outbound)) == (abs(delta_s) <= (n - 1) * HEADWAY + L / V + D / V)
