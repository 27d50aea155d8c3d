"""Masks are explicit and boolean."""

import pytest
import torch

from prunebench.core.mask import Mask


def test_counts_size_and_density():
    """Three of eight units kept is a density of 0.375."""
    mask = Mask({"a": torch.tensor([True, False]), "b": torch.tensor([[1, 1], [0, 0], [0, 0]]) > 0})

    assert mask.counts == {"a": 1, "b": 2}
    assert (mask.size, mask.density) == (8, 0.375)


def test_full():
    """A full mask keeps everything, in the order given."""
    mask = Mask.full({"b": (2, 3), "a": (4,)})

    assert list(mask.counts.items()) == [("b", 6), ("a", 4)]
    assert mask.density == 1.0


def test_an_empty_mask_has_lost_nothing():
    """Where there are no units, none is lost."""
    assert Mask({}).density == 1.0


def test_within():
    """A mask lies within another if it keeps nothing that the other drops."""
    small, large = (Mask({"a": torch.tensor(kept)}) for kept in ([True, False], [True, True]))

    assert small.within(large)
    assert small.within(small)
    assert not large.within(small)


def test_numbers_are_refused():
    """A mask is never inferred from zeros."""
    with pytest.raises(TypeError, match=r"mask 'a' must be boolean, got torch\.float32"):
        Mask({"a": torch.zeros(2)})
