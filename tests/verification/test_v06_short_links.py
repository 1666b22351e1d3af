"""V6: links shorter than any step, and shorter than the room of two vehicles, keep times and capacity exact."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.towns import Unit, build_corridor, build_town_model, get_times


@pytest.mark.parametrize("pieces", [10, 20, 40, 100])
@pytest.mark.parametrize("pcu", [1.0, 0.25])
def test_a_column_keeps_its_headway_however_short_the_links_are(pieces: int, pcu: float) -> None:
    """1 km at 10 m/s and 1,800 pcu/h: headways are e/q = 2·e s, also where k_j·L = 1.5 pcu (links of 10 m)."""
    n = 100
    east = [2 * k for k in range(pieces)]
    model = build_town_model(
        build_corridor(1000.0, pieces), [Unit(1, east, [k + 1 for k in reversed(east)], n=n, pcu=pcu)]
    )
    model.run()
    _, _, end_s = get_times(model, east[-1])
    assert np.diff(end_s) == pytest.approx(2.0 * pcu, abs=1e-9)
    assert end_s[0] == pytest.approx(100.0, abs=1e-9)
    assert model.n_stranded == 0
