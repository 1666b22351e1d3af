"""``konvoi run --multirun``: plain Hydra, one job per combination, on whichever launcher Hydra is given.

For a handful of days to look at one by one. A job costs Hydra a tenth of a second to seconds, a replication takes less:
thousands of them are the business of ``konvoi sweep``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from konvoi.data import find_data
from konvoi.errors import COMMAND_LINE, RallyError, ScenarioError
from konvoi.options import DoorSettings, compose_settings
from konvoi.study.design import build_design
from konvoi.sweeping.replay_command import write_value
from konvoi.words import DEFAULT_LANGUAGE, Sentence

_CHANGES = "scenario_changes"  # stands for keys of the scenario, which Hydra takes for one word


class JobError(RuntimeError):
    """A job was refused; its one argument is the message, as launchers bring back only what can be copied."""


def run_many(words: Sequence[str]) -> int:
    """Run ``konvoi run`` once for every combination of the values given.

    Raises
    ------
    ScenarioError
        When a combination is not valid; none has been run then.
    """
    import hydra

    arguments = [word for word in words if word not in {"-m", "--multirun"}]
    unknown = [word for word in arguments if word.startswith("-")]
    if unknown:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.multirun_words", unknown=unknown[0])])
    _validate([word for word in arguments if not word.lstrip("+").startswith("hydra")])
    given = {word.split("=", 1)[0] for word in arguments}
    arguments = [_hide(word) for word in arguments]
    for setting in ("hydra.job.chdir=false", "hydra.sweep.dir=outputs/multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}"):
        if setting.split("=", 1)[0] not in given:
            arguments.append(setting)
    door = hydra.main(version_base="1.3", config_path=str(find_data("configs")), config_name="config")(run_job)
    own, own_environment = sys.argv, os.environ.copy()
    sys.argv = ["konvoi", *arguments, "--multirun"]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # else Hydra prints a trace and ends the process
    try:
        door()
    except JobError as fault:
        raise RallyError(str(fault)) from None
    finally:
        sys.argv = own
        os.environ.clear()
        os.environ.update(own_environment)
    return 0


def _validate(words: Sequence[str]) -> None:
    """Validate all combinations; those of several scenarios, each with keys of its own, are left to their jobs."""
    settings = compose_settings([word for word in words if not word.startswith("scenario=")])
    if not any(word.startswith("scenario=") and "," in word for word in words):
        settings = compose_settings(words)
    named = {word.split("=", 1)[0] for word in words}
    factors = {
        key: levels
        for key, levels in settings.door.design.factors.items()
        if key in named and key.split(".")[0] not in DoorSettings.model_fields
    }
    build_design(settings.run, settings.scenario, factors)


def run_job(_: object) -> int:
    """Run one job: the same command, with the job's own values and folder."""
    from hydra.core.hydra_config import HydraConfig

    from konvoi.commands.run import run

    job = HydraConfig.get()
    words = [_show(word) for word in job.overrides.task]
    if not any(word.startswith("out=") for word in words):
        words.append(f"out={write_value(str(job.runtime.output_dir))}")
    lang = next((word.removeprefix("lang=") for word in words if word.startswith("lang=")), DEFAULT_LANGUAGE)
    try:
        return run([*words, "progress=false"])
    except RallyError as fault:
        raise JobError(fault.say(lang)) from None


def _hide(word: str) -> str:
    """Write a key of the scenario as one Hydra may add."""
    return f"+{_CHANGES}.{word.removeprefix('scenario.')}" if word.startswith("scenario.") else word


def _show(word: str) -> str:
    """Write it as it was given."""
    return f"scenario.{word.removeprefix(f'+{_CHANGES}.')}" if word.startswith(f"+{_CHANGES}.") else word
