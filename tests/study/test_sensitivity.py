"""Screening and indices on functions whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from konvoi.report.comparison_text import format_sensitivity
from konvoi.study.sensitivity import Input, analyse_morris, analyse_sobol, list_settings, sample_morris, sample_sobol

pytest.importorskip("SALib", reason="the sensitivity analysis needs the optional package SALib")

NAMES = ["weather.rain", "behaviour.turnout", "seed"]
SHARED = {"confidence": 0.95, "resamples": 200, "seed": 5}


def test_morris_finds_the_slopes_of_a_plane_and_lets_the_steepest_and_the_seed_go_on() -> None:
    rows = sample_morris(NAMES, 8, 5)
    found = analyse_morris(NAMES, rows, rows @ [1.0, -4.0, 0.5], "contacts", survivors=1, **SHARED)
    assert list(found["factor"]) == ["behaviour.turnout", "weather.rain", "seed"]
    assert found["mu_star"].to_numpy() == pytest.approx([4.0, 1.0, 0.5])
    assert found["mu"].iloc[0] == pytest.approx(-4.0)
    assert list(found["is_survivor"]) == [True, False, True]
    assert (found["mu_star_low"] <= found["mu_star"]).all()


def test_sobol_indices_of_the_ishigami_function() -> None:
    """Ishigami and Homma (1990), a = 7, b = 0.1: S1 = 0.314, 0.442, 0; ST = 0.558, 0.442, 0.244."""
    rows = sample_sobol(NAMES, 1024, 5)
    x = np.pi * (2.0 * rows - 1.0)
    outcome = np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = analyse_sobol(NAMES, outcome, "contacts", **SHARED)
    known = found.set_index("factor").loc[NAMES]
    assert known["total"].to_numpy() == pytest.approx([0.558, 0.442, 0.244], abs=0.03)
    assert known["first"].to_numpy() == pytest.approx([0.314, 0.442, 0.0], abs=0.04)
    assert ((known["total_low"] < known["total"]) & (known["total"] < known["total_high"])).all()


def test_rows_become_settings_and_the_seed_a_day() -> None:
    inputs = {"weather.rain": Input(levels=["dry", "heavy"]), "behaviour.turnout": Input(0.5, 2.0)}
    rows = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.49, 0.5, 0.5]])
    assert list_settings(rows, inputs, 100) == [
        {"weather.rain": "dry", "behaviour.turnout": 0.5, "seed": 100},
        {"weather.rain": "heavy", "behaviour.turnout": 2.0, "seed": 1099},
        {"weather.rain": "dry", "behaviour.turnout": 1.25, "seed": 600},
    ]


def test_the_largest_effects_are_told_first_in_both_languages() -> None:
    rows, base = sample_morris(NAMES, 4, 5), sample_sobol(NAMES, 16, 5)
    morris = analyse_morris(NAMES, rows, rows @ [1.0, -4.0, 0.5], "contacts", survivors=1, **SHARED)
    sobol = analyse_sobol(NAMES, base @ [1.0, -4.0, 0.5], "contacts", **SHARED)
    text = format_sensitivity(morris, sobol, "contacts", "id", 0.95)
    assert text.index("peserta: 4,0") < text.index("cuaca: 1,0") < text.index("angka acak awal (kebetulan")
    assert "Sobol (80 hari simulasi)" in text
    assert "turnout: 4.0" in format_sensitivity(morris, sobol, "contacts", "en", 0.95)
