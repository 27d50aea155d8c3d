"""Batches are a function of seed and step."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.training.batches import Batches, epoch_steps, hold_out
from prunebench.training.images import Preprocessing, Split
from prunebench.training.recipe import Recipe

PLAIN = Preprocessing(1.0, (0.0,), (1.0,))


def numbered(count):
    """Give images of one pixel whose label is their number."""
    numbers = torch.arange(count)
    return Split(numbers.to(torch.uint8).view(-1, 1, 1, 1), numbers)


def labels_of(batches, steps):
    """Collect the labels of some steps."""
    return [label for step in steps for label in batches.batch(step)[1].tolist()]


@pytest.mark.parametrize(
    ("images", "batch", "steps"), [(50_000, 64, 782), (60, 60, 1), (61, 60, 2)]
)
def test_epoch_steps(images, batch, steps):
    """The last, smaller batch counts."""
    assert epoch_steps(images, batch) == steps


@given(count=st.integers(1, 60), batch=st.integers(1, 20), epoch=st.integers(0, 3))
def test_every_image_once_per_epoch(count, batch, epoch):
    """An epoch shows every image once; only a last batch of one takes its neighbour along."""
    batches = Batches(numbered(count), PLAIN, Recipe(batch=batch), seed=0)
    first = epoch * batches.epoch_steps
    seen = labels_of(batches, range(first, first + batches.epoch_steps))
    lonely = batch > 1 and count > 1 and count % batch == 1

    assert sorted(set(seen)) == list(range(count))
    assert len(seen) == count + lonely


def test_no_batch_of_one():
    """Batch norm cannot train on one image: 9 images in batches of 4 end with a batch of 2."""
    batches = Batches(numbered(9), PLAIN, Recipe(batch=4), seed=0)

    assert [len(batches.batch(step)[1]) for step in range(3)] == [4, 4, 2]


def test_images_and_labels_belong_together():
    """Each input is the image of its label."""
    inputs, labels = Batches(numbered(20), PLAIN, Recipe(batch=8), seed=0).batch(1)

    assert inputs.dtype == torch.float32
    assert inputs.flatten().tolist() == labels.tolist()


def test_any_step_can_be_asked_for():
    """Steps asked for backwards and across epochs are the steps asked for in order."""
    recipe = Recipe(batch=4, augmentation="crop-flip")
    forwards, backwards = (Batches(numbered(10), PLAIN, recipe, seed=3) for _ in range(2))
    expected = [forwards.batch(step) for step in range(7)]
    got = [backwards.batch(step) for step in reversed(range(7))][::-1]

    assert all(torch.equal(a[0], b[0]) for a, b in zip(got, expected, strict=True))
    assert all(torch.equal(a[1], b[1]) for a, b in zip(got, expected, strict=True))


def test_order_belongs_to_seed_and_epoch():
    """Seed 0 is a seed like any other; epochs differ."""
    recipe = Recipe(batch=50)
    zero, again, one = (Batches(numbered(50), PLAIN, recipe, seed=s) for s in (0, 0, 1))

    assert labels_of(zero, [0]) == labels_of(again, [0])
    assert labels_of(zero, [0]) != labels_of(one, [0])
    assert labels_of(zero, [0]) != labels_of(zero, [1])


def test_the_border_is_black_before_normalising(small_split):
    """Padding is pixel 0, which is (0 - 0.5) / 0.25 = -2 as an input."""
    white = Split(torch.full((64, 1, 8, 8), 255, dtype=torch.uint8), torch.zeros(64).long())
    recipe = Recipe(batch=64, augmentation="crop")
    inputs, _ = Batches(white, Preprocessing(255.0, (0.5,), (0.25,)), recipe, seed=0).batch(0)

    torch.testing.assert_close(inputs.unique(), torch.tensor([-2.0, 2.0]))


def test_layout_changes_no_value(small_split):
    """Channels-last batches hold the same numbers in another order in memory."""
    split = Split(small_split().images.repeat(1, 3, 1, 1), small_split().labels)
    three = Preprocessing(255.0, (0.5,) * 3, (0.25,) * 3)
    recipe = Recipe(batch=8, augmentation="crop-flip", channels_last=False)
    plain, _ = Batches(split, three, recipe, 0).batch(2)
    last, _ = Batches(split, three, replace(recipe, channels_last=True), 0).batch(2)

    assert last.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(plain, last)


@pytest.mark.parametrize("augmentation", ["none", "crop-flip", "resized-crop-flip"])
def test_what_is_picked_can_be_overwritten_in_place(small_split, augmentation):
    """Tensors of one step that take over another's give its batch; the other stays as it was."""
    recipe = Recipe(batch=8, augmentation=augmentation)
    batches = Batches(small_split(), Preprocessing(255.0, (0.5,), (0.25,)), recipe, seed=0)
    first, second = batches.pick(0), batches.pick(1)
    before = first.index.clone()
    reused = first.copied()
    reused.take_over(second)
    got, expected = batches.gather(reused), batches.batch(1)

    assert torch.equal(got[0], expected[0])
    assert torch.equal(got[1], expected[1])
    assert torch.equal(first.index, before)


def test_hold_out_divides_in_order():
    """Train and validation images together are all images, each side in its old order."""
    train, held = hold_out(numbered(30), 10, seed=0)

    assert train.labels.tolist() == sorted(train.labels.tolist())
    assert sorted(train.labels.tolist() + held.labels.tolist()) == list(range(30))
    assert held.images.flatten().tolist() == held.labels.tolist()


def test_hold_out_belongs_to_the_seed():
    """The same seed holds out the same images, another one others."""
    zero, again, one = (hold_out(numbered(30), 10, seed)[1].labels for seed in (0, 0, 1))

    assert torch.equal(zero, again)
    assert not torch.equal(zero, one)


@pytest.mark.parametrize("count", [0, 30, 31, -1])
def test_hold_out_leaves_both_sides(count):
    """Holding out nothing, everything or more is refused."""
    with pytest.raises(SpecError, match="of 30"):
        hold_out(numbered(30), count, seed=0)
