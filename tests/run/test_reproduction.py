"""Trials of a bundle run again, in a store of their own."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from prunebench.bundle.document import PluginFacts, Predictions
from prunebench.errors import PluginLoadError, SpecError, UserError
from prunebench.plugin.registry import load_registry
from prunebench.run.bundled_experiment import rerunnable
from prunebench.run.executor import InlineExecutor
from prunebench.run.reproduction import prepare, refuse_missing, refuse_used
from prunebench.run.run import Places, Run
from prunebench.store.store import Store

ADDRESS = "0123456789abcdef" * 4
WHEN = datetime(2025, 1, 31, 12, tzinfo=UTC), "A. Person"


@pytest.fixture
def reproduced(registry, tmp_path):
    """Give a function that runs some entries of a bundle again."""

    def run(bundle, entries):
        ready = prepare(registry, bundle, ADDRESS, entries, tmp_path)
        places = Places(tmp_path / "fresh", tmp_path)
        under_way = Run(registry, ready.experiment, ready.plan, places, "prunebench reproduce")
        finished = under_way.execute(InlineExecutor(registry, Store(places.store)))
        return ready.conclude(registry, finished, places.store, WHEN)

    return run


def entry_of(bundle, method, *, control=False):
    """Give a bundle's row of a method."""
    rows = (e for e in bundle.entries if e.row.method_id == method)
    return next(e for e in rows if bool(e.row.control_of) == control)


@pytest.mark.slow
def test_the_same_bits_come_out_again(packed, reproduced):
    """A masked network, a cut one and a control are trained anew, and equal to the last bit."""
    entries = [
        entry_of(packed, "magnitude"),
        entry_of(packed, "l1filter"),
        entry_of(packed, "random-channel", control=True),
    ]

    found = reproduced(packed, entries)

    assert found.bundle == ADDRESS
    assert (found.date, found.by) == ("2025-01-31T12:00:00Z", "A. Person")
    assert [trial.trial for trial in found.trials] == sorted(e.row.trial for e in entries)
    assert {(t.agrees, t.how, t.reason) for t in found.trials} == {
        (True, "exact", "equal to the last bit")
    }
    assert found.environment["device"] == "cpu"


@pytest.mark.slow
def test_scores_that_were_edited_with_their_predictions_disagree(packed, reproduced):
    """Right answers written over wrong ones make a sound bundle, and running again finds them."""
    entry = entry_of(packed, "magnitude")
    labels, said = packed.labels["digits"], packed.predictions[entry.row.trial]
    wrong = np.flatnonzero(said.classes != labels)[:5]
    classes = said.classes.copy()
    classes[wrong] = labels[wrong]
    accuracy = float(np.mean(classes == labels))
    better = replace(entry, row=replace(entry.row, test_accuracy_last=accuracy))
    forged = replace(
        packed,
        entries=tuple(better if e is entry else e for e in packed.entries),
        predictions={
            **packed.predictions,
            entry.row.trial: Predictions(classes, said.confidence),
        },
    )

    (found,) = reproduced(forged, [better]).trials

    assert (found.agrees, found.how) == (False, "exact")
    assert found.measured == entry.row.test_accuracy_last < found.submitted
    assert "another class for 5 of the test images" in found.reason


def test_only_what_leads_to_the_trials_is_planned(packed, registry, tmp_path):
    """A control's plan holds the method whose shape it has, and no other method."""
    entry = entry_of(packed, "random-channel", control=True)

    ready = prepare(registry, packed, ADDRESS, [entry], tmp_path)

    assert [trial.facts["trial"] for trial in ready.plan.trials] == [entry.row.trial]
    assert [choice.name for choice in ready.experiment.methods] == ["l1filter"]
    assert ready.absent == []
    methods = {s.spec["method"]["name"] for s in ready.plan.stages.values() if s.kind == "prune"}
    assert methods == {"l1filter", "random-channel"}


