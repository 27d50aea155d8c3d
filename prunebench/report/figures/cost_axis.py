"""Kinds of cost: multiply-adds, measured latency, training."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from prunebench.report.spread import Pick
from prunebench.report.tables.timings import CUT, SPARSE, batch_sizes, timing
from prunebench.results.measurement import Measurement

IDEAL = "Ideal multiply-adds, masks"
REAL = "Measured latency, sparse kernels"


@dataclass(frozen=True)
class Axis:
    """One kind of cost.

    Parameters
    ----------
    title
        Of its panel.
    label
        Of its axis, with the unit.
    pick
        The cost in a row; None where it does not apply.
    dense
        The cost of the dense network in a row of any kind.
    """

    title: str
    label: str
    pick: Pick
    dense: Pick


def axes_of(rows: Sequence[Measurement]) -> list[Axis]:
    """List the kinds of cost: networks that were cut and masks each have their own."""
    share = "multiply-adds (% of dense)"
    whole: Pick = partial(constant, value=100.0)
    return [
        Axis("Multiply-adds, channels cut", share, partial(macs_share, realised=True), whole),
        Axis(IDEAL, share, partial(macs_share, realised=False), whole),
        *(latency_axis(size) for size in batch_sizes(rows)),
        *(sparse_axis(size) for size in batch_sizes(rows, sparse=True)),
        Axis(
            "Training cost",
            "all training (× dense training)",
            training_cost,
            partial(constant, value=1.0),
        ),
    ]


def constant(_: Measurement, value: float) -> float:
    """Give the same value for every row."""
    return value


def macs_share(row: Measurement, *, realised: bool) -> float | None:
    """Give the percentage of the dense multiply-adds that is left.

    Of a network that was cut they are those that were run; of a mask only those of kept weights,
    which no ordinary hardware would save.
    """
    left = row.macs_physical if realised else row.macs_sparse
    if row.realised is not realised or left is None or not row.macs_dense:
        return None
    return 100 * left / row.macs_dense


def training_cost(row: Measurement) -> float | None:
    """Give all training (dense, tuning, pruning, retraining) in multiples of the dense one's."""
    if row.total_macs is None or not row.dense_macs:
        return None
    return row.total_macs / row.dense_macs


def latency_axis(size: str, which: str = CUT, title: str = "Measured latency") -> Axis:
    """Make the axis of the measured times of one batch size."""
    return Axis(
        f"{title}, batch of {size}",
        "one forward pass (ms)",
        partial(timing, path=(size, which, "median")),
        partial(timing, path=(size, "dense", "median")),
    )


def sparse_axis(size: str) -> Axis:
    """Make the axis of the measured times of masks whose zeros are left out."""
    return latency_axis(size, SPARSE, REAL)
