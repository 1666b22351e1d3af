"""A sweep of any length needs the memory of one replication."""

from __future__ import annotations

import gc
import weakref

from konvoi.replication import build_model
from tests.support.crossroads import load_crossroads


def test_a_finished_model_is_let_go() -> None:
    """Mesa's table of agent numbers holds no model for ever."""
    config, town, routes = load_crossroads()
    model = build_model(config, town, routes, 1)
    model.run()
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None
