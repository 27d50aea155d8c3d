from dataclasses import replace

import pytest

from prunebench.bundle.checks.links import check_links


def test_every_method_of_a_seed_shares_its_dense_network(make_bundle):
    """Links that follow from data set, model, training and seed are accepted."""
    assert list(check_links(make_bundle(("magnitude", "obd"), seeds=3))) == []


@pytest.mark.parametrize(
    ("link", "field"),
    [
        ({"dense": ""}, "dense"),
        ({"dense": "0" * 32}, "dense"),
        ({"dense_weights": "0" * 32}, "dense_weights"),
        ({"dense_weights": ""}, "dense_weights"),
    ],
)
def test_links_are_recomputed(honest, changed, link, field):
    """A link to nothing, to a stranger, or to other weights is found."""
    got = list(check_links(changed(honest, link=link)))

    assert [finding.field for finding in got] == [field]


def test_the_dense_network_of_another_seed_is_found(honest, changed):
    """A row may not be compared with another seed's dense network."""
    row = next(e.row for e in honest.entries if e.row.method_id != "dense")
    other = next(
        e.row for e in honest.entries if e.row.method_id == "dense" and e.row.seed != row.seed
    )
    link = {"dense": other.trial, "dense_weights": other.weights_digest}
    got = list(check_links(changed(honest, link=link)))

    assert [(f.field, f.found) for f in got] == [("dense", repr(other.trial))]


def test_a_missing_dense_row_is_found(honest):
    """Every row that was measured needs its dense row in the bundle."""
    entries = tuple(e for e in honest.entries if e.row.method_id != "dense")
    got = list(check_links(replace(honest, entries=entries)))

    assert len(got) == len(entries)
    assert all("is not in the bundle" in finding.message for finding in got)


def test_a_dense_row_has_no_dense_row(honest, changed):
    """A dense row that names another is found."""
    got = list(check_links(changed(honest, dense=True, link={"dense": "0" * 32})))

    assert [finding.field for finding in got] == ["dense"]


@pytest.mark.parametrize("field", ["params_dense", "macs_dense", "dense_macs", "dense_epochs"])
def test_numbers_of_the_dense_network_are_the_same(honest, changed, field):
    """What a row repeats of its dense network is compared."""
    got = list(check_links(changed(honest, **{field: 7})))

    assert [finding.field for finding in got] == [field]


def test_a_blocked_row_may_have_no_link(honest, changed):
    """A row that never got a network needs none."""
    bundle = changed(honest, status="blocked", link={"dense": "", "dense_weights": ""})

    assert list(check_links(bundle)) == []


def test_a_regularised_network_is_its_own_methods(make_bundle):
    """Rows of a method that trains its own dense network are linked to that one."""
    bundle = make_bundle(("slimming",), seeds=1, densities=(0.5,))
    dense, pruned = sorted(bundle.entries, key=lambda e: e.row.method_id != "dense")
    settings = {**dense.row.settings, "regularizer": {"name": "L1", "tuned": None}}
    own = replace(
        dense.row, trial="1" * 32, settings=settings, regularized_by="slimming", target=""
    )
    linked = replace(pruned, dense="1" * 32)
    entries = (dense, replace(dense, row=own), linked)
    good, bad = (replace(bundle, entries=(*entries[:2], e)) for e in (linked, pruned))

    assert list(check_links(good)) == []
    assert [finding.expected for finding in check_links(bad)] == [repr("1" * 32)]
