"""A gap is the same whether it comes from a key, a table or a verdict."""

from __future__ import annotations

import pytest

from konvoi.gap import DAY_APART, Gap

GAPS = (Gap(0.0), Gap(22.5), Gap(720.0), DAY_APART)


@pytest.mark.parametrize("gap", GAPS)
def test_a_gap_is_read_back_from_its_key_and_from_its_columns(gap: Gap) -> None:
    assert Gap.from_level(gap.level) == gap
    assert Gap.from_columns(gap.columns) == gap


def test_a_layout_that_was_not_simulated_has_no_gap() -> None:
    assert Gap.from_columns({"gap_min": None, "is_another_day": False}) is None


def test_another_day_is_the_next_one_and_longer_than_any_gap_of_one_day() -> None:
    assert DAY_APART.seconds == 86_400.0
    assert max(GAPS, key=lambda gap: gap.seconds) is DAY_APART
