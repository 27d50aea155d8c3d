"""A trial's network, taken out of the store and loaded by a process of its own."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from prunebench.errors import ContractError, SpecError, StoreError
from prunebench.plugin.registry import load_registry
from prunebench.results.lookup import Found
from prunebench.run.digests import tensors_digest
from prunebench.run.executor import InlineExecutor
from prunebench.run.export import only, prepare, refuse_folder
from prunebench.run.numerics import one_thread_environment, settled
from prunebench.run.run import Places
from prunebench.store.store import Store

STRANGER = """
import json, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from load import load
network = load()
assert not network.training

from prunebench.run.digests import tensors_digest
from prunebench.run.numerics import settled
from prunebench.training.evaluate import evaluate
from prunebench_plugins.datasets.digits import Digits

data = Digits()
with settled():
    found = evaluate(network, data.load(Path()).test, data.info(Path()).preprocessing)
predictions = {"class": found.predictions, "confidence": found.confidence}
methods = [name for name in sys.modules if name.startswith("prunebench_plugins.methods")]
print(json.dumps([tensors_digest(predictions), found.accuracy, methods]))
"""
"""What somebody does who has the folder alone."""

RESNET = {
    "model": "resnet[depth=8,width=4,shortcut=zero-pad]",
    "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
}


@pytest.fixture
def export_of(registry, tmp_path):
    """Give a function that makes a row of a finished run ready for its export."""

    def make(finished, row, registry=registry):
        places = Places(tmp_path / "store", tmp_path)
        return prepare(registry, places, Found(finished.folder, row))

    return make


@pytest.fixture
def restored(registry, tmp_path, heard):
    """Give a function that computes what an export lacks, and says how many stages that were."""

    def restore(export):
        lacking = export.lacking()
        if lacking:
            export.restore(InlineExecutor(export.registry, Store(tmp_path / "store")), heard.emit)
        return len(lacking)

    return restore


def used(folder):
    """Load an export in a fresh process, with one thread; gives what `STRANGER` prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STRANGER, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env=one_thread_environment(),
    )
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "changes"), [("magnitude", {}), ("l1filter", {}), ("l1filter", RESNET)]
)
def test_a_fresh_process_computes_what_the_row_measured(
    run_tiny, export_of, restored, tmp_path, method, changes
):
    """Dropped weights are computed again; loaded elsewhere they predict the row's very bits."""
    finished = run_tiny(methods=[method], protocols=["finetune"], **changes)
    store = Store(tmp_path / "store")

    for row in finished.rows:
        export = export_of(finished, row)
        lacking = export.lacking()
        assert restored(export) == (0 if row.method_id == "dense" else 1)
        export.write(tmp_path / row.trial)
        export.forget(lacking)

        facts = used(tmp_path / row.trial)
        assert facts == [row.predictions_digest, row.test_accuracy_last, []]
        assert not any(map(store.has_tensors, lacking))
    assert {row.method_id for row in finished.rows} == {"dense", method}


@pytest.mark.slow
def test_logits_are_equal_bit_for_bit(run_tiny, export_of, tmp_path):
    """The exported network gives the logits of the one in the store, masked and cut alike."""
    finished = run_tiny(
        methods=["magnitude", "l1filter"], protocols=["finetune"], keep_weights=True
    )
    images = torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    program = (
        "import sys, torch; sys.path.insert(0, '.'); from load import load;"
        "from safetensors.torch import load_file, save_file; torch.set_num_threads(1);"
        "images = load_file('images.safetensors')['images'];"
        "save_file({'logits': load()(images).detach()}, 'logits.safetensors')"
    )
    for row in finished.rows:
        export, folder = export_of(finished, row), tmp_path / row.trial
        export.write(folder)
        save_file({"images": images}, folder / "images.safetensors")
        words = [sys.executable, "-c", program]
        subprocess.run(words, cwd=folder, check=True, env=one_thread_environment())
        network = export.network().network
        if export.stage.spec["channels_last"]:
            network.to(memory_format=torch.channels_last)
        with settled(), torch.no_grad():
            expected = network(images)
        assert torch.equal(load_file(folder / "logits.safetensors")["logits"], expected)


@pytest.mark.slow
def test_the_descriptor_says_what_the_network_is(run_tiny, export_of, tmp_path):
    """Kept channels, widths, densities, accuracy, preprocessing and origin stand in model.json."""
    finished = run_tiny(
        methods=["magnitude", "l1filter"], protocols=["finetune"], keep_weights=True
    )
    by_method = {row.method_id: row for row in finished.rows}
    facts = {}
    for name, row in by_method.items():
        export_of(finished, row).write(tmp_path / name)
        facts[name] = json.loads((tmp_path / name / "model.json").read_text())
        assert facts[name]["trial"] == row.trial
        assert facts[name]["measured"]["test_accuracy_last"] == row.test_accuracy_last
        assert facts[name]["input"]["preprocessing"]["scale"] == 16
        assert facts[name]["origin"]["environment"] == row.environment
        assert facts[name]["origin"]["versions"]["torch"] == torch.__version__
        assert {p.suffix for p in (tmp_path / name).iterdir()} <= {".json", ".py", ".safetensors"}

    cut, weights = facts["l1filter"], load_file(tmp_path / "l1filter" / "model.safetensors")
    kept = {group["name"]: group["kept"] for group in cut["model"]["cut"]}
    assert kept.keys() == {"conv1", "conv2", "conv3"}
    for name, channels in kept.items():
        assert channels == sorted(set(channels))
        assert cut["layers"][name]["outputs"] == len(channels) == len(weights[f"{name}.weight"])
    assert cut["layers"]["conv2"]["inputs"] == len(kept["conv1"])
    assert facts["dense"]["model"]["cut"] == facts["magnitude"]["model"]["cut"] == []

    masked = load_file(tmp_path / "magnitude" / "model.safetensors")
    for name, density in by_method["magnitude"].layer_densities.items():
        assert facts["magnitude"]["layers"][name]["density"] == pytest.approx(density)
        assert int((masked[f"{name}.weight"] == 0).sum()) == round(
            (1 - density) * masked[f"{name}.weight"].numel()
        )


