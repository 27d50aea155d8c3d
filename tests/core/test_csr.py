"""Linear layers as CSR compute what dense ones do, and store kept weights alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.core.csr import CsrLinear, csr_layers, library, with_csr
from prunebench.core.initialise import kernels
from prunebench.core.surgery import apply_weight_mask


def by_hand(bias=True):
    """Give a layer of two outputs and three inputs, three of its six weights zero."""
    linear = nn.Linear(3, 2, bias=bias)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]]))
        if bias:
            linear.bias.copy_(torch.tensor([10.0, 20.0]))
    return linear


def drop(network, density, seed=0):
    """Change a network's kernels so that about this share stays; gives the mask."""
    randomness = torch.Generator().manual_seed(seed)
    mask = {
        name: torch.rand(kernel.weight.shape, generator=randomness) < density
        for name, kernel in kernels(network)
    }
    apply_weight_mask(network, mask)
    return mask


@pytest.mark.parametrize(("bias", "expected"), [(True, [14.0, 36.0]), (False, [4.0, 16.0])])
@pytest.mark.parametrize("images", [1, 2])
def test_outputs_by_hand(bias, expected, images):
    """Of the image (1, 2, 5): 2·2 = 4 and 1 + 3·5 = 16, and biases; for one image and for two."""
    layer = CsrLinear(by_hand(bias))
    outputs = layer(torch.tensor([[1.0, 2.0, 5.0]] * images))

    assert outputs.tolist() == [expected] * images


def test_bytes_by_hand():
    """Three weights and three columns of four bytes, and where three rows would begin."""
    layer = CsrLinear(by_hand())

    assert layer.storage == 3 * 4 + 3 * 4 + 3 * 4
    assert layer.kernel.col_indices().tolist() == [1, 0, 2]
    assert layer.kernel.crow_indices().tolist() == [0, 1, 3]


@settings(deadline=None, max_examples=50)  # the first product loads the library
@given(
    density=st.floats(0.0, 1.0),
    images=st.integers(1, 5),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_any_layer_gives_the_same(density, images, shape):
    """Whatever is dropped, none and all included."""
    linear = nn.Linear(*shape)
    drop(nn.Sequential(linear), density)
    inputs = torch.randn(images, shape[0])

    torch.testing.assert_close(CsrLinear(linear)(inputs), linear(inputs), rtol=0, atol=1e-5)


@pytest.mark.parametrize("images", [1, 7])
def test_small_networks_give_the_same(small, images):
    """For every small model, with a fifth of its weights, in inference mode."""
    model, shape = small
    network = model.build(shape, 10).eval()
    mask = drop(network, 0.2)
    sparse = with_csr(network, mask)

    with torch.inference_mode():
        batch = torch.randn(images, *shape)
        torch.testing.assert_close(sparse(batch), network(batch), rtol=0, atol=1e-5)
    linear = {name for name, kernel in kernels(network) if isinstance(kernel, nn.Linear)}
    assert set(csr_layers(sparse)) == linear


def test_leading_dimensions_stay():
    """Features of every place of a sequence are multiplied."""
    linear = by_hand()
    inputs = torch.randn(4, 5, 3)

    torch.testing.assert_close(CsrLinear(linear)(inputs), linear(inputs))


def test_only_named_plain_linear_layers_are_replaced():
    """Convolutions, layers without a mask and subclasses stay; so does the network itself."""

    class Own(nn.Linear):
        """A layer with a forward pass of its own."""

    network = nn.ModuleDict(
        {"a": nn.Linear(2, 2), "b": nn.Linear(2, 2), "c": nn.Conv2d(1, 1, 1), "d": Own(2, 2)}
    )
    sparse = with_csr(network, {"a", "c", "d"})

    assert {name: type(layer) for name, layer in sparse.items()} == {
        "a": CsrLinear,
        "b": nn.Linear,
        "c": nn.Conv2d,
        "d": Own,
    }
    assert csr_layers(network) == {}


def test_it_moves_like_any_other_network():
    """Its kernels are buffers, which move with the network."""
    network = with_csr(nn.Sequential(by_hand()), {"0"}).to("meta")

    assert {buffer.device.type for buffer in network.buffers()} == {"meta"}


def test_torch_says_nothing_of_its_beta():
    """The one warning about CSR is not passed on, even where torch gives it every time."""
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        layer = CsrLinear(by_hand())
    finally:
        torch.set_warn_always(before)

    assert layer.kernel.layout == torch.sparse_csr


def test_the_library_is_named():
    """On CPUs it is MKL where torch was built with it."""
    wanted = "MKL" if torch.backends.mkl.is_available() else "own kernels"

    assert library(torch.device("cpu")) == wanted
    assert library(torch.device("cuda")) == "cuSPARSE"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("images", [1, 64])
def test_on_a_gpu(images):
    """The same on CUDA."""
    network = nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 10)).cuda()
    sparse = with_csr(network, drop(network, 0.2))

    with torch.inference_mode():
        batch = torch.randn(images, 30, device="cuda")
        torch.testing.assert_close(sparse(batch), network(batch), rtol=0, atol=1e-4)
