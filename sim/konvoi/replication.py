"""The whole pass on one screen: configuration → town → plan → engine → outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from konvoi.config.settings import ContactRule, RunConfig
from konvoi.contacts.both_sides import find_side_contacts
from konvoi.contacts.rows import ContactLimits, GradeLimits
from konvoi.contacts.search import find_contacts
from konvoi.engine.model import RallyModel
from konvoi.measures.contacts import build_contact_columns
from konvoi.measures.day_summary import build_row, name_gridlocks
from konvoi.measures.events import EventLog, build_event_log
from konvoi.measures.side_contacts import SideOutcome, measure_sides
from konvoi.network import dampen_roads
from konvoi.plan.build import build_plan
from konvoi.plan.day_plan import UnitRoutes
from konvoi.plan.routes import build_routes
from konvoi.streams import compute_replication_seed
from konvoi.town import Town
from konvoi.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Outcome:
    """What is kept of one replication: a row of `tables.REPLICATIONS`, and columns of the tables of its contacts."""

    row: dict[str, Any]
    contacts: dict[str, Any]  # of `tables.CONTACTS`
    side_contacts: dict[str, Any]  # of `tables.SIDE_CONTACTS`
    side_bins: dict[str, Any]  # of `tables.SIDE_BINS`


def build_replication(config: RunConfig, town: Town, routes: UnitRoutes, replication: int) -> RallyModel:
    """Build the model of a replication by its number, with its seed and, if sampling is stratified, its strata."""
    return build_model(config, town, routes, compute_replication_seed(config.seed, replication), replication)


def build_model(
    config: RunConfig, town: Town, routes: UnitRoutes, seed: int, replication: int | None = None
) -> RallyModel:
    """Build the model of one replication: the only way, for sweeps, browser and tests alike.

    Rain slows the ride, not the timetable: routes and departures were planned for a dry day.
    """
    contact = config.contact
    capacity_factor, speed_factor = config.weather.factors
    return RallyModel(
        dampen_roads(town.network, capacity_factor, speed_factor),
        town.cells,
        town.crossings._replace(slot_s_pcu=town.crossings.slot_s_pcu / capacity_factor),
        build_plan(config, routes, seed, replication),
        ContactLimits(contact.merge_s, contact.min_duration_s, contact.min_people, build_grade_limits(contact)),
        decision_interval_s=config.engine.decision_interval_s,
        max_day_h=config.engine.max_day_h,
        sights=town.sights,
        max_hold_s=config.junctions.max_hold_s,
        motorcycles_pass_m=config.junctions.motorcycles_pass_m,
    )


def build_grade_limits(contact: ContactRule) -> GradeLimits:
    """Collect what makes a contact of the two sides at a place any, large and massed."""
    grades = contact.grades
    rules = (grades.any, grades.large, grades.massed, grades.together)
    return GradeLimits(
        people=(rules[0].min_people, rules[1].min_people, rules[2].min_people, rules[3].min_people),
        duration_s=(
            rules[0].min_duration_s,
            rules[1].min_duration_s,
            rules[2].min_duration_s,
            rules[3].min_duration_s,
        ),
        together_mps=grades.together.max_speed_mps,
        merge_s=contact.merge_s,
        step_s=contact.sample_s,
    )


def run_replication(config: RunConfig, town: Town, routes: UnitRoutes, replication: int) -> Outcome:
    """Run one replication of one design point by its number, which has the same seed at every point."""
    model = build_replication(config, town, routes, replication)
    model.run()
    return summarise(model, town, replication)


def summarise(model: RallyModel, town: Town, replication: int) -> Outcome:
    """Measure a finished run."""
    columns = build_contact_columns(find_contacts(model), model.plan.routes, town.network, town.junctions)
    sides = measure_both_sides(model, town)
    row = build_row(model, columns, name_gridlocks(model, town), replication) | sides.row
    return Outcome(row, columns, sides.contacts, sides.bins)


def measure_both_sides(model: RallyModel, town: Town) -> SideOutcome:
    """Measure the contact of the two sides of a finished run."""
    stretches, limits = town.stretches, model.limits.grades
    if stretches is None or limits is None:
        raise ValueError("the town has no stretches, or the model no grades: build them with prepare_town, build_model")
    found = find_side_contacts(model, stretches, limits)
    return measure_sides(found, stretches, model.plan.routes, town.network, town.junctions)


def run_once(
    config: RunConfig, town: Town, place_routes: UnitRoutes, replication: int, watch: Callable[[RallyModel], None]
) -> tuple[Outcome, EventLog]:
    """Run one replication and write down what happened, for `konvoi run`.

    Parameters
    ----------
    watch
        Is shown the model after each hour of the day, e.g. to draw a progress bar.
    """
    model = build_replication(config, town, place_routes, replication)
    while model.running:
        model.run_until(model.clock_s + SECONDS_PER_HOUR)
        watch(model)
    outcome = summarise(model, town, replication)
    return outcome, build_event_log(model, outcome.contacts, name_gridlocks(model, town))


def prepare_routes(config: RunConfig, town: Town) -> UnitRoutes:
    """Build the routes of a configuration's venue pair."""
    return build_routes(config, town.network, town.place_node)
