import pytest
import torch

from prunebench.api import ChannelGroup, Span
from prunebench.core.cost import count
from prunebench.errors import IncompatibleError, SpecError
from prunebench_plugins.models.smallconv import SmallConv


def test_sizes_for_digits():
    """Kernels 144 + 4608 + 9216 + 1280, ten biases, 80 scales and shifts, for 1x8x8 images."""
    with torch.device("meta"):
        network = SmallConv().build((1, 8, 8), 10)

    params = 144 + 4608 + 9216 + 1280 + 10 + 2 * 80
    macs = (144 + 4608) * 64 + 9216 * 16 + 1280

    assert count(network, (1, 8, 8)) == (params, macs)


def test_linear_layer_reads_a_flattened_map():
    """Each channel of the last convolution is 2·3 features of the linear layer."""
    model = SmallConv(width=2)

    groups = model.groups(model.build((1, 8, 12), 10))

    assert groups[-1] == ChannelGroup(
        "conv3", 4, (Span("conv3"),), (Span("bn3"),), (Span("fc", repeat=6),)
    )


def test_odd_images_are_refused():
    """Height and width must survive two poolings."""
    with pytest.raises(IncompatibleError, match=r"smallconv takes .* multiples of 4, got 1x8x6"):
        SmallConv().build((1, 8, 6), 10)


def test_no_width_is_refused():
    """A network without channels is refused in a sentence."""
    with pytest.raises(SpecError, match="width must be at least 1, got 0"):
        SmallConv(width=0).build((1, 8, 8), 10)