def test_a_trial_that_the_experiment_does_not_give_is_told(packed, registry, tmp_path):
    """It cannot be run again, and so it does not agree."""
    entry = entry_of(packed, "magnitude")
    narrower = {**packed.manifest.experiment, "densities": [0.25]}
    bundle = replace(packed, manifest=replace(packed.manifest, experiment=narrower))

    ready = prepare(registry, bundle, ADDRESS, [entry], tmp_path)
    (found,) = ready.conclude(registry, None, tmp_path, WHEN).trials

    assert ready.absent == [entry.row.trial]
    assert (found.agrees, found.how, found.measured) == (False, "missing", None)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"weights": "/etc/passwd"}, "starts from the file '/etc/passwd'"),
        ({"dataset": ["digits", "imagefolder[path=/home]"]}, "names the file '/home'"),
        ({"densities": ["all"]}, "densities"),
        ({"recipe": {"preset": "../secret"}}, "unknown recipe '../secret'"),
        ({"parts": [{"methods": ["l1filter"]}]}, "asks for none of the trials"),
        ({"parts": ["none"]}, "it must be a table"),
        ({"methods": ["l1filter"]}, "asks for none of the trials"),
        ({"dataset": []}, "dataset is empty"),
    ],
)
def test_a_strangers_experiment_is_data_and_is_checked(packed, changes, complaint):
    """It goes through what checks a TOML, and may name no file."""
    with pytest.raises(UserError, match=complaint):
        rerunnable(
            {**packed.manifest.experiment, **changes}, [entry_of(packed, "magnitude")], "cpu"
        )


def test_what_decides_no_trial_is_left_out(packed, registry):
    """Claims, tables, timings and required plugins of a stranger are not even read."""
    more = {"claims": ["C999"], "only_claims": True, "tables": [{"reference": "../x"}]}
    more |= {"latency": True, "diagnostics": True, "required_plugins": ["evil"], "unheard": 1}

    found = rerunnable(
        {**packed.manifest.experiment, **more}, [entry_of(packed, "magnitude")], "cpu"
    )

    usual = rerunnable(packed.manifest.experiment, [entry_of(packed, "magnitude")], "cpu")
    assert found == usual


def test_parts_of_other_trials_are_left_out(packed):
    """Data and plugins of what is not run again may be absent."""
    parts = [
        {"dataset": ["digits"], "methods": ["magnitude"]},
        {"dataset": ["nobodys-data"], "methods": ["magnitude"]},
        {"dataset": ["digits"], "methods": ["nobodys"]},
        {"dataset": ["digits"], "model": ["nobodys"], "methods": ["magnitude"]},
    ]

    found = rerunnable(
        {**packed.manifest.experiment, "parts": parts}, [entry_of(packed, "magnitude")], "cpu"
    )

    assert [[c.name for c in part.datasets] for part in found.parts] == [["digits"]]
    assert [[c.name for c in part.models] for part in found.parts] == [["smallconv"]]


def test_a_missing_plugin_is_named_with_its_pip_line(packed):
    """All that is missing is told at once, with the distribution and version it came from."""
    registry = load_registry(["magnitude", "finetune"])
    facts = (
        PluginFacts("magnitude", "somebodys-pruning", "1.2", "0" * 32, ("method magnitude",)),
        PluginFacts("finetune", "x; rm -rf ~", "1.0", "0" * 32, ("protocol finetune",)),
    )
    rows = [entry_of(packed, "magnitude").row]

    with pytest.raises(PluginLoadError) as told:
        refuse_missing(registry, replace(packed.manifest, plugins=facts), rows)

    message = str(told.value)
    assert "reproducing needs method magnitude, protocol finetune" in message
    assert "'pip install somebodys-pruning==1.2'" in message
    assert "pip install x;" not in message


def test_other_code_of_a_plugin_is_told(packed, registry, reproduced):
    """Where a plugin's code is another one, equal bits are not expected."""
    entry = entry_of(packed, "magnitude")
    plugins = tuple(
        replace(plugin, source_digest="0" * 32) if plugin.entry_point == "magnitude" else plugin
        for plugin in packed.manifest.plugins
    )
    elsewhere = replace(
        packed,
        manifest=replace(packed.manifest, plugins=plugins),
        entries=tuple(
            replace(e, row=replace(e.row, weights_digest="0" * 32)) if e is entry else e
            for e in packed.entries
        ),
    )

    (found,) = reproduced(elsewhere, [entry_of(elsewhere, "magnitude")]).trials

    assert (found.agrees, found.how, found.tolerance) == (True, "interval", 0.005)
    assert "the code of magnitude of prunebench is another here" in found.reason


def test_nothing_is_taken_from_a_store(tmp_path):
    """A folder in which something lies is refused; a new or an empty one is not."""
    refuse_used(tmp_path)
    refuse_used(tmp_path / "new")
    (tmp_path / "objects").mkdir()

    with pytest.raises(SpecError, match="is not empty, and a reproduction takes nothing"):
        refuse_used(tmp_path)
