"""What 'konvoi init' does: from the form of a notice to a scenario, with a picture of its routes to confirm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from konvoi import __version__
from konvoi.commands.roads import find_road_file, read_lang, split_words
from konvoi.config.reading import LoadedScenario, build_config, is_file
from konvoi.data import find_data
from konvoi.errors import COMMAND_LINE, OutputError, ScenarioError
from konvoi.gap import Gap
from konvoi.network import load_network
from konvoi.notice.form import write_template
from konvoi.notice.reading import NoticePlan, build_plan_of_notice
from konvoi.notice.rules import check_rules
from konvoi.tables.files import write_atomically, write_text
from konvoi.town import find_file
from konvoi.words import Sentence, say

USAGE = Sentence("faults.usage_init")


def init(words: list[str]) -> int:
    """Write an empty form, or make a scenario of a filled one."""
    template = [word for word in words if word.startswith("template=")]
    if template:
        _, options = split_words(words, {"template", "lang"}, n_files=0, usage=USAGE)
        return _write_form(Path(options["template"]))
    (name,), options = split_words(words, {"roads", "out", "manual", "lang"}, n_files=1, usage=USAGE)
    if "roads" not in options:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.roads_missing"), USAGE])
    lang, form, road_file = read_lang(options), _find_form(name), find_road_file(options["roads"])
    target = Path(options.get("out", form.with_suffix(".yaml").name))
    if target.suffix not in {".yaml", ".yml"}:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.scenario_name", target=target)])
    network = load_network(road_file, find_file(options.get("manual", "mkji1997"), Path(), "manuals", suffix=".yaml"))
    plan = build_plan_of_notice(form, network, _name_road_file(road_file, target), lang)
    rally = {"gap_min": Gap(plan.gap_min).level, "first_side": plan.first_side}
    config = build_config({"rally": rally}, LoadedScenario(plan.content, target))  # what is written is valid
    command = f"konvoi sweep scenario={target} experiment=gap"
    picture = target.with_suffix(".png")
    _draw(plan, form, picture, lang)
    write_text(target, _format_scenario(plan, form, command))
    counts = {"convoys": len(plan.content["convoys"]), "routes": len(plan.routes)}
    print(f"  {say('commands.notice_read', lang, name=form.name, **counts)}")
    for warning in [*plan.warnings, *check_rules(config, lang)]:
        print(f"  ! {warning}")
    print(f"  {picture}: {say('commands.notice_picture', lang)}")
    print(f"  {target}")
    print(f"  {say('commands.notice_then', lang)}: {command}")
    return 0


def _find_form(name: str) -> Path:
    """Find a form by its path, or the example that comes along by its name."""
    embedded = find_data("scenarios") / "notices" / name
    return embedded if not is_file(Path(name)) and is_file(embedded) else Path(name)


def _write_form(path: Path) -> int:
    if path.suffix.lower() not in {".xlsx", ".csv"}:
        raise ScenarioError(COMMAND_LINE, [Sentence("faults.form_name", path=path)])
    if path.exists():
        raise OutputError(Sentence("faults.file_exists", path=path))
    try:
        write_atomically(path, write_template)
    except OSError as fault:
        raise OutputError(Sentence("faults.unwritable", path=path, fault=fault.strerror or fault)) from None
    print(path.resolve())
    return 0


def _name_road_file(road_file: Path, scenario: Path) -> str:
    """Return how a scenario names its road file: by its name beside it or among the embedded, else by its path."""
    folder = scenario.resolve().parent
    is_near = road_file.resolve().parent in {folder, folder / "networks"} or "scenarios" in road_file.parts
    return road_file.name if is_near else str(road_file.resolve())


def _format_scenario(plan: NoticePlan, form: Path, command: str) -> str:
    """Format a scenario as YAML, readable and with its origin."""
    notes = "".join(f"# ! {' '.join(warning.split())}\n" for warning in plan.warnings)
    body = yaml.safe_dump(plan.content, allow_unicode=True, sort_keys=False, width=160, default_flow_style=None)
    return f"# Dibuat dari / made from {form.name} by konvoi {__version__}; sources name its cells.\n# {command}\n{notes}{body}"


def _draw(plan: NoticePlan, form: Path, target: Path, lang: str) -> None:
    """Draw the routes of a plan."""
    from konvoi.report.road_map import Marker, draw_routes, save_picture

    network = plan.network
    xy = np.column_stack([network.shape_x_m, network.shape_y_m])

    def line(link: int) -> np.ndarray[Any, Any]:
        return xy[network.shape_offset[link] : network.shape_offset[link + 1]]

    drawn = np.flatnonzero(network.link_twin >= np.arange(len(network.link_twin)))
    routes = [(side, words, np.concatenate([line(int(link)) for link in links])) for side, words, links in plan.routes]
    markers = [Marker(x_m, y_m, name) for name, x_m, y_m in plan.places]
    title = say("commands.notice_routes", lang, title=plan.content["title"])
    quality = network.quality
    footer = f"konvoi {__version__} · {form.name} · {quality.source} · {quality.licence}"
    save_picture(draw_routes([line(int(link)) for link in drawn], routes, markers, title, footer, lang), target)
