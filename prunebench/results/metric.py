"""How a metric's values are printed, as ``run.json`` says it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from prunebench.core.digest import Json
from prunebench.results.measurement import Measurement

MOST_DECIMALS = 9
LONGEST = 300
"""Letters of a text that are kept: it may come from a stranger."""


@dataclass(frozen=True)
class Printed:
    """How to print one metric.

    Parameters
    ----------
    label
        The metric with the settings that differ from the defaults.
    paper
        Source of the definition; empty if unknown.
    unit
        Of the printed values; may be empty.
    scale
        What a row's value is multiplied by.
    decimals
        Digits behind the point.
    direction
        ``"higher"`` or ``"lower"`` is better; empty if unknown.
    """

    label: str
    paper: str = ""
    unit: str = ""
    scale: float = 1.0
    decimals: int = 2
    direction: str = ""


def printed_metrics(
    said: Mapping[str, Json], rows: Iterable[Measurement] = ()
) -> tuple[Printed, ...]:
    """Read how metrics are printed, in the order of the record.

    Parameters
    ----------
    said
        ``RunRecord.metrics``; what cannot be used of it is passed over.
    rows
        Metrics that they have and `said` has not follow, printed as they are.
    """
    labels = dict.fromkeys([*said, *(label for row in rows for label in row.metrics)])
    return tuple(printed(label, said.get(label)) for label in labels)


def printed(label: str, said: Json) -> Printed:
    """Read one entry of the record.

    >>> printed("ece", {"unit": "%", "scale": 100, "decimals": 10 ** 6, "direction": "lower"})
    Printed(label='ece', paper='', unit='%', scale=100.0, decimals=2, direction='lower')
    """
    entry = said if isinstance(said, dict) else {}
    scale, decimals = entry.get("scale"), entry.get("decimals")
    direction = entry.get("direction")
    is_scale = isinstance(scale, int | float) and 0 < scale < 1e15 and isfinite(scale)
    is_decimals = isinstance(decimals, int) and 0 <= decimals <= MOST_DECIMALS
    return Printed(
        label,
        paper=text(entry.get("paper")),
        unit=text(entry.get("unit")),
        scale=float(scale) if is_scale else 1.0,  # type: ignore[arg-type] # a number
        decimals=decimals if is_decimals else 2,  # type: ignore[arg-type] # likewise
        direction=direction if direction in ("higher", "lower") else "",
    )


def text(value: Json) -> str:
    """Give a text, or nothing where there is something else."""
    return value[:LONGEST] if isinstance(value, str) else ""
