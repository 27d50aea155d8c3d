"""What a method gets for nothing."""

import pytest
import torch

from prunebench.api import (
    ChannelGroup,
    Density,
    Granularity,
    Method,
    PerLayer,
    Regularizer,
    Round,
    setting,
)
from prunebench.errors import SpecError
from prunebench.testing.tiny import make_subject, tiny_layout, tiny_network


class Plain(Method):
    """The least a method can be."""

    name = "plain"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        """Score by value."""
        return dict(subject.weights)


class Careful(Plain):
    """A method with a floor, for channels."""

    granularity = Granularity.CHANNEL
    min_keep: int = setting(3, "channels that stay")


def test_one_round_at_the_target():
    """Half of each layer's 72, 216 and 162 weights, in one round."""
    assert Plain().schedule(tiny_layout(), Density(0.5)) == (
        Round(PerLayer({"conv1": 36, "conv2": 108, "fc": 81})),
    )


def test_floors():
    """Weights have no floor of their own, channels keep one, and a setting raises it."""
    floors = [Plain().floor, Careful(min_keep=0).floor, Careful().floor]

    assert floors == [0, 1, 3]


def test_a_negative_floor_is_refused():
    """Fewer than no units cannot stay."""
    with pytest.raises(SpecError, match=r"\[min_keep\] must be at least 0, got -3"):
        _ = Careful(min_keep=-3).floor


def test_a_floor_holds_in_the_schedule():
    """With three channels of each group kept for certain, a twentieth of the units is three."""
    [only] = Careful().schedule(tiny_layout(), Density(0.05, "units"))

    assert only.keep == PerLayer({"conv1": 3, "conv2": 3})


@pytest.mark.parametrize("coupled", [True, False])
def test_residual_streams_are_left_alone(coupled):
    """Only groups that are not coupled are in play unless a method asks for more."""
    group = ChannelGroup("stream", 4, (), (), (), coupled=coupled)

    assert Plain().applies_to(group) is not coupled


def test_nothing_is_added_or_repaired():
    """No penalty of its own, no new weights."""
    network = tiny_network()

    assert Plain().regularizer() is None
    assert Plain().reconstruct(make_subject(network), {}) is None


def test_a_method_without_scores_cannot_be_made():
    """Scoring is the one thing that is needed."""

    class Idle(Method):
        """Nothing."""

        name = "idle"
        paper = "Nobody 2020"
        granularity = Granularity.WEIGHT

    with pytest.raises(TypeError, match="score"):
        Idle()


def test_a_regularizer_does_nothing_unless_told():
    """No penalty, no step; its settings are a frozen value."""

    class Lazy(Regularizer):
        """Nothing, with a strength."""

        strength: float = setting(0.1, "how much")

    network = tiny_network()
    before = [parameter.clone() for parameter in network.parameters()]

    Lazy().attach(network, ())
    Lazy().after_step(network, (), 0.1)
    Lazy().fold(network, ())

    assert Lazy().penalty(network, ()) is None
    assert Lazy(strength=0.1) == Lazy()
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
