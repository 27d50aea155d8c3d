"""Given dense weights, taken into a run."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from prunebench.plugin.registry import load_registry
from prunebench.results.lookup import Found
from prunebench.run.digests import tensors_digest
from prunebench.run.export import prepare
from prunebench.run.run import Places
from prunebench.store.store import Store

PUBLISHER = '''
import torch
from torch import nn
from prunebench.api import Model, hookimpl


class Published(Model):
    """A linear network whose publisher offers weights: all of them 0.5."""

    name, paper = "published", "Nobody 2020"

    def build(self, shape, classes):
        return nn.Sequential(nn.Flatten(), nn.Linear(shape[0] * shape[1] * shape[2], classes))

    def groups(self, network):
        return ()

    def pretrained(self, network):
        return {{name: torch.full_like(t, 0.5) for name, t in network.state_dict().items(){only}}}


@hookimpl
def prunebench_models():
    return [Published]
'''


@pytest.fixture
def published(strangers):
    """Give a function that installs a model with published weights."""

    def install(only=""):
        source = PUBLISHER.format(only=only)
        strangers.install("publisher", ["p = publisher_one"], {"publisher_one.py": source})
        return load_registry()

    return install


@pytest.mark.slow
def test_an_exported_dense_network_is_pruned_as_it_was(run_tiny, registry, tmp_path):
    """Finetuning from the exported file starts where the run that trained it started."""
    asked = {"methods": ["magnitude", "l1filter"], "protocols": ["none", "finetune"]}
    first = run_tiny(**asked)
    dense = next(row for row in first.rows if row.method_id == "dense")
    places = Places(tmp_path / "store", tmp_path)
    prepare(registry, places, Found(first.folder, dense)).write(tmp_path / "dense")
    file = tmp_path / "dense" / "model.safetensors"
    second = run_tiny("other", **asked, weights=str(file))

    def told(finished):
        return {
            (row.method_id, row.protocol_id): (row.test_accuracy_last, row.weights_digest)
            for row in finished.rows
        }

    assert second.record.failed == 0
    assert {row.trial for row in first.rows}.isdisjoint(row.trial for row in second.rows)
    assert told(first) == told(second)


@pytest.mark.slow
def test_the_dense_row_is_that_of_the_file(run_tiny, registry, tmp_path):
    """Weights that nobody trained are tested as they are; nothing is charged for them."""
    network = registry.model("smallconv").item(width=4).build((1, 8, 8), 10)
    state = network.state_dict()
    for name in ("fc.weight", "fc.bias"):
        state[name] = torch.zeros_like(state[name])
    state["fc.bias"][3] = 1.0  # every image is a three
    save_file(state, tmp_path / "threes.safetensors")
    path = str(tmp_path / "threes.safetensors")
    finished = run_tiny(methods=["magnitude"], protocols=["none"], weights=path)
    dense = next(row for row in finished.rows if row.method_id == "dense")
    labels = registry.dataset("digits").item().load(tmp_path).test.labels

    assert dense.test_accuracy_last == pytest.approx((labels == 3).double().mean().item())
    assert dense.weights_digest == tensors_digest(load_file(path))
    assert (dense.steps, dense.dense_epochs, dense.total_macs) == (0, 0.0, 0)


@pytest.mark.slow
def test_a_regularizer_goes_on_from_the_file(run_tiny, registry, tmp_path):
    """Network slimming trains the given weights further, and is charged for that alone."""
    network = registry.model("smallconv").item(width=4).build((1, 8, 8), 10)
    save_file(network.state_dict(), tmp_path / "given.safetensors")
    path = str(tmp_path / "given.safetensors")
    finished = run_tiny(methods=["slimming"], protocols=["none"], weights=path)
    rows = {(row.method_id, row.regularized_by): row for row in finished.rows}
    own = next(row for (method, by), row in rows.items() if method == "dense" and by)

    assert finished.record.failed == 0
    assert own.steps > 0
    assert own.weights_digest != rows["dense", ""].weights_digest
    assert rows["dense", ""].weights_digest == tensors_digest(load_file(path))
    assert finished.record.stages.get("init") is None


@pytest.mark.slow
def test_published_weights_are_the_models_own(published, run_tiny, tmp_path):
    """``pretrained`` asks the model, once, in the stage that loads."""
    known = published()
    asked = {"model": "published", "methods": ["magnitude"], "protocols": ["none"]}
    finished = run_tiny(registry=known, **asked, weights="pretrained")
    keys = [folder.name for folder in (tmp_path / "store" / "objects").glob("??/*")]
    loaded = [
        Store(tmp_path / "store").get(key).part("last")
        for key in keys
        if set(Store(tmp_path / "store").get(key).part("last"))
    ]

    assert finished.record.failed == 0
    assert all(bool((t == 0.5).all()) for part in loaded for t in part.values())
    assert finished.record.stages["load"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"only": " if 'bias' in name"}])
def test_without_published_weights_the_stage_fails_alone(published, run_tiny, changes):
    """A model without them says so; published ones that do not fit are told of."""
    model = "published" if changes else "smallconv[width=4]"
    asked = {"model": model, "methods": ["magnitude"], "protocols": ["none"]}
    finished = run_tiny(registry=published(**changes), **asked, weights="pretrained")
    reason = finished.rows[0].reason

    assert {row.status for row in finished.rows} == {"blocked"} or finished.record.failed == 1
    assert ("do not fit published" if changes else "has no published weights") in reason
