from dataclasses import replace

import pytest

from prunebench.bundle.checks.division import check_suite, suite_notes
from prunebench.bundle.document import DatasetFacts
from prunebench.suite.file import find_suite


@pytest.fixture
def tiny(make_bundle):
    """Give a bundle that says it is of the tiny suite, with its data set's label."""
    pair = find_suite("tiny@1.0").pairs[0]
    bundle = make_bundle(suite="tiny@1.0")
    facts = (DatasetFacts(pair.dataset, pair.classes, pair.test, "x"),)
    return replace(
        bundle,
        manifest=replace(bundle.manifest, datasets=facts),
        labels={pair.dataset: bundle.labels["toy"]},
    )


def test_a_bundle_without_a_suite_is_open(honest):
    """There is nothing to compare with, which is noted and not held against it."""
    assert list(check_suite(honest)) == []
    assert [note.kind for note in suite_notes(honest)] == ["suite"]


def test_a_suite_that_we_lack_is_noted(make_bundle):
    """A suite of another installation is noted by its name."""
    notes = list(suite_notes(make_bundle(suite="galaxy@9.0")))

    assert [note.kind for note in notes] == ["suite"]
    assert "galaxy@9.0" in notes[0].message


def test_other_labels_than_the_suites_are_found(tiny):
    """Test labels are the suite's own, by their digest."""
    got = list(check_suite(tiny))

    assert [(f.file, f.field) for f in got] == [("labels/0.npz", "labels")]
    assert got[0].expected == find_suite("tiny@1.0").pairs[0].labels_digest


def test_other_sizes_than_the_suites_are_found(tiny):
    """So are numbers of classes and images."""
    facts = (replace(tiny.manifest.datasets[0], classes=99),)
    got = list(check_suite(replace(tiny, manifest=replace(tiny.manifest, datasets=facts))))

    assert [f.field for f in got] == ["datasets", "labels"]


def test_departures_and_coverage_are_noted(tiny):
    """Rows of another network are of the open division, and the method lacks cells."""
    kinds = [note.kind for note in suite_notes(tiny)]

    assert set(kinds) == {"open", "coverage"}
