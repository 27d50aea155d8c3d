"""Metrics in a plan: asked for or absent, shared, and no part of anything else."""

from dataclasses import replace

import pytest

from prunebench.errors import SpecError, UnknownNameError

ASKED = {
    "model": "smallconv",
    "methods": ["magnitude", "snip", "sss[runs=3]"],
    "protocols": ["none", "ticket"],
    "densities": [0.5],
    "seeds": 2,
    "metrics": ["ece", "ece[bins=5]", "agreement"],
}

METRIC = '''
from prunebench.api import Metric, hookimpl, setting


class Margin(Metric):
    """A metric of nobody's."""

    name, paper, version = "margin", "Nobody 2020", 1
    power: float = setting(1.0, "an exponent")

    def compute(self, tested):
        return 1.0


@hookimpl
def prunebench_metrics():
    return [Margin]
'''


def measures(planned, trial):
    """Give the stages of a trial's metrics, by label."""
    return {label: planned.stages[key] for label, key in trial.metrics.items()}


def test_nothing_is_measured_unasked(plan):
    """No stage, and no key on any trial."""
    planned = plan(**{**ASKED, "metrics": []})

    assert "measure" not in planned.counts
    assert {len(trial.metrics) for trial in planned.trials} == {0}


def test_everything_else_stays_as_it_was(plan):
    """Trial ids and the keys of all other stages are those of the plan without metrics."""
    bare, planned = plan(**{**ASKED, "metrics": []}), plan(**ASKED)
    others = {key for key, stage in planned.stages.items() if stage.kind != "measure"}

    assert others == set(bare.stages)
    assert [t.facts for t in planned.trials] == [t.facts for t in bare.trials]


def test_each_tested_network_is_measured_once(plan):
    """Dense rows have no dense network beside them; a test that two rows share is measured once."""
    planned = plan(**ASKED)
    dense = [t for t in planned.trials if t.facts["method_id"] == "dense"]
    pruned = [t for t in planned.trials if t.facts["method_id"] != "dense"]

    assert {tuple(t.metrics) for t in dense} == {("ece", "ece[bins=5]")}
    assert {tuple(t.metrics) for t in pruned} == {("ece", "ece[bins=5]", "agreement")}
    keys = {key for t in planned.trials for key in t.metrics.values()}
    # two dense networks (the shared one, sss's own) with 2, three methods under two protocols
    # (snip alone not under none) with 3 metrics, for each of two seeds
    tests = {t.evaluate for t in pruned}
    assert len(keys) == planned.counts["measure"] == 2 * 2 * 2 + 3 * len(tests)


def test_a_key_holds_the_metric_the_tests_and_the_data(plan, row):
    """And nothing of the model, the method or the protocol, which the tests' keys stand for."""
    planned = plan(**ASKED)
    trial = row(planned, method="magnitude", protocol="ticket", seed=0)
    dense = row(planned, method="dense", seed=0, regularized_by="")
    found = measures(planned, trial)

    assert found["agreement"].spec["dense"] == dense.evaluate
    assert found["agreement"].needs == (trial.evaluate, dense.evaluate)
    assert found["ece"].spec["dense"] is None
    assert found["ece"].needs == (trial.evaluate,)
    assert found["ece[bins=5]"].spec["metric"]["settings"] == {"bins": 5}
    assert set(found["ece"].spec) == {"metric", "data", "network", "dense"}
    assert set(found["ece"].spec["metric"]) == {"name", "settings", "version", "source"}
    assert found["ece"].spec["data"] == planned.stages[trial.evaluate].spec["data"]


def test_the_dense_network_is_the_one_that_was_pruned(plan, row):
    """A method with a penalty is held against its own; one that prunes first, the shared one."""
    planned = plan(**ASKED)
    shared = row(planned, method="dense", seed=1, regularized_by="")
    own = row(planned, method="dense", seed=1, regularized_by="sss[runs=3]")
    early = row(planned, method="snip", protocol="ticket", seed=1)
    slim = row(planned, method="sss[runs=3]", protocol="ticket", seed=1)

    assert measures(planned, early)["agreement"].spec["dense"] == shared.evaluate
    assert measures(planned, slim)["agreement"].spec["dense"] == own.evaluate


def test_controls_are_measured_too(plan):
    """What a method is held against has the same columns."""
    planned = plan(**{**ASKED, "methods": ["l1filter"], "seeds": 1, "controls": True})
    controls = [t for t in planned.trials if t.facts.get("control_of")]

    assert controls
    assert {len(t.metrics) for t in controls} == {3}


def test_one_metric_said_twice_is_one(plan):
    """A default written out is still the default."""
    planned = plan(**{**ASKED, "metrics": ["ece", "ece[bins=15]"]})

    assert {tuple(t.metrics) for t in planned.trials} == {("ece",)}


@pytest.mark.parametrize(
    ("metric", "error", "message"),
    [
        ("aec", UnknownNameError, "unknown metric 'aec'"),
        ("ece[bin=3]", SpecError, "metric 'ece' has no setting 'bin'; its settings are: bins"),
        ("ece[bins=0]", SpecError, "must be at least 1, got 0"),
    ],
)
def test_a_slip_is_told_before_anything_is_trained(plan, metric, error, message):
    """Names and settings are looked up when planning."""
    with pytest.raises(error, match=message.replace("[", "\\[")):
        plan(**{**ASKED, "metrics": [metric]})


def test_parts_may_ask_for_their_own(plan):
    """Metrics of one part are not those of another."""
    parts = [{"densities": [0.5], "metrics": ["ece"]}, {"densities": [0.25], "metrics": []}]
    planned = plan(**{**ASKED, "methods": ["magnitude"], "seeds": 1}, parts=parts)
    found = {t.facts["target"]: tuple(t.metrics) for t in planned.trials if t.prunes}

    assert found == {"0.5": ("ece",), "0.25": ()}


@pytest.mark.parametrize(
    ("old", "new"),
    [('"Nobody 2020", 1', '"Nobody 2020", 2'), ("return 1.0", "return 2.0")],
)
def test_an_edit_or_a_version_measures_anew(plan, install_metric, old, new):
    """Only the metric's own stages have other keys."""
    asked = {**ASKED, "methods": ["magnitude"], "metrics": ["margin", "ece"]}
    before = plan(registry=install_metric("first", METRIC), **asked)
    after = plan(registry=install_metric("second", METRIC.replace(old, new)), **asked)
    changed = [stage for key, stage in after.stages.items() if key not in before.stages]

    assert changed
    assert {stage.spec["metric"]["name"] for stage in changed} == {"margin"}
    assert len(before.stages) == len(after.stages)


@pytest.fixture
def install_metric(strangers):
    """Give a function that installs a metric's source, and loads every plugin with it."""
    from importlib.metadata import entry_points

    from prunebench.plugin.registry import load_registry

    installed = tuple(entry_points(group="prunebench"))

    def install(name, source):
        found = strangers.install(name, [f"{name} = {name}_metric"], {f"{name}_metric.py": source})
        return load_registry(found=[*installed, *found])

    return install


def test_a_trial_without_metrics_has_the_keys_it_had(plan, row):
    """What a row is read from grows by the metrics and nothing else."""
    trial = row(plan(**ASKED), method="magnitude", protocol="ticket", seed=0)
    bare = replace(trial, metrics={})

    assert set(trial.keys) - set(bare.keys) == set(trial.metrics.values())
