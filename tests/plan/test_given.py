"""Given dense weights in a plan: what replaces the training, what is skipped, what is refused."""

import hashlib

import pytest
import torch
from safetensors.torch import save_file

from prunebench.errors import DataError, IncompatibleError
from prunebench.plan.stage import stage_key

ASKED = {
    "model": "smallconv[width=4]",
    "methods": ["magnitude"],
    "densities": [0.5],
    "seeds": 2,
}


@pytest.fixture
def network(registry):
    """Build the dense network that the weights are for."""
    return registry.model("smallconv").item(width=4).build((1, 8, 8), 10)


@pytest.fixture
def weights(network, tmp_path):
    """Write weights of the model; give the path."""
    path = tmp_path / "dense.safetensors"
    save_file(network.state_dict(), path)
    return path


def kinds(plan, kind):
    """List the stages of one kind."""
    return [stage for stage in plan.stages.values() if stage.kind == kind]


def test_a_load_stage_takes_the_place_of_dense_training(plan, row, weights):
    """Nothing is initialised or trained dense; all seeds prune the one loaded network."""
    given = plan(**ASKED, weights=str(weights), protocols=["finetune"])
    [load] = kinds(given, "load")

    assert kinds(given, "init") == []
    assert len(kinds(given, "train")) == 2  # the two seeds' fine-tuning
    assert all(stage.spec["network"]["mask"] for stage in kinds(given, "train"))
    assert {stage.spec["weights"] for stage in kinds(given, "prune")} == {load.key}
    for seed in (0, 1):
        dense = row(given, method_id="dense", seed=seed)
        assert (dense.train, dense.dense) == (None, load.key)
        assert given.stages[dense.evaluate].needs == (load.key,)


def test_fresh_networks_are_still_drawn(plan, weights):
    """A protocol that starts anew needs no dense weights, given or trained."""
    given = plan(**ASKED, weights=str(weights), protocols=["random", "scratch-e"])

    assert kinds(given, "init")
    assert {stage.spec["purpose"] for stage in kinds(given, "init")} == {"redraw"}
    assert given.skipped == ()


def test_tickets_are_skipped_with_the_reason(plan, weights):
    """Early weights are not in the file, so what returns to them cannot be done."""
    given = plan(**ASKED, weights=str(weights), protocols=["ticket", "finetune"])
    [skipped] = given.skipped

    assert skipped.protocol == "ticket"
    assert "returns to the dense network's early weights" in skipped.reason
    assert str(weights) in skipped.reason
    assert {trial.facts["protocol_id"] for trial in given.trials} == {"dense", "finetune"}


def test_rewinding_between_rounds_is_skipped_with_the_reason(plan, weights):
    """A method whose rounds return to early weights cannot work either."""
    asked = ASKED | {"methods": ["magnitude-iterative[rounds=2]"]}
    given = plan(**asked, weights=str(weights), protocols=["finetune"])
    [skipped] = given.skipped

    assert skipped.method == "magnitude-iterative[rounds=2]"
    assert "early weights" in skipped.reason


def test_a_regularizer_trains_on_from_the_file(plan, row, strange, weights):
    """A method with a penalty trains its own dense network, and starts that from the file."""
    asked = ASKED | {"methods": ["slim", "l1filter"]}
    given = plan(strange, **asked, weights=str(weights), protocols=["finetune"])
    [load] = kinds(given, "load")
    slim = row(given, method_id="slim", seed=0)
    plain = row(given, method_id="l1filter", seed=0)

    assert given.stages[slim.dense].kind == "train"
    assert given.stages[slim.dense].spec["network"]["weights"] == load.key
    assert given.stages[slim.dense].spec["regularizer"]["name"] == "Shrink"
    assert given.stages[slim.dense].resume is None
    assert plain.dense == load.key
    assert len([t for t in given.trials if t.facts["method_id"] == "dense"]) == 4


def test_methods_that_prune_at_init_draw_their_own(plan, row, strange, weights):
    """Scoring before training means a fresh initialisation, whatever file is given."""
    asked = ASKED | {"methods": ["early"]}
    given = plan(strange, **asked, weights=str(weights), protocols=["scratch-e"])
    early = row(given, method_id="early", seed=0)

    assert given.stages[given.stages[early.prunes[0]].spec["weights"]].kind == "init"


def test_the_content_enters_keys_and_the_path_does_not(plan, network, weights, tmp_path):
    """A copy elsewhere is the same experiment; other values are another one."""
    copy = tmp_path / "elsewhere" / "copy.safetensors"
    copy.parent.mkdir()
    copy.write_bytes(weights.read_bytes())
    first = plan(**ASKED, weights=str(weights), protocols=["finetune"])
    second = plan(**ASKED, weights=str(copy), protocols=["finetune"])
    [load] = kinds(first, "load")

    assert first.stages.keys() == second.stages.keys()
    assert [t.facts["trial"] for t in first.trials] == [t.facts["trial"] for t in second.trials]
    assert load.place["weights"] == str(weights.resolve())
    assert load.spec["weights"] == {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    assert load.key == stage_key("load", load.spec)

    save_file({n: torch.zeros_like(t) for n, t in network.state_dict().items()}, copy)
    third = plan(**ASKED, weights=str(copy), protocols=["finetune"])
    trained = plan(**ASKED, protocols=["finetune"])

    assert not first.stages.keys() & third.stages.keys()
    ids = [{t.facts["trial"] for t in each.trials} for each in (first, third, trained)]
    assert not (ids[0] & ids[1] | ids[0] & ids[2] | ids[1] & ids[2])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("fc.bias"), "'fc.bias' is absent in the file and (10,) in the"),
        (lambda state: state.update(extra=torch.ones(2)), "'extra' is (2,) in the file and absent"),
        (
            lambda state: state.update({"fc.weight": torch.ones(10, 31)}),
            "'fc.weight' is (10, 31) in the file and (10, 32) in the network",
        ),
    ],
)
def test_weights_of_another_network_are_refused(plan, network, tmp_path, change, told):
    """A name that is missing or foreign, or another shape, is told in one sentence."""
    state = network.state_dict()
    change(state)
    path = tmp_path / "other.safetensors"
    save_file(state, path)

    with pytest.raises(IncompatibleError) as caught:
        plan(**ASKED, weights=str(path), protocols=["finetune"])
    assert told in str(caught.value)
    assert "smallconv[width=4]'s" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file"), (b"", "safetensors"), (b"PK\x03\x04 a pickle of torch.save", "safe")],
)
def test_a_file_that_holds_no_weights_is_refused(plan, tmp_path, content, told):
    """An absent file, an empty one and a pickle are told of; no pickle is ever opened."""
    path = tmp_path / "weights.pt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DataError, match=told) as caught:
        plan(**ASKED, weights=str(path), protocols=["finetune"])
    assert str(path) in str(caught.value)
    assert "give a safetensors file" in str(caught.value)


def test_published_weights_are_named_in_keys(plan):
    """Without a file, what enters keys is that the model's own published weights are meant."""
    given = plan(**ASKED, weights="pretrained", protocols=["finetune"])
    [load] = kinds(given, "load")

    assert load.spec["weights"] == {"pretrained": True}
    assert load.place["weights"] == ""
