"""The checks of models: each fails for a model that breaks the one rule it guards."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Span
from prunebench.errors import ContractError, IncompatibleError
from prunebench.testing import check_model, checks_for
from prunebench.testing.networks import layers


def chain(network, size=4, offset=0, reader="conv2", name="conv1"):
    """Declare the first group of the small network, or a wrong one."""
    return (
        ChannelGroup(name, size, (Span("conv1", offset),), (Span("bn1", offset),), (Span(reader),)),
    )


class Small(Model):
    """The tiny network of the checks, for 6x6 images or larger ones (Nobody 2020)."""

    name = "small"
    paper = "Nobody 2020"

    def build(self, shape, classes):
        """Refuse grey images."""
        if shape[0] == 1:
            msg = "small takes colour images; use others."
            raise IncompatibleError(msg)
        modules = layers()
        modules["conv1"] = nn.Conv2d(shape[0], 4, 3, padding=1, bias=False)
        modules["pool"] = nn.AdaptiveMaxPool2d(3)
        modules["fc"] = nn.Linear(54, classes)
        return nn.Sequential(modules)

    def groups(self, network):
        """Declare both groups."""
        second = ChannelGroup("conv2", 6, (Span("conv2"),), (Span("bn2"),), (Span("fc", repeat=9),))
        return (*chain(network), second)


class Hashed(Small):
    """A network whose modules are named by hashes, which differ from process to process."""

    name = "hashed"

    def build(self, shape, classes):
        """Name the network by a hash."""
        inner = super().build(shape, classes)
        return nn.Sequential(OrderedDict({f"n{hash('conv1')}": inner}))

    def groups(self, network):
        """Declare none."""
        return ()


def test_good_model_passes():
    """A model that takes some of the usual images conforms."""
    check_model(Small)


def broken(**body):
    """Derive a model that breaks a rule."""
    return type("Broken", (Small,), {"__doc__": "Break a rule.", **body})


class Late(nn.Sequential):
    """A network with a buffer that meta tensors make larger."""

    def __init__(self, inner):
        super().__init__(inner)
        size = 2 if inner.conv1.weight.device.type == "meta" else 1
        self.register_buffer("extra", torch.zeros(size))


class Counter:
    """A name that changes."""

    calls = 0

    @classmethod
    def following(cls):
        """Give the next name."""
        cls.calls += 1
        return f"inner{cls.calls}"


def globally(self, network, generator):
    """Draw from the global generator."""
    for parameter in network.parameters():
        nn.init.normal_(parameter)


def keeps_norms(self, network, generator):
    """Leave batch norms and biases as they are."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.normal_(module.weight, generator=generator)


def skips_last(self, network, generator):
    """Give the last kernel no random values."""
    fixed = torch.ones_like(network.fc.weight)
    Small.initialise(self, network, generator)
    with torch.no_grad():
        network.fc.weight.copy_(fixed)


class Counts(nn.Sequential):
    """A network that computes something else when it is narrower."""

    def forward(self, images):
        """Add the width to every score."""
        return super().forward(images) + self.conv1.out_channels


def counting(self, shape, classes):
    """Build such a network."""
    return Counts(OrderedDict(Small().build(shape, classes).named_children()))


BROKEN = [
    (
        "builds_without_storage",
        broken(build=lambda self, *given: Late(Small().build(*given))),
    ),
    (
        "state_names_repeat",
        broken(
            build=lambda self, *given: nn.ModuleDict({Counter.following(): Small().build(*given)})
        ),
    ),
    ("forward", broken(build=lambda self, shape, classes: Small().build(shape, classes + 1))),
    ("initialise_repeats", broken(initialise=globally)),
    ("initialise_repeats", broken(initialise=keeps_norms)),
    ("redraw_changes_every_kernel", broken(initialise=skips_last)),
    ("groups_fit", broken(groups=lambda self, network: chain(network, size=5))),
    ("groups_fit", broken(groups=lambda self, network: chain(network, size=0))),
    ("groups_fit", broken(groups=lambda self, network: chain(network, offset=2))),
    ("groups_fit", broken(groups=lambda self, network: chain(network, reader="conv7"))),
    ("groups_fit", broken(groups=lambda self, network: chain(network) * 2)),
    ("groups_fit", broken(groups=lambda self, n: chain(n) + chain(n, name="again"))),
    (
        "cut_equals_masked",
        broken(build=counting),
    ),
    ("groups_cover", broken(groups=lambda self, network: chain(network))),
    ("reload", Hashed),
    ("identity", broken(name="Large")),
]


@pytest.mark.parametrize(("name", "owner"), BROKEN)
def test_each_check_can_fail(name, owner):
    """A model that breaks one rule fails the check that guards it."""
    [check] = [check for check in checks_for(owner) if check.name == name]

    with pytest.raises(ContractError):
        check()


def test_every_check_is_seen_to_fail():
    """No check of models is without a model that breaks its rule."""
    found = {check.name for check in checks_for(Small)} - {"settings"}

    assert found == {name for name, _ in BROKEN}


def test_model_without_usual_images():
    """A model that takes none of the usual images says so."""

    def refuse(self, shape, classes):
        msg = "no."
        raise IncompatibleError(msg)

    with pytest.raises(ContractError, match="takes none of the usual images"):
        check_model(broken(build=refuse))
