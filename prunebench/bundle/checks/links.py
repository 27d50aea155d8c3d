"""Every pruned network stands beside the dense one that it was pruned from."""

from collections.abc import Iterator, Mapping

from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle, Entry
from prunebench.bundle.finding import Finding, of_row, shown
from prunebench.core.digest import Json, canonical
from prunebench.experiment.experiment import trial_id
from prunebench.results.measurement import Measurement

SHARED = ("dataset", "model", "training", "given", "seed")
"""Coordinates of the dense network that all methods of a seed share."""

ALIKE = ("params_dense", "macs_dense", "dense_macs", "dense_epochs")
"""Columns that a pruned row has from its dense network."""

SPENT = ("dense_macs", "dense_epochs")

MEASURED = ("ok", "diverged", "collapsed")


def check_links(bundle: Bundle) -> Iterator[Finding]:
    """Find pruned rows without their dense one, with a strange one, or with other numbers of it."""
    by_trial = {entry.row.trial: entry for entry in bundle.entries}
    pulled = regularised(bundle)
    for entry in bundle.entries:
        if is_dense(entry.row):
            yield from check_unlinked(entry)
        elif entry.row.status in MEASURED or entry.dense:
            yield from check_link(entry, by_trial, pulled)


def check_unlinked(entry: Entry) -> Iterator[Finding]:
    """Find a dense row that names a dense row."""
    if entry.dense or entry.dense_weights:
        message = "a dense network's own row names no other"
        yield of_row(entry.row, "dense", message, found=entry.dense)


def base(row: Measurement) -> dict[str, Json]:
    """Give the coordinates of the shared dense network of a row's seed."""
    return {name: row.settings[name] for name in SHARED if name in row.settings}


def regularised(bundle: Bundle) -> dict[tuple[str, str, str], str]:
    """List dense networks that were trained with a regularizer: by its method, target and base."""
    return {
        (row.regularized_by, row.target, canonical(base(row))): row.trial
        for row in (entry.row for entry in bundle.entries)
        if is_dense(row) and row.regularized_by
    }


def expected_dense(row: Measurement, pulled: Mapping[tuple[str, str, str], str]) -> str:
    """Give the trial of the dense network that a row was pruned from."""
    own = row.method, canonical(base(row))
    for target in (row.target, ""):
        if (own[0], target, own[1]) in pulled:
            return pulled[own[0], target, own[1]]
    return trial_id(base(row))


def check_link(
    entry: Entry, by_trial: Mapping[str, Entry], pulled: Mapping[tuple[str, str, str], str]
) -> Iterator[Finding]:
    """Compare a row's link, and the numbers of the dense network that it repeats."""
    row, expected = entry.row, expected_dense(entry.row, pulled)
    if entry.dense != expected:
        message = f"dense is {shown(entry.dense)}, but its data set, model, training and seed give "
        yield of_row(row, "dense", f"{message}{expected}", found=entry.dense, expected=expected)
        return
    if expected not in by_trial:
        message = f"its dense network, trial {expected}, is not in the bundle"
        yield of_row(row, "dense", message, found="nothing", expected=expected)
        return
    dense = by_trial[expected].row
    if entry.dense_weights != dense.weights_digest:
        weights = dense.weights_digest
        message = f"dense_weights is {shown(entry.dense_weights)}, and its dense network's digest "
        message += f"is {shown(weights)}: methods of a seed must share one dense network"
        yield of_row(row, "dense_weights", message, found=entry.dense_weights, expected=weights)
    for name in ALIKE if dense.status in MEASURED and row.status in MEASURED else ():
        found, told = getattr(row, name), getattr(dense, name)
        if found != told and not (name in SPENT and is_spared(row, dense)):
            message = f"{name} is {shown(found)}, and {shown(told)} in its dense network's row"
            yield of_row(row, name, message, found=found, expected=told)


def is_spared(row: Measurement, dense: Measurement) -> bool:
    """Say whether a row needed no dense training, or no more of it than up to its rewind point.

    A method that prunes before training never trains the dense network that it stands beside.
    """
    if row.dense_epochs is None or dense.dense_epochs is None:
        return False
    nothing = row.dense_epochs == 0 and row.dense_macs == 0
    return nothing or (bool(row.rewind_step) and row.dense_epochs < dense.dense_epochs)
