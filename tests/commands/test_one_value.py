"""No value that was asked for is dropped: a list where one value is meant is refused, in every command."""

from __future__ import annotations

import pytest

from konvoi.errors import ScenarioError
from konvoi.options import compose_settings

DAY = "scenario=crossroads"


@pytest.mark.parametrize(
    "word",
    [
        "rally.gap_min=60,120",
        "contact.distance_m=37,5",
        "seed=1,2",
        "scenario=crossroads,kutim_kampanye_akbar",
        "rally.gap_min=range(0,120,60)",
        "scenario.title=A, B",
        "out=a,b",
    ],
)
def test_a_command_of_one_day_refuses_several_values(word: str) -> None:
    with pytest.raises(ScenarioError, match="one value; konvoi sweep"):
        compose_settings([word], takes_levels=False)


def test_quotes_keep_a_comma_in_a_text() -> None:
    settings = compose_settings([DAY, "scenario.title='A, B'"], takes_levels=False)
    assert settings.build_config().scenario.title == "A, B"


@pytest.mark.parametrize("word", ["out=a,b", "scenario=crossroads,kutim_kampanye_akbar", "lang=id,en"])
def test_a_sweep_refuses_several_values_of_what_is_no_factor(word: str) -> None:
    with pytest.raises(ScenarioError, match="takes one value"):
        compose_settings([word])


def test_a_sweep_asks_whether_a_decimal_was_meant() -> None:
    with pytest.raises(ScenarioError, match=r"contact\.distance_m=37\.5\?"):
        compose_settings([DAY, "contact.distance_m=37,5"])
    factors = compose_settings([DAY, "contact.distance_m=5,37"]).door.design.factors
    assert factors["contact.distance_m"] == [5, 37]
