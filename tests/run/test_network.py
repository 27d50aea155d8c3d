"""The networks that protocols start from, against weights worked out by hand."""

from math import prod, sqrt

import pytest
import torch
from torch import nn

from prunebench.api import Model
from prunebench.core.initialise import kernels
from prunebench.run.agenda import missing
from prunebench.run.bench import Bench
from prunebench.run.executor import InlineExecutor
from prunebench.run.network import initialise, make_survivor
from prunebench.run.scheduler import Scheduler
from prunebench.store.store import Store


class Shifted(nn.Module):
    """A linear layer and a parameter that belongs to no known layer."""

    def __init__(self, features, classes):
        super().__init__()
        self.linear = nn.Linear(features, classes)
        self.offset = nn.Parameter(torch.full((classes,), torch.nan))

    def forward(self, images):
        """Shift the layer's output."""
        return self.linear(images.flatten(1)) + self.offset


class Offset(Model):
    """A model that must initialise its own parameter."""

    name, paper = "offset", "Nobody 2020"

    def build(self, shape, classes):
        """Give the network."""
        return Shifted(prod(shape), classes)

    def initialise(self, network, generator):
        """Set its own parameter; leave the kernel to a scheme."""
        network.offset.data.fill_(0.5)
        network.linear.weight.data.fill_(torch.nan)


@pytest.fixture
def starts(registry, plan_of, tmp_path):
    """Run what retrainings start from; give each retraining's network as it begins, by draw."""

    def give(**changes):
        plan = plan_of(**changes)
        store = Store(tmp_path / "store")
        Scheduler(plan, store, InlineExecutor(registry, store), registry.emit).run()
        bench = Bench(registry, store)
        assert missing(plan, store) == set()
        return (
            plan,
            store,
            {
                stage.spec["network"]["draw"]: make_survivor(bench, stage.spec)
                for stage in plan.stages.values()
                if stage.kind == "train" and stage.spec["network"]["mask"]
            },
        )

    return give


def init_weights(plan, store, purpose, draw=0):
    """Read a dense draw."""
    (key,) = (
        stage.key
        for stage in plan.stages.values()
        if stage.kind == "init" and (stage.spec["purpose"], stage.spec["draw"]) == (purpose, draw)
    )
    return store.get(key).part("last")


def test_a_ticket_is_theta_0_on_survivors(starts):
    """Every surviving weight is the very number of the initialisation; the others are 0."""
    plan, store, nets = starts(methods=["magnitude"], protocols=["ticket"])
    (survivor,) = nets.values()
    theta = init_weights(plan, store, "init")

    for name, tensor in survivor.network.state_dict().items():
        mask = survivor.masks.get(name)
        expected = theta[name] if mask is None else torch.where(mask, theta[name], 0.0)
        assert torch.equal(tensor, expected)
    assert sum(int((~mask).sum()) for mask in survivor.masks.values()) > 0


def test_redraws_are_fresh_and_differ(starts):
    """Each draw is the dense draw of its number, masked; none is theta_0, no two are equal."""
    plan, store, nets = starts(methods=["magnitude"], protocols=["random[draws=2]"])
    draws = [init_weights(plan, store, "redraw", draw) for draw in (0, 1)]
    theta = init_weights(plan, store, "init")
    kernel = "conv2.weight"

    assert not torch.equal(draws[0][kernel], theta[kernel])
    assert not torch.equal(draws[0][kernel], draws[1][kernel])
    for draw, survivor in nets.items():
        kept = draws[draw][kernel] * survivor.masks[kernel]
        assert torch.equal(survivor.network.state_dict()[kernel], kept)
    assert sorted(nets) == [0, 1]


def test_sparse_he_has_the_declared_deviation(starts):
    """Convolutions are N(0, 2 / (kept / input channels)) on survivors, exactly 0 elsewhere."""
    _, _, nets = starts(
        methods=["magnitude"], protocols=["random[scale=sparse-he]"], model="smallconv[width=24]"
    )
    (survivor,) = nets.values()
    convolutions = [
        (name, module) for name, module in kernels(survivor.network) if name.startswith("conv")
    ]

    for name, module in convolutions[1:]:  # the first has too few weights to measure
        mask = survivor.masks[f"{name}.weight"]
        kept = module.weight.detach()[mask]
        expected = sqrt(2.0 / (len(kept) / module.in_channels))
        # The deviation of n normal numbers has itself a relative deviation of 1 / sqrt(2n).
        assert abs(float(kept.std()) / expected - 1) < 5 / sqrt(2 * len(kept))
        assert not module.weight[~mask].any()


def test_scratch_e_is_the_narrow_nets_own_draw(starts):
    """A cut net starts from its own He draw at its own narrow fan; it is no cut of theta_0."""
    plan, store, nets = starts(
        methods=["l1filter"], protocols=["scratch-e"], model="smallconv[width=24]"
    )
    (survivor,) = nets.values()
    layer = survivor.network.get_submodule("conv3")
    weight = layer.weight.detach()
    fan = layer.in_channels * 9
    theta = init_weights(plan, store, "init")["conv3.weight"]

    assert layer.in_channels < theta.shape[1]
    assert abs(float(weight.std()) / sqrt(2 / fan) - 1) < 5 / sqrt(2 * weight.numel())
    assert not torch.isin(weight.flatten()[:50], theta).any()


@pytest.mark.parametrize("scheme", ["glorot-normal", "kaiming-normal"])
def test_named_schemes_draw_what_only_the_model_knows(scheme):
    """Kernels follow the recipe's law; a parameter of the model's own follows the model's."""
    network = Offset().build((1, 2, 2), 3)

    initialise(Offset(), network, scheme, torch.Generator().manual_seed(0))

    assert torch.equal(network.offset.detach(), torch.full((3,), 0.5))
    assert not network.linear.weight.detach().isnan().any()


def test_accuracy_after_pruning_by_hand(registry, run_tiny, tmp_path):
    """The row's accuracy before retraining is that of the dense weights times the mask."""
    row = next(
        row for row in run_tiny(methods=["magnitude"], protocols=["ticket"]).rows
        if row.method == "magnitude"
    )  # fmt: skip
    store = Store(tmp_path / "store")
    artifacts = [store.get(path.name) for path in (tmp_path / "store/objects").glob("*/*")
                 if store.has_tensors(path.name)]  # fmt: skip
    (pruning,) = (one for one in artifacts if one.part("mask"))
    (dense,) = (one for one in artifacts if one.part("optimiser"))
    network = registry.model("smallconv").item(width=4).build((1, 8, 8), 10)
    state = dense.part("last")
    for name, mask in pruning.part("mask").items():
        state[f"{name}.weight"] = state[f"{name}.weight"] * mask
    network.load_state_dict(state)
    digits = registry.dataset("digits").item()
    test, look = digits.load(tmp_path).test, digits.info(tmp_path).preprocessing
    inputs = (test.images / 16 - look.mean[0]) / look.std[0]
    with torch.no_grad():
        right = (network.eval()(inputs).argmax(1) == test.labels).float().mean()

    assert row.accuracy_after_pruning == pytest.approx(float(right), abs=1e-6)
