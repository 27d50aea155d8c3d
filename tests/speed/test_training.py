"""Both loops do the same work: the ratio between them compares like with like."""

from dataclasses import replace

import pytest
import torch

from benchmarks.speed.ceiling import step_operations
from benchmarks.speed.plain import Plain, held
from benchmarks.speed.training import LENET, LENET_SGD, RESNET20, SMALLCONV, VGG16, Ours
from benchmarks.speed.workload import DENSITY
from prunebench.training.evaluate import evaluate

CPU = torch.device("cpu")
STEPS = 6
WORKS = {
    "adam": replace(LENET, images=240),
    "sgd": replace(LENET_SGD, images=384),
    "channels-last": replace(SMALLCONV, images=128),
    "bf16": replace(SMALLCONV, images=128, recipe=replace(SMALLCONV.recipe, precision="bf16")),
}


@pytest.fixture(params=WORKS)
def work(request):
    """Give a small workload of each kind; six steps pass the end of its first epoch or two."""
    return WORKS[request.param]


def test_both_loops_end_at_the_same_weights(work):
    """Given our batches, the tight loop trains to our weights, norms' statistics included."""
    ours, plain = Ours(work, CPU), Plain(work, CPU)
    batches = ours.assignment.batches
    got = ours.train(STEPS).last
    for step in range(STEPS):
        plain.learn(*batches.batch(step))

    for name, tensor in plain.network.state_dict().items():
        torch.testing.assert_close(got[name], tensor, rtol=1e-3, atol=1e-5)
    moved = [not torch.equal(got[n], t) for n, t in work.network().state_dict().items()]
    assert all(moved)


def test_both_loops_see_the_same_inputs(work):
    """Images that one normalises by the batch and the other beforehand are equal to rounding."""
    inputs, labels = Ours(work, CPU).assignment.batches.batch(0)
    ready, truth = held(work.split(), CPU)
    found = [(ready - image).abs().amax((1, 2, 3)).argmin() for image in inputs]

    torch.testing.assert_close(inputs, ready[found], rtol=1e-5, atol=1e-5)
    assert torch.equal(labels, truth[found])
    assert len(set(map(int, found))) == work.recipe.batch


def test_every_batch_is_whole_and_every_image_is_seen_once(work):
    """The tight loop goes through all images before it begins again, as ours does."""
    plain = Plain(work, CPU)
    taken = []
    plain.network.register_forward_hook(lambda module, inputs, outputs: taken.append(len(outputs)))
    plain.train(2 * work.images // work.recipe.batch)

    assert work.images % work.recipe.batch == 0
    assert taken == [work.recipe.batch] * (2 * work.images // work.recipe.batch)


def test_masks_keep_a_fifth_and_hold(work):
    """After a turn of either loop what is masked is zero, and about a fifth is left."""
    ours, plain = Ours(work, CPU), Plain(work, CPU)
    ours.turn(2)
    plain.turn(2)
    masks = work.masks(work.network())
    kept = sum(int(mask.sum()) for mask in masks.values())
    size = sum(mask.numel() for mask in masks.values())

    assert kept / size == pytest.approx(DENSITY, abs=0.02)
    for network in (ours.network, plain.network):
        assert not any(network.get_parameter(n)[~mask].any() for n, mask in masks.items())


def test_validation_counts_what_ours_counts():
    """The tight loop's loss and hits on held-out images are those of our evaluation."""
    work = replace(LENET, images=120, validation=300)
    plain = Plain(work, CPU)
    ours = evaluate(plain.network, work.split(300), work.preprocessing)
    loss, hits = plain.validate()

    assert hits / 300 == pytest.approx(ours.accuracy)
    assert loss / 300 == pytest.approx(ours.loss, rel=1e-5)
    assert plain.network.training


def test_a_diverged_training_is_no_measurement():
    """A training that ends early would look fast: it is refused."""
    work = replace(LENET_SGD, images=384, recipe=replace(LENET_SGD.recipe, lr=1e30))

    with pytest.raises(RuntimeError, match="diverged at step 3"):
        Ours(work, CPU).turn(3)


def test_operations_of_a_step():
    """Three products per layer, two operations per multiply-add, and no gradient of images.

    LeNet-300-100 has 784 · 300 + 300 · 100 + 100 · 10 multiply-adds. ResNet-20's first layer has
    3 · 16 · 9 · 32 · 32 of 40.81 million, VGG-16's 3 · 64 · 9 · 32 · 32 of 313.2 million.
    """
    resnet, vgg = (step_operations(work) / 2 / work.recipe.batch for work in (RESNET20, VGG16))

    assert step_operations(LENET) == 2 * 60 * (3 * 266_200 - 235_200)
    assert resnet + 442_368 == pytest.approx(3 * 40.8e6, rel=0.01)
    assert vgg + 1_769_472 == pytest.approx(3 * 313.2e6, rel=0.001)
