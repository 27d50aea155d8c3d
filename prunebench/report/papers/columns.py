"""In which column of a published table a trial stands."""

from prunebench.experiment.choice import parse_choice
from prunebench.experiment.layout import Layout
from prunebench.report.grid import is_dense
from prunebench.report.papers.stand import means
from prunebench.report.tables.methods import inner
from prunebench.results.measurement import Measurement

DENSE = "dense"
PENALTY = "sparsity-training"
"""Protocols of publications: the unpruned network, and the one trained with a penalty."""


def column_of(layout: Layout, row: Measurement) -> str:
    """Give the column of a trial: of those that mean its protocol the one that says most.

    The protocol's label where columns have only others of its id; empty where none has its id.
    """
    own = protocol_of(row)
    like = [name for name in layout.columns if name.partition("[")[0] == own]
    if is_dense(row):
        return own if like or own == DENSE else ""
    resolved = inner(row.settings, "protocol")
    meant = [name for name in like if means(name, row.protocol, resolved)]
    if meant:
        return max(meant, key=lambda name: len(parse_choice(name).settings))
    return row.protocol if like else ""


def method_of(row: Measurement) -> str:
    """Give the id of the method whose line a trial is on; a dense one may have its penalty."""
    return row.regularized_by.partition("[")[0] or row.method_id


def protocol_of(row: Measurement) -> str:
    """Give the id of the protocol in whose column a trial is."""
    if not is_dense(row):
        return row.protocol_id
    return PENALTY if row.regularized_by else DENSE
