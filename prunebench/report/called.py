"""Methods called by what tells them apart, where their labels are too long to be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice, parse_choice
from prunebench.report.grid import names
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

LONG = 40
"""A label of more letters is shortened."""

MANY = 6
"""Of more settings that differ all are kept, and not the fewest that suffice."""

LIKE = " like "
"""Stands in the label of a control before the method whose counts it has."""


def called(
    record: RunRecord, rows: Sequence[Measurement]
) -> tuple[RunRecord, Sequence[Measurement]]:
    """Give a run with its long labels shortened; an ellipsis stands for the settings left out."""
    short = short_names(row.method.rpartition(LIKE)[2] for row in rows)
    if not short:
        return record, rows
    methods: list[Json] = [short.get(one, one) for one in names(record.experiment, "methods")]
    experiment = {**record.experiment, "methods": methods}
    return replace(record, experiment=experiment), [renamed(row, short) for row in rows]


def renamed(row: Measurement, short: Mapping[str, str]) -> Measurement:
    """Shorten the labels of one trial."""
    own, like, other = row.method.rpartition(LIKE)
    return replace(
        row,
        method=f"{own}{like}{short.get(other, other)}",
        control_of=short.get(row.control_of, row.control_of),
        regularized_by=short.get(row.regularized_by, row.regularized_by),
    )


def short_names(labels: Iterable[str]) -> dict[str, str]:
    """Give a short name for every long label, by the fewest settings that its namesakes differ in.

    >>> short_names(["m[output_rate=0.271,rate=0.488,snap=0.01]", "m[rate=1]", "sss"])
    {'m[output_rate=0.271,rate=0.488,snap=0.01]': 'm[output_rate=0.271,…]'}
    """
    found: dict[str, dict[str, Choice]] = {}
    for label in dict.fromkeys(labels):
        try:
            choice = parse_choice(label)
        except SpecError:  # a label that nobody typed stays as it is
            continue
        found.setdefault(choice.name, {})[label] = choice
    return {
        label: short
        for namesakes in found.values()
        for label, short in shortened(namesakes).items()
        if len(label) > LONG and short != label
    }


def shortened(namesakes: Mapping[str, Choice]) -> dict[str, str]:
    """Write choices of one name with the settings that tell them apart."""
    kept = telling([choice.settings for choice in namesakes.values()])
    return {label: abridged(choice, kept) for label, choice in namesakes.items()}


def abridged(choice: Choice, kept: Iterable[str]) -> str:
    """Write a choice with some settings, and an ellipsis for the others if there are any.

    >>> abridged(Choice("obd", {"rate": 0.1, "rounds": 0}), ["rate"]), abridged(Choice("obd"), [])
    ('obd[rate=0.1,…]', 'obd')
    """
    some = {key: value for key, value in choice.settings.items() if key in set(kept)}
    if len(some) == len(choice.settings):
        return choice.label
    inner = Choice("", some).label.removesuffix("]")
    return f"{choice.name}{inner},…]" if some else f"{choice.name}[…]"


def telling(every: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    """Give the fewest keys whose values tell settings apart.

    All that differ if there are many, and all that there are if two settings are equal.
    """
    keys = sorted({key for one in every for key in one})
    differ = [key for key in keys if len({str(one.get(key)) for one in every}) > 1]
    if len(differ) > MANY:
        return tuple(differ)
    sizes = range(len(differ) + 1)
    tries = (some for size in sizes for some in combinations(differ, size))
    enough = (
        some
        for some in tries
        if len({tuple(str(one.get(key)) for key in some) for one in every}) == len(every)
    )
    return next(enough, tuple(keys))
