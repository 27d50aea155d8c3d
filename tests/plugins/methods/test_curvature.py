from copy import deepcopy
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, jacrev

from prunebench.api import Mask, PerLayer, Subject
from prunebench.core.describe import describe
from prunebench.errors import IncompatibleError
from prunebench_plugins.methods._chain_curvature import lecun_backprop
from prunebench_plugins.methods._curvature import (
    empirical_fisher,
    factor_of_hessian,
    gauss_newton,
    hutchinson,
)

IMAGES, SHAPE, CLASSES = 7, (2, 6, 6), 3


class Recurrent(nn.Module):
    """One linear layer used three times, between two that read six positions each."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(12, 4)
        self.again = nn.Linear(4, 4)
        self.last = nn.Linear(24, CLASSES)

    def forward(self, images):
        """Read the rows of an image as a sequence."""
        found = self.first(images.transpose(1, 2).flatten(2))
        for _ in range(3):
            found = torch.tanh(self.again(found))
        return self.last(found.flatten(1))


class SharedResidual(nn.Module):
    """One convolution used on two maps of different sizes, overwritten in place, and a shortcut."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.unused = nn.Linear(2, 2)
        self.fc = nn.Linear(2 * 36, CLASSES)

    def forward(self, images):
        """Add a pooled branch to an unpooled one."""
        fine = self.conv(images)
        coarse = self.relu(self.conv(F.avg_pool2d(images, 2)))
        fine += F.interpolate(coarse, scale_factor=2)
        return self.fc(self.relu(fine).flatten(1))


def plain():
    """Make a chain of convolution, batch norm, activations, pools and linear layers."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 3, 2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(3, 4),
        nn.Sequential(nn.BatchNorm1d(4), nn.Sigmoid(), nn.Identity()),
        nn.Linear(4, CLASSES),
    )


def blocks():
    """Make convolutions in blocks, strided, dilated, and padded with zeros in every way."""
    return nn.Sequential(
        nn.Conv2d(2, 4, (3, 5), groups=2, padding="same", dilation=(2, 1)),
        nn.Tanh(),
        nn.Conv2d(4, 4, 3, groups=4, stride=2, padding=(1, 2)),
        nn.Tanh(),
        nn.Conv2d(4, 6, 2, groups=2, padding="valid", stride=(1, 2)),
        nn.Flatten(),
        nn.Linear(24, CLASSES),
    )


def rows(first="circular", second="reflect"):
    """Make convolutions in one dimension, padded in two modes."""
    return nn.Sequential(
        nn.Flatten(1, 2),
        nn.Conv1d(12, 4, 3, groups=2, padding="same", padding_mode=first),
        nn.Tanh(),
        nn.Conv1d(4, 4, 2, stride=2, dilation=2, padding=1, padding_mode=second),
        nn.AvgPool1d(3),
        nn.Flatten(),
        nn.Linear(4, CLASSES),
    )


NETWORKS = (plain, blocks, rows, Recurrent, SharedResidual)


def built(make):
    """Build a network in double precision with unsettled batch norms; same values each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = make().double()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2.0)
                nn.init.uniform_(module.weight, 0.5, 1.5)
    return network.eval()


def drawn(count=IMAGES):
    """Draw images and labels."""
    draws = torch.Generator().manual_seed(1)
    images = torch.randn(count, *SHAPE, generator=draws, dtype=torch.float64)
    return images, torch.randint(CLASSES, (count,), generator=draws)


def subject_of(network, images, labels, loss=F.cross_entropy, seed=0):
    """Show a network with all its images to a method, four at a time."""
    layout = describe(deepcopy(network).float(), tuple(images.shape[1:]))
    names = [layer.name for layer in layout.prunable]
    return Subject(
        model=network,
        layout=layout,
        weights={name: network.get_parameter(f"{name}.weight").detach() for name in names},
        groups={},
        alive=Mask.full({layer.name: layer.shape for layer in layout.prunable}),
        keep=PerLayer({}),
        active=tuple(names),
        loss=loss,
        batches=lambda count: zip(images[:count].split(4), labels[:count].split(4), strict=True),
        samples=lambda layer, images, positions, *, original=False: iter(()),
        original=lambda: deepcopy(network),
        generator=torch.Generator().manual_seed(seed),
    )


