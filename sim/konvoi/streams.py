"""Every draw is a function of (seed, stream, entity): common random numbers by name.

Adding a convoy, a post or a factor moves no other draw, because no generator is ever shared: each (stream, entity) has
its own, keyed by a hash of its names. Source of the idea: ihmeuw/vivarium's randomness streams.
"""

from __future__ import annotations

import hashlib

import numpy as np

# The names are the identity of the draws: a name that is changed is another draw.
LATENESS = "lateness"  # of a side
TURNOUT = "turnout"  # of a side
DEPARTURE = "departure"  # of a convoy, and of each independent rider
SPEED = "speed"  # of each independent rider
ROUTE = "route"  # of each independent rider
ROUTE_OF_COLUMN = "route of a column's rider"  # of those of a column who ride home alone
VEHICLE_CLASS = "vehicle class"
PEOPLE = "people"  # on each vehicle
DECLARED_VEHICLES = "declared vehicles"  # their order in the column
EARLY_LEAVER = "early leaver"
RETURN_ALONE = "return alone"  # who of a column rides home alone
TOUR = "tour"  # who of a column joins its tour
EARLY_LEAVER_OF_COLUMN = "early leaver of a column"
RIDING_HOME_ALONE = "riding home alone"  # when, and how fast
EARLY_LEAVING = "early leaving of a column"  # when those leave who go early
STRATA = "strata"
BOOTSTRAP = "bootstrap"


def compute_key(*names: str) -> int:
    """Return a 64-bit key of names by blake2b; stable over processes, machines and versions."""
    joined = "\x1f".join(names).encode()
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")


def build_generator(seed: int, stream: str, entity: str = "") -> np.random.Generator:
    """Build the generator of one named stream of one entity.

    Parameters
    ----------
    seed
        The replication's seed.
    stream
        What is drawn, e.g. ``"lateness"``.
    entity
        For whom, e.g. ``"side 1"`` or a convoy's name.
    """
    key = compute_key(stream, entity)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(key & 0xFFFFFFFF, key >> 32))))


def compute_replication_seed(seed: int, replication: int) -> int:
    """Return the seed of a replication: the same at every design point (common random numbers)."""
    return compute_key("replication", str(seed), str(replication)) & 0x7FFFFFFFFFFFFFFF
