"""Training on a card: the numbers of the CPU, and recorded steps that are the ordinary ones."""

from dataclasses import replace

import pytest
import torch

from prunebench.training.batches import Batches
from prunebench.training.evaluate import evaluate
from prunebench.training.images import Preprocessing
from prunebench.training.loop import train
from prunebench.training.replay import WARM_UP

GREY = Preprocessing(255.0, (0.5,), (0.25,))
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.fixture(params=["sgd", "adam"])
def recipe(request, short_recipe):
    """Give a recipe whose epochs end with a smaller batch, so that sizes change under way."""
    return replace(short_recipe, optimiser=request.param, lr=0.01, length=3 * WARM_UP + 4)


@pytest.fixture
def trained(small_network, small_split, make_assignment):
    """Give a function that trains the small network on a device."""

    def run(recipe, device, *, graphs=False, dropout=0.3):
        network = small_network().to(device)
        network[5].p = dropout
        split = small_split()
        batches = Batches(split, GREY, recipe, 0, torch.device(device))
        source = torch.Generator().manual_seed(1)
        masks = {"0.weight": torch.rand(4, 1, 3, 3, generator=source) < 0.5}
        work = make_assignment(recipe, split=split, batches=batches, masks=masks, graphs=graphs)
        return train(network, work)

    return run


def test_a_card_computes_what_the_cpu_computes(recipe, trained):
    """Without dropout, whose draws differ, losses and weights agree to three digits."""
    here, there = (trained(recipe, device, dropout=0.0) for device in ("cpu", "cuda"))

    assert there.curve.train_loss == pytest.approx(here.curve.train_loss, rel=1e-3)
    for name, tensor in here.last.items():
        torch.testing.assert_close(there.last[name], tensor, rtol=1e-2, atol=1e-3)


def test_recorded_steps_are_the_ordinary_ones(recipe, trained):
    """Weights, momenta and curve are the same, dropout and the smaller last batches included."""
    plain, recorded = (trained(recipe, "cuda", graphs=graphs) for graphs in (False, True))

    assert recorded.curve.train_loss == pytest.approx(plain.curve.train_loss, rel=1e-5)
    for name, tensor in plain.last.items():
        torch.testing.assert_close(recorded.last[name], tensor, rtol=1e-5, atol=1e-6)
    for name, tensor in plain.optimiser.items():
        torch.testing.assert_close(recorded.optimiser[name], tensor, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("precision", ["bf16", "tf32"])
def test_coarser_precisions_train(recipe, trained, precision):
    """The loss falls in bf16 and tf32 as in fp32, within a tenth."""
    exact, coarse = (trained(replace(recipe, precision=p), "cuda") for p in ("fp32", precision))

    assert coarse.curve.train_loss[-1] == pytest.approx(exact.curve.train_loss[-1], rel=0.1)


def test_evaluation_agrees(small_network, small_split):
    """Loss and predictions on a card are the CPU's."""
    split = small_split()
    here = evaluate(small_network(), split, GREY)
    there = evaluate(small_network().cuda(), split, GREY)

    assert there.loss == pytest.approx(here.loss, rel=1e-4)
    assert torch.equal(there.predictions, here.predictions)