def kernels_of(subject):
    """Give the kernels as a functional call takes them."""
    return {f"{name}.weight": weight for name, weight in subject.weights.items()}


def flat(diagonal):
    """Put a diagonal into one vector."""
    return torch.cat([part.flatten() for part in diagonal.values()])


@pytest.mark.parametrize("make", NETWORKS)
def test_gauss_newton_is_that_of_explicit_jacobians(make):
    """Per image diag(Jᵀ (diag(p) − p pᵀ) J), J by reverse mode over the whole network."""
    network, (images, labels) = built(make), drawn()
    subject = subject_of(network, images, labels)

    found = gauss_newton(subject, IMAGES, chunk=3)

    expected = {name: torch.zeros_like(weight) for name, weight in subject.weights.items()}
    jacobian = jacrev(lambda kernels, image: functional_call(network, kernels, image)[0])
    for image in images.split(1):
        chances = network(image)[0].detach().softmax(0)
        middle = chances.diag() - chances.outer(chances)
        for name, part in jacobian(kernels_of(subject), image).items():
            quadratic = torch.einsum("c...,cd,d...->...", part, middle, part)
            expected[name.removesuffix(".weight")] += quadratic / IMAGES
    assert set(found) == set(expected)
    for name, part in expected.items():
        torch.testing.assert_close(found[name], part, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("make", NETWORKS)
def test_empirical_fisher_squares_before_it_averages(make):
    """The mean over images of squared gradients, one image after the other."""
    network, (images, labels) = built(make), drawn()
    subject = subject_of(network, images, labels)

    found = empirical_fisher(subject, IMAGES, chunk=3)

    expected = {name: torch.zeros_like(weight) for name, weight in subject.weights.items()}
    for image, label in zip(images.split(1), labels.split(1), strict=True):
        network.zero_grad()
        F.cross_entropy(network(image), label).backward()
        for name in expected:
            slope = network.get_parameter(f"{name}.weight").grad
            expected[name] += 0 if slope is None else slope.square() / IMAGES
    for name, part in expected.items():
        torch.testing.assert_close(found[name], part, rtol=1e-9, atol=1e-13)


@given(chunk=st.integers(1, 12), make=st.sampled_from(NETWORKS))
@settings(max_examples=15, deadline=None)
def test_chunks_do_not_matter(chunk, make):
    """However many images are held at once, in single precision too."""
    network, (images, labels) = built(make).float(), drawn()
    subject = subject_of(network, images.float(), labels)

    for curvature in (gauss_newton, empirical_fisher):
        found, whole = curvature(subject, IMAGES, chunk), curvature(subject, IMAGES, IMAGES)
        scale = float(flat(whole).max())
        torch.testing.assert_close(flat(found), flat(whole), rtol=1e-5, atol=1e-7 * scale)


def test_only_the_asked_images_count():
    """Three of seven images give what those three alone give."""
    network, (images, labels) = built(plain), drawn()

    found = gauss_newton(subject_of(network, images, labels), 3, 50)
    alone = gauss_newton(subject_of(network, images[:3], labels[:3]), 1000, 50)

    assert torch.equal(flat(found), flat(alone))


def small():
    """Make a network with few enough weights for its whole Hessian."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, CLASSES))


def few():
    """Draw four images and labels for the small network."""
    images = torch.randn(4, 1, 1, 3, generator=torch.Generator().manual_seed(2))
    return images.double(), torch.tensor([0, 1, 2, 1])


def exact_hessian(network, subject, images, labels):
    """Differentiate the mean loss twice by all kernels at once."""
    sizes = [weight.numel() for weight in subject.weights.values()]

    def loss(vector):
        parts = vector.split(sizes)
        kernels = {
            f"{name}.weight": part.view(weight.shape)
            for part, (name, weight) in zip(parts, subject.weights.items(), strict=True)
        }
        return F.cross_entropy(functional_call(network, kernels, (images,)), labels)

    return jacrev(jacrev(loss))(flat(subject.weights))


def test_hutchinson_converges_to_the_exact_diagonal():
    """Within five standard errors; the variance of a draw is the sum of squares off the diagonal.

    All images in one chunk: with several the vectors differ and the error is smaller.
    """
    network = built(small)
    images, labels = few()
    subject = subject_of(network, images, labels)
    draws = 1500

    found = flat(hutchinson(subject, 4, 4, draws))

    matrix = exact_hessian(network, subject, images, labels).detach()
    variance = matrix.square().sum(1) - matrix.diag().square()
    assert bool(((found - matrix.diag()).abs() <= 5 * (variance / draws).sqrt() + 1e-12).all())
    assert float(matrix.diag().abs().mean()) > float((variance / draws).sqrt().mean())


def test_hutchinson_draws_from_the_subject():
    """Same generator state, same estimate; another one, another."""
    network, (images, labels) = built(plain), drawn()
    first, same, other = (
        flat(hutchinson(subject_of(network, images, labels, seed=seed), IMAGES, 3, 2))
        for seed in (0, 0, 1)
    )

    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_hutchinson_of_a_frozen_network():
    """A network whose parameters take no gradients is scored all the same."""
    network, (images, labels) = built(plain), drawn()
    trainable = flat(hutchinson(subject_of(network, images, labels), IMAGES, 3, 2))
    network.requires_grad_(False)

    assert torch.equal(
        flat(hutchinson(subject_of(network, images, labels), IMAGES, 3, 2)), trainable
    )
    assert float(flat(gauss_newton(subject_of(network, images, labels), IMAGES, 3)).sum()) > 0


def layer_jacobians(module, read):
    """Differentiate one layer's output by its input and its parameters, by reverse mode."""
    tensors = {name: value.detach() for name, value in module.named_parameters()} | {"read": read}

    def call(given):
        own = {name: value for name, value in given.items() if name != "read"}
        return functional_call(module, own, (given["read"].clone(),))

    return jacrev(call)(tensors)


@pytest.mark.parametrize("make", [plain, blocks, partial(rows, "zeros", "zeros"), small])
def test_lecun_backprop_is_the_product_of_squared_jacobians(make):
    """Per image and layer: curvature behind = (∂y/∂x)² ᵀ curvature ahead, Jacobians by autograd."""
    network = built(make)
    images, labels = few() if make is small else drawn(4)
    subject = subject_of(network, images, labels)

    found = lecun_backprop(subject, 4, chunk=3)

    expected = {name: torch.zeros_like(weight) for name, weight in subject.weights.items()}
    leaves = [(n, m) for n, m in network.named_modules() if not isinstance(m, nn.Sequential)]
    for image in images.split(1):
        reads = [image]
        for _, module in leaves:
            reads.append(module(reads[-1].clone()).detach())
        chances = reads[-1].softmax(1)
        ahead = chances * (1 - chances)
        for (name, module), read in zip(reversed(leaves), reversed(reads[:-1]), strict=True):
            jacobians = layer_jacobians(module, read)
            if name in expected:
                part = torch.tensordot(ahead, jacobians["weight"].square(), dims=ahead.dim())
                expected[name] += part / len(images)
            ahead = torch.tensordot(ahead, jacobians["read"].square(), dims=ahead.dim())
    for name, part in expected.items():
        torch.testing.assert_close(found[name], part, rtol=1e-9, atol=1e-15)


def test_lecun_backprop_sums_over_connections_that_share_a_weight():
    """A layer that stands twice in a chain: by hand, E = (u² x − t)² / 2 as a path of two edges.

    Ahead of the last layer the curvature is 1, so its edge gives (u x)², and the first u² x².
    """
    shared = nn.Linear(1, 1, bias=False)
    shared.weight.data.fill_(0.5)
    network = nn.Sequential(nn.Flatten(), shared, shared)
    images, targets = torch.full((1, 1, 1, 1), 3.0), torch.zeros(1, 1)

    subject = subject_of(network, images, targets, lambda z, t: (z - t).square().mean() / 2)

    assert float(lecun_backprop(subject, 1, 1)["1"]) == pytest.approx(2 * 0.25 * 9)
    # Jointly, ∂z/∂u = 2 u x, which the exact diagonal squares as one.
    assert float(gauss_newton(subject, 1, 1)["1"]) == pytest.approx((2 * 0.5 * 3) ** 2)


def chain(layer):
    """Put a layer behind a convolution with three channels."""
    return nn.Sequential(nn.Conv2d(2, 3, 1), layer)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (SharedResidual(), "the network, a SharedResidual, is none; use curvature=gn_diag"),
        (chain(nn.Sequential(nn.Softmax(1))), "'1.0', a Softmax, is none"),
        (chain(nn.AvgPool2d(2, padding=1)), "'1', a AvgPool2d, is none"),
        (chain(nn.AvgPool2d(2, ceil_mode=True)), "'1', a AvgPool2d, is none"),
        (chain(nn.AvgPool2d(2, divisor_override=3)), "'1', a AvgPool2d, is none"),
        (chain(nn.BatchNorm2d(3, track_running_stats=False)), "'1', a BatchNorm2d, is none"),
        (chain(nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect")), "'1', a Conv2d, is none"),
    ],
    ids=["module", "softmax", "padding", "ceil", "divisor", "norm", "reflect"],
)
def test_lecun_backprop_refuses_what_is_no_chain(module, message):
    """The message names the first module without a rule."""
    images, labels = drawn()

    with pytest.raises(IncompatibleError, match=message):
        lecun_backprop(subject_of(module.double().eval(), images, labels), IMAGES, 3)


def test_rows_that_are_no_images_are_refused():
    """Where rows of all images are mixed in the first dimension, nothing says whose they are."""

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Linear(6, CLASSES)

        def forward(self, images):
            return self.mix(images.flatten(0, 2)).view(len(images), 12, -1).sum(1)

    images, labels = drawn()

    with pytest.raises(IncompatibleError, match="'mix' reads 36 rows for 3 images"):
        gauss_newton(subject_of(Mixed().double(), images, labels), IMAGES, 3)


@given(scale=st.floats(0.0, 30.0), seed=st.integers(0, 99))
def test_closed_form_is_the_numerical_factor(scale, seed):
    """For softmax cross entropy, S Sᵀ = diag(p) − p pᵀ either way."""
    outputs = scale * torch.randn(4, 5, generator=torch.Generator().manual_seed(seed)).double()
    labels = torch.tensor([0, 1, 2, 3])

    closed = factor_of_hessian(F.cross_entropy, outputs, labels)
    numerical = factor_of_hessian(partial(F.cross_entropy), outputs, labels)

    torch.testing.assert_close(
        closed @ closed.transpose(1, 2), numerical @ numerical.transpose(1, 2), rtol=0, atol=1e-12
    )


def test_closed_form_keeps_small_chances():
    """Of a nearly certain output in single precision, p (1 − p) keeps its digits."""
    outputs = torch.tensor([[0.0, -20.0, -30.0]])

    factor = factor_of_hessian(F.cross_entropy, outputs, torch.tensor([0]))

    found = factor.double().square().sum(2)[0, 1:]
    expected = torch.tensor([-20.0, -30.0]).double().exp()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=0)


def test_negative_curvature_of_a_loss_is_left_out():
    """E = Σ_c a_c z_c² / 2 with a = (−1, 3) has the factor (0, √3)."""
    rates = torch.tensor([-1.0, 3.0])

    factor = factor_of_hessian(
        lambda z, _: (rates * z.square()).sum(1).mean() / 2, torch.zeros(2, 2), torch.zeros(2)
    )

    expected = torch.tensor([[0.0, 0.0], [0.0, 3.0]]).expand(2, 2, 2)
    torch.testing.assert_close(factor @ factor.transpose(1, 2), expected)
