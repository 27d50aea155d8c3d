"""Metrics of real runs against numbers computed here from the stored predictions."""

from dataclasses import replace

import pytest

from prunebench.plugin.registry import load_registry
from prunebench.results.columns import from_document, to_document
from prunebench.results.folder import read_record, read_rows
from prunebench.store.store import Store

ASKED = {
    "methods": ["magnitude"],
    "protocols": ["none", "finetune"],
    "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
    "metrics": ["ece[bins=4]", "agreement"],
}

ODD = '''
from prunebench.api import Metric, hookimpl


class Odd(Metric):
    """Does as it is told."""

    name, paper = "odd", "Nobody 2020"
    needs = frozenset({needs})

    def compute(self, tested):
        {body}


@hookimpl
def prunebench_metrics():
    return [Odd]
'''


@pytest.fixture
def odd(strangers):
    """Install a metric that does something, and load every plugin."""

    def install(body, needs=""):
        source = ODD.replace("{body}", body).replace("{needs}", needs)
        strangers.install("odd-one", ["odd = odd_metric"], {"odd_metric.py": source})
        return load_registry()

    return install


def by_protocol(finished):
    """Give the rows by their protocol; the dense one is its own."""
    return {row.protocol: row for row in finished.rows}


def predictions(store, key):
    """Read classes and confidences as lists."""
    said = Store(store).get(key).part("predictions")
    return said["class"].tolist(), said["confidence"].double().tolist()


def ece_of(labels, classes, confidence, bins):
    """Compute the calibration error in one pass over the images, bin by bin."""
    gaps = [0.0] * bins
    for label, found, sure in zip(labels, classes, confidence, strict=True):
        place = next(m for m in range(bins) if sure <= (m + 1) / bins)
        gaps[place] += (label == found) - sure
    return sum(map(abs, gaps)) / len(labels)


def test_values_are_those_of_the_stored_predictions(run_tiny, plan_of, registry, tmp_path):
    """Of every network its own; agreement with the dense network, which itself has none."""
    found = by_protocol(run_tiny(**ASKED))
    labels = registry.dataset("digits").item().load(tmp_path).test.labels.tolist()
    trials = {t.facts["protocol"]: t for t in plan_of(**ASKED).trials}
    dense, _ = predictions(tmp_path / "store", trials["dense"].evaluate)

    for protocol, row in found.items():
        classes, sure = predictions(tmp_path / "store", trials[protocol].evaluate)
        same = sum(one == other for one, other in zip(classes, dense, strict=True))
        expected = {"ece[bins=4]": pytest.approx(ece_of(labels, classes, sure, 4), abs=1e-12)}
        if protocol != "dense":
            expected["agreement"] = same / len(dense)
        assert row.metrics == expected
    assert found["none"].metrics["agreement"] != found["finetune"].metrics["agreement"]


def test_metrics_change_nothing_else(run_tiny, science):
    """Rows with and without them are the same otherwise, trial ids included."""
    bare = science(run_tiny("other", **{**ASKED, "metrics": []}))
    found = science(run_tiny(**ASKED))

    assert {trial: {**row, "metrics": {}} for trial, row in found.items()} == bare


def test_asked_for_later_they_are_all_that_runs(run_tiny):
    """No network is trained or tested again; a second time nothing is done at all."""
    run_tiny(**{**ASKED, "metrics": []})
    later = run_tiny(**ASKED)
    again = run_tiny(**ASKED)

    assert later.record.executed == later.record.stages["measure"] == 5
    assert again.record.executed == 0
    assert [row.metrics for row in again.rows] == [row.metrics for row in later.rows]


def test_the_record_says_how_to_print_them(run_tiny):
    """run.json and results.jsonl can be read back."""
    finished = run_tiny(**ASKED)
    record = read_record(finished.folder)

    assert list(record.metrics) == ["ece[bins=4]", "agreement"]
    assert record.metrics["ece[bins=4]"] == {
        "paper": "Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3",
        "unit": "%",
        "scale": 100.0,
        "decimals": 2,
        "direction": "lower",
    }
    assert record.experiment["metrics"] == ["ece[bins=4]", "agreement"]
    assert read_rows(finished.folder) == list(finished.rows)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return float('nan')", "metric 'odd' gave nan; compute must give one finite number."),
        ("return 1 / 0", "ZeroDivisionError"),
        ("tested.labels[0] = 1", "read-only"),
        ("return tested.dense", "tested.dense must say so"),
    ],
)
def test_a_failing_metric_costs_nothing_but_itself(odd, run_tiny, body, message):
    """The row keeps accuracy and the other metrics, and says what is missing and why."""
    asked = {**ASKED, "protocols": ["none"], "metrics": ["odd", "ece"]}
    finished = run_tiny(registry=odd(body), **asked)

    for row in finished.rows:
        assert (row.status, set(row.metrics)) == ("ok", {"ece"})
        assert row.test_accuracy_last is not None
        assert message in row.reason
        assert row.reason.startswith("'odd of ")
    assert finished.record.failed == 2


def test_a_mended_metric_is_tried_again(odd, run_tiny):
    """Failures are not kept: the same command computes what was missing."""
    asked = {**ASKED, "protocols": ["none"], "metrics": ["odd"]}
    body = "import os; return float(os.environ['ODD'])"
    registry = odd(body)
    broken = run_tiny(registry=registry, **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODD", "0.5")
        mended = run_tiny(registry=registry, **asked)

    assert {row.reason != "" for row in broken.rows} == {True}
    assert [(row.reason, row.metrics) for row in mended.rows] == [("", {"odd": 0.5})] * 2
    assert mended.record.executed == 2


def test_a_diverged_network_has_no_metrics(run_tiny):
    """Nor has one that is compared with a dense network that diverged; nothing failed."""
    recipe = {"preset": "digits", "length": 1, "lr": 1e9, "finetune": {"length": 1}}
    finished = run_tiny(**{**ASKED, "recipe": recipe})

    assert {row.status for row in finished.rows} == {"diverged"}
    assert {len(row.metrics) for row in finished.rows} == {0}
    assert finished.record.failed == 0


def test_authors_see_the_test_alone(odd, run_tiny, tmp_path):
    """Labels, classes and their number are those of digits' 359 test images."""
    body = (
        "assert (len(tested.labels), tested.class_count, tested.reference) == (359, 10, None); "
        "return float((tested.labels == tested.classes).mean())"
    )
    finished = run_tiny(registry=odd(body), **{**ASKED, "metrics": ["odd"]})

    for row in finished.rows:
        assert row.metrics == {"odd": pytest.approx(row.test_accuracy_last)}


def test_rows_from_before_metrics_can_be_read(run_tiny):
    """A row without the column has none."""
    row = run_tiny(**{**ASKED, "protocols": ["none"]}).rows[0]
    document = to_document(row)
    del document["metrics"]

    assert from_document(document, "test") == replace(row, metrics={})
