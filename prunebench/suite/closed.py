"""The closed division: whether a trial was run as its suite says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from prunebench.core.digest import Json
from prunebench.results.measurement import Measurement
from prunebench.suite.suite import Pair, Suite

WHOLE = ("dataset", "model", "training")
"""Coordinates that a dense network's row has too."""


@dataclass(frozen=True)
class Departure:
    """One thing in which a trial is not what its suite asks for.

    Parameters
    ----------
    field
        Place among the coordinates, such as ``"training.lr"``.
    found, pinned
        What the trial has and what the suite says; None for nothing.
    """

    field: str
    found: Json
    pinned: Json

    def __str__(self) -> str:
        return f"{self.field} is {shown(self.found)}, the suite has {shown(self.pinned)}"


def shown(value: Json) -> str:
    """Write a value for a sentence, shortened."""
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


PRUNED = frozenset({*WHOLE, "prunable", "method", "target", "between", "protocol", "seed", "draw"})
DENSE = frozenset({*WHOLE, "regularizer", "seed"})
"""All coordinates that a row may have."""

FARTHEST = sqrt(2)
"""Half an octave: what keeps more than this times what was asked for is nearer to another ratio."""


def departures(suite: Suite, row: Measurement) -> tuple[Departure, ...]:
    """Say in what a row departs from a suite; nothing for a row of the closed division.

    Parameters
    ----------
    suite
        The suite.
    row
        A trial or a dense network; its `settings` are its coordinates.
    """
    pair = suite.pair(row.dataset, row.model)
    if pair is None:
        pairs = ", ".join(p.label for p in suite.pairs)
        return (Departure("model and data set", f"{row.model} on {row.dataset}", pairs),)
    return (*coordinates(pair, row), *grid(suite, row), *sizes(pair, row))


def sizes(pair: Pair, row: Measurement) -> Iterator[Departure]:
    """Compare the dense network's size, and the share that is kept with what was asked for."""
    pinned: Any = pair.pins.get("sizes", {})
    for name in sorted(pinned):
        found = getattr(row, name)
        if found not in (None, pinned[name]):
            yield Departure(name, found, pinned[name])
    asked = row.target_density
    if row.density is not None and asked and row.density > asked * FARTHEST:
        yield Departure("density", row.density, f"at most {asked * FARTHEST:.4g} for {asked:g}")


def coordinates(pair: Pair, row: Measurement) -> Iterator[Departure]:
    """Compare the coordinates with those that are pinned."""
    settings: Mapping[str, Any] = row.settings
    for name in WHOLE:
        yield from differences(name, settings.get(name), pair.pins[name])
    for name in sorted(settings.keys() - (DENSE if row.method_id == "dense" else PRUNED)):
        yield Departure(name, settings[name], None)
    if row.method_id == "dense":
        return
    yield from differences("prunable", settings.get("prunable"), pair.pins["prunable"])
    protocols: Any = pair.pins["protocols"]
    if row.protocol not in protocols:
        yield Departure("protocol", row.protocol, ", ".join(protocols))
        return
    yield from differences("protocol", settings.get("protocol"), protocols[row.protocol])
    yield from differences("between", settings.get("between"), between(pair, row))


def between(pair: Pair, row: Measurement) -> dict[str, Json]:
    """Give what the suite trains between rounds, of what the row's method trains."""
    asked: Any = row.settings.get("between") or {}
    pinned: Any = pair.pins["between"]
    return {key: pinned[key] for key in pinned if key in asked}


def grid(suite: Suite, row: Measurement) -> Iterator[Departure]:
    """Compare density, seed and draw with the suite's grid."""
    if row.seed not in range(suite.seeds):
        yield Departure("seed", row.seed, f"0 to {suite.seeds - 1}")
    if row.draw != 0:
        yield Departure("draw", row.draw, 0)
    if row.method_id == "dense":
        return
    if row.target_density not in suite.densities or row.target_of != "params":
        yield Departure("target", row.target, ", ".join(map(str, suite.densities)))


def differences(place: str, found: Json, pinned: Json) -> Iterator[Departure]:
    """Walk over the leaves in which two values differ; what is not pinned may be anything."""
    if isinstance(pinned, Mapping) and isinstance(found, Mapping):
        for key in sorted(pinned):
            yield from differences(f"{place}.{key}", found.get(key), pinned[key])
        for key in sorted(set(found) - set(pinned) - {"identity"}):
            yield Departure(f"{place}.{key}", found[key], None)
    elif plain(found) != plain(pinned):
        yield Departure(place, found, pinned)


def plain(value: Json) -> Json:
    """Write tuples as lists, as they read back from JSON."""
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value
