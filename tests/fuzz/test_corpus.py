"""What fuzzing has found stays mended: every file of the corpus is read, or refused in our words."""

from __future__ import annotations

from pathlib import Path

import pytest

from konvoi.errors import RallyError
from konvoi.network.graph import build_network
from tests.fuzz.sweeps import sweep_and_report
from tests.support.road_files import MANUAL

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
ROADS = [path for path in CORPUS if path.suffix in {".osm", ".graphml"}]


@pytest.mark.parametrize("path", ROADS, ids=[path.name for path in ROADS])
def test_a_map_that_once_broke_a_reader_is_read_or_refused(path: Path) -> None:
    if path.name.startswith("refused"):
        with pytest.raises(RallyError):
            build_network(path, MANUAL)
    else:
        assert build_network(path, MANUAL).quality.road_km > 0.0


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 4, 8])
def test_a_sweep_with_random_settings_ends_with_an_answer(number: int, tmp_path: Path) -> None:
    """Three on the crossroads; packs, the true roads and hundreds more are `python -m tests.fuzz what=sweeps`."""
    sweep_and_report(number, tmp_path / "hasil", has_pack=False)
