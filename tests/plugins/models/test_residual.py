import pytest
import torch

from prunebench.errors import IncompatibleError
from prunebench_plugins.models._residual import ZeroPad


def test_zero_pad_averages_then_appends_zeros():
    """The mean of each 2x2 square passes; new channels are zero."""
    stream = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])

    padded = ZeroPad(1, 3)(stream)

    assert padded.tolist() == [[[[3.0]], [[0.0]], [[0.0]]]]


def test_narrow_zero_pad_gives_the_kept_outputs():
    """What a narrow shortcut computes is what is left of the wide one's output."""
    stream = torch.randn(2, 3, 4, 4)
    inputs, outputs = torch.tensor([0, 2]), torch.tensor([0, 2, 4, 5])
    shortcut = ZeroPad(3, 6)
    wide = shortcut(stream)

    shortcut.narrow(inputs, outputs)

    assert torch.equal(shortcut(stream[:, inputs]), wide[:, outputs])


def test_zero_pad_cannot_lose_one_side_of_a_channel():
    """A channel kept at the output must be kept at the input, and the other way round."""
    with pytest.raises(IncompatibleError, match=r"cannot keep \[0\] .* and \[0, 1\]"):
        ZeroPad(2, 4).narrow(torch.tensor([0]), torch.tensor([0, 1, 2]))
