"""What metrics say of the networks: one table each, protocols side by side."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import Pick, Spread, spread
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import (
    label_cells,
    muted_lines,
    note,
    protocol_columns,
    seeds_phrase,
    under_protocols,
    usual_seeds,
)
from prunebench.report.wording import NOTHING, printable, rounded
from prunebench.results.measurement import Measurement
from prunebench.results.metric import Printed

ARROWS = {"higher": "↑ higher is better", "lower": "↓ lower is better"}


def metric_tables(grid: Grid, metrics: Iterable[Printed]) -> tuple[Table, ...]:
    """Give one table for each metric that some network of a grid has a value of."""
    return tuple(
        metric_table(grid, metric)
        for metric in metrics
        if any(metric.label in row.metrics for row in grid.rows)
    )


def metric_table(grid: Grid, metric: Printed) -> Table:
    """Give one metric at the last step, one line per method and target."""
    pick = partial(value_of, label=metric.label)
    usual = usual_seeds(grid, pick)
    has_dense = any(pick(row) is not None for e in grid.lines if e.is_dense for row in e.rows)
    lines = grid.lines if has_dense else grid.pruned

    def cell(rows: Sequence[Measurement]) -> Cell:
        return value_cell(rows, metric, pick, usual)

    def dense(entry: Entry) -> list[Cell]:
        return [cell(entry.rows) if entry.is_dense else Cell("")] if has_dense else []

    return make_table(
        printable(heading(metric)),
        caption(metric, usual),
        [
            *words("Method", "Target"),
            *numbers(*(["Dense"] if has_dense else [])),
            *protocol_columns(grid),
        ],
        [
            [*label_cells(entry), *dense(entry), *under_protocols(entry, grid, cell)]
            for entry in lines
        ],
        muted_lines(lines),
    )


def value_of(row: Measurement, label: str) -> float | None:
    """Give a row's value of a metric; None where it has none."""
    return row.metrics.get(label)


def heading(metric: Printed) -> str:
    """Head a table with the metric and its unit.

    >>> heading(Printed("ece", unit="%")), heading(Printed("margin"))
    ('Metric ece (%)', 'Metric margin')
    """
    return f"Metric {metric.label}{f' ({metric.unit})' if metric.unit else ''}"


def caption(metric: Printed, usual: int | None) -> str:
    """Say in which unit values are, which are better, and who defined them."""
    unit = f"In {metric.unit}" if metric.unit else "Without a unit"
    better = f", {ARROWS[metric.direction]}" if metric.direction else ""
    stop = "" if metric.paper.endswith((".", "?", "!")) else "."
    source = f" {metric.paper}{stop}" if metric.paper else ""
    return (
        f"{unit}{better}; at the last step: mean (± sample standard deviation), "
        f"{seeds_phrase(usual)}.{source}"
    )


def value_cell(rows: Sequence[Measurement], metric: Printed, pick: Pick, usual: int | None) -> Cell:
    """Write mean and deviation, and on how many seeds they stand where that is not evident."""
    found = spread(rows, pick)
    bad: Counter[str] = Counter(row.status for row in rows if row.status != "ok")
    text = ", ".join(sorted(bad)) if found is None and bad else written(found, metric)
    return Cell(text, note(rows, found, bad, usual))


def written(value: Spread | None, metric: Printed) -> str:
    """Write a mean with its deviation as the metric wants them.

    >>> written(Spread(0.0321, 0.002, 3), Printed("ece", scale=100.0, decimals=1))
    '3.2 (± 0.2)'
    """
    if value is None:
        return NOTHING
    mean = number(value.mean, metric)
    return mean if value.deviation is None else f"{mean} (± {number(value.deviation, metric)})"


def number(value: float, metric: Printed) -> str:
    """Write one number; what rounds to nothing has no sign.

    >>> number(-0.0001, Printed("bias"))
    '0.00'
    """
    return str(rounded(metric.scale * value, metric.decimals) + 0)
