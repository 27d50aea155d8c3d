"""Copies: weights, masks and predictions that two rows cannot share."""

from dataclasses import replace

import numpy as np
import pytest

from prunebench.bundle.checks.copies import check_copies, copy_notes


def fields(findings):
    """Give the fields of findings, each once."""
    return {finding.field for finding in findings}


def test_copied_seeds_are_found(make_bundle):
    """Two seeds that end with the same weights, bit for bit, are no two seeds."""
    bundle = make_bundle(densities=(0.5,))
    same = [replace(e, row=replace(e.row, weights_digest="a" * 32)) for e in bundle.entries]
    got = list(check_copies(replace(bundle, entries=tuple(same))))

    assert fields(got) == {"weights_digest"}


def test_equal_predictions_are_noted(make_bundle):
    """Two seeds of a cell that predict the same everywhere are worth a look."""
    bundle = make_bundle(densities=(0.5,))
    one = next(iter(bundle.predictions.values()))
    same = replace(bundle, predictions=dict.fromkeys(bundle.predictions, one))

    assert [note.kind for note in copy_notes(same)] == ["copy", "copy"]


def cells(bundle):
    """Give the pruned entries of the first seed."""
    return [e for e in bundle.entries if e.row.method_id != "dense" and e.row.seed == 0]


def with_row(bundle, entry, **columns):
    """Change columns of one entry."""
    row = replace(entry.row, **columns)
    entries = [replace(e, row=row) if e is entry else e for e in bundle.entries]
    return replace(bundle, entries=tuple(entries))


@pytest.mark.parametrize("field", ["weights_digest", "mask_digest"])
def test_a_digest_stands_for_one_network(honest, field):
    """Weights, or a mask, of two densities at once are found."""
    one, two = cells(honest)
    bundle = with_row(honest, two, **{field: getattr(one.row, field)})
    got = list(check_copies(bundle))

    assert fields(got) == {field}
    assert any("other counts of layers" in finding.message for finding in got)


def test_equal_weights_predict_the_same(make_bundle):
    """Two methods may end with the same weights, but not with other predictions of them."""
    bundle = make_bundle(("magnitude", "obd"), densities=(0.5,))
    one, two = cells(bundle)
    bundle = with_row(bundle, two, weights_digest=one.row.weights_digest)
    found = bundle.predictions[one.row.trial]
    same = {**bundle.predictions, two.row.trial: found}
    other = same | {two.row.trial: replace(found, classes=np.roll(found.classes, 1))}

    assert list(check_copies(replace(bundle, predictions=same))) == []
    got = list(check_copies(replace(bundle, predictions=other)))
    assert [f.message for f in got if "other predictions" in f.message] != []


def test_a_pruned_network_is_not_the_dense_one(honest):
    """A density below 1 with the dense network's weights is found."""
    entry = cells(honest)[0]
    got = list(check_copies(with_row(honest, entry, weights_digest=entry.dense_weights)))

    assert any("are the dense network's" in finding.message for finding in got)