@pytest.mark.slow
def test_a_chain_of_dropped_trainings_is_computed_again(run_tiny, export_of, restored, tmp_path):
    """Trainings between rounds, each from the last one's weights, come back one after another."""
    method = "magnitude-iterative[rounds=3,between=finetune]"
    finished = run_tiny(methods=[method], protocols=["finetune"])
    row = next(row for row in finished.rows if row.method_id != "dense")
    export = export_of(finished, row)

    assert restored(export) == 3
    export.write(tmp_path / "out")
    assert used(tmp_path / "out")[0] == row.predictions_digest


@pytest.mark.slow
def test_other_weights_are_refused(run_tiny, export_of, tmp_path):
    """A network that is not the one of the row is not written."""
    finished = run_tiny(methods=["magnitude"], protocols=["none"])
    row = finished.rows[0]
    export = export_of(finished, replace(row, weights_digest="0" * 32))

    with pytest.raises(StoreError, match=f"not the one that trial {row.trial} measured"):
        export.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_other_numbers_are_refused(run_tiny, export_of, restored, tmp_path):
    """Where training again gives other bytes than before, the reason is said and nothing kept."""
    finished = run_tiny(methods=["magnitude"], protocols=["finetune"])
    row = next(row for row in finished.rows if row.method_id != "dense")
    export = export_of(finished, row)
    [key] = export.lacking()
    path = Store(tmp_path / "store").folder(key) / "record.json"
    envelope = json.loads(path.read_text())
    path.write_text(json.dumps(envelope | {"tensors": "0" * 64}))

    with pytest.raises(StoreError, match=r"cannot compute the weights .* gave other numbers"):
        restored(export)


@pytest.mark.slow
def test_failed_and_forgotten_trials_have_no_network(run_tiny, stranger, export_of):
    """A failed trial is refused with its reason, one that is planned no more with that."""
    finished = run_tiny(
        registry=stranger("raise ValueError('no idea')"), methods=["stranger"], protocols=["none"]
    )
    [failed] = (row for row in finished.rows if row.status == "failed")
    [dense] = (row for row in finished.rows if row.method_id == "dense")
    known = load_registry()

    with pytest.raises(SpecError, match=r"no network to export, it failed: .*no idea"):
        export_of(finished, failed, known)
    with pytest.raises(SpecError, match="no longer plans trial 1234"):
        export_of(finished, replace(dense, trial="1234"), known)


def test_a_foreign_folder_is_refused(tmp_path):
    """A folder that is not empty must hold an export of the same trial."""
    refuse_folder(tmp_path / "absent", "abc")
    refuse_folder(tmp_path, "abc")
    (tmp_path / "model.json").write_text('{"trial": "abc"}')
    refuse_folder(tmp_path, "abc")

    with pytest.raises(SpecError, match="holds no export of this trial"):
        refuse_folder(tmp_path, "abd")


def test_only_what_leads_to_the_trial_is_planned(plan_of):
    """The plan of one trial holds its own chain, and needs nothing from outside."""
    asked = {"methods": ["magnitude", "l1filter"], "protocols": ["ticket", "random"]}
    plan = plan_of(latency=True, **asked)
    trial = next(t for t in plan.trials if t.latency and t.facts["protocol_id"] == "ticket")
    alone = only(plan, trial)

    assert trial.evaluate in alone.stages
    assert len(alone.stages) < len(plan.stages)
    assert all(need in alone.stages for s in alone.stages.values() for need in s.needs)
    assert [t.keys for t in alone.trials] == [(trial.evaluate,)]
    assert sum(stage.kind == "evaluate" for stage in alone.stages.values()) == 1


FICKLE = '''
from torch import nn
from prunebench.api import Model, hookimpl

def hidden():
    class Model1(Model):
        """Built under a name under which nobody finds it."""
        name, paper = "hidden", "Nobody 2020"

        def build(self, shape, classes):
            return nn.Sequential(nn.Flatten(), nn.Linear(shape[1] * shape[2], classes))

        def groups(self, network):
            return ()

    return Model1

Hidden = hidden()

@hookimpl
def prunebench_models():
    return [Hidden]
'''


@pytest.mark.slow
def test_an_export_that_cannot_be_loaded_is_told_of(run_tiny, strangers, export_of, tmp_path):
    """A model class that no import finds again is the model's fault, and is said to be."""
    strangers.install("fickle", ["fickle = fickle_one"], {"fickle_one.py": FICKLE})
    known = load_registry()
    finished = run_tiny(registry=known, model="hidden", methods=["magnitude"], protocols=["none"])
    export = export_of(finished, finished.rows[0], known)

    with pytest.raises(ContractError, match="'hidden' cannot be imported"):
        export.write(tmp_path / "out")


def test_the_digest_is_of_what_is_loaded(tmp_path):
    """Digests see every name and value: one flipped weight is another network."""
    one = {"a": torch.zeros(2)}

    assert tensors_digest(one) == tensors_digest({"a": torch.zeros(2)})
    assert tensors_digest(one) != tensors_digest({"a": torch.tensor([0.0, 1e-30])})
