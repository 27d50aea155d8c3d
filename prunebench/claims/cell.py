"""Cells: which rows one side of a test stands on, said as equalities on columns."""

from collections.abc import Mapping
from math import isclose
from typing import TypeAlias

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import parse_choice, text

Cell: TypeAlias = Mapping[str, Json]
"""Column to the value that a row must have there; a list stands for any of its entries."""

TRAINING = "training_"
"""``training_lr`` is ``settings["training"]["lr"]``, and so for every field of the training."""

LABELS = frozenset({"dataset", "model", "method", "protocol", "control_of", "regularized_by"})
"""Columns whose texts are choices: the order of their settings does not matter."""

ON_REQUEST = ("control_of", "regularized_by")
"""Rows with a text in these are selected only where a cell names the column: controls, and dense
networks that were trained with a method's regularizer."""

OF_PRUNING = frozenset(
    {
        *("method", "method_id", "protocol", "protocol_id", "scope", "granularity", "scale"),
        *("target", "target_density", "target_of", "density", "rewind_step", "printed", "lr"),
    }
)
"""What an unpruned network does not have."""


def merged(common: Cell, own: Cell) -> dict[str, Json]:
    """Complete what a side says itself by what it has in common with others.

    An unpruned network takes over nothing of how the others were pruned and retrained.

    >>> merged({"target": "0.5", "model": "conv2"}, {"protocol": "dense"})
    {'model': 'conv2', 'protocol': 'dense'}
    """
    dense = "dense" in (own.get("method"), own.get("protocol"))
    return {k: v for k, v in common.items() if not (dense and k in OF_PRUNING)} | dict(own)


def matches(cell: Cell, facts: Mapping[str, Json]) -> bool:
    """Say whether a row, given as column to value, lies in a cell."""
    own = not any(facts.get(key) and key not in cell for key in ON_REQUEST)
    return own and all(fits(key, value_at(key, facts), value) for key, value in cell.items())


def value_at(key: str, facts: Mapping[str, Json]) -> Json:
    """Look a column up; None where there is nothing."""
    if not key.startswith(TRAINING):
        return facts.get(key)
    settings = facts.get("settings")
    training = settings.get("training") if isinstance(settings, dict) else None
    return training.get(key.removeprefix(TRAINING)) if isinstance(training, dict) else None


def fits(key: str, found: Json, wanted: Json) -> bool:
    """Say whether a row's value is the wanted one, or one of a list; numbers up to rounding.

    A number also fits a text that reads as it: 0.5 fits the target ``"0.5"``.
    """
    if isinstance(wanted, list | tuple):
        return any(fits(key, found, one) for one in wanted)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return found is wanted
    if isinstance(wanted, int | float):
        number = as_number(found)
        return number is not None and isclose(number, wanted, rel_tol=1e-6)
    if key in LABELS and isinstance(found, str) and isinstance(wanted, str):
        return ordered(found) == ordered(wanted)
    return found == wanted


def as_number(value: Json) -> float | None:
    """Read a number, or a text that is one."""
    if not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def ordered(label: str) -> str:
    """Write a choice with its settings in order; a text that is no choice stays as it is.

    >>> ordered("magnitude-iterative[rate=0.2,half_output=true]")
    'magnitude-iterative[half_output=true,rate=0.2]'
    """
    try:
        return parse_choice(label).label
    except SpecError:
        return label


def written(cell: Cell) -> str:
    """Write a cell for a reader.

    >>> written({"protocol": "ticket", "target": "0.2", "training_lr": 0.01})
    'protocol ticket, target 0.2, training_lr 0.01'
    """
    return (
        ", ".join(f"{key} {plain(value)}" for key, value in cell.items()) or "nothing in particular"
    )


def plain(value: Json) -> str:
    """Write one value of a cell; a text as it is."""
    if isinstance(value, list | tuple):
        return " or ".join(map(plain, value))
    return value if isinstance(value, str) else text(value)
