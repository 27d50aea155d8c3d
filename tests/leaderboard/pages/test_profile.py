"""What is kept of each layer, side by side."""

import pytest

from prunebench.bundle.document import LayerCount
from prunebench.leaderboard.pages.profile import profile


def layers(*kept, size=100):
    """Give the layers a, b, ... of a trial."""
    return tuple(LayerCount(name, size, number) for name, number in zip("abc", kept, strict=False))


def test_layers_stand_by_compression():
    """Mean over seeds, and each seed where they differ; the order is the network's."""
    found = profile([[layers(50, 20), layers(50, 40)], [layers(10, 10), layers(10, 10)]])

    assert [line.name for line in found] == ["a", "b"]
    assert [(cell.mean, cell.shares) for cell in found[0].cells] == [(0.5, ()), (0.1, ())]
    assert found[1].cells[0].mean == pytest.approx(0.3)
    assert found[1].cells[0].shares == (0.2, 0.4)


def test_layers_of_other_networks_stay_apart():
    """One name with two sizes is two lines, each with a gap."""
    found = profile([[layers(50)], [layers(5, size=10)]])

    assert [(line.size, [cell is None for cell in line.cells]) for line in found] == [
        (100, [False, True]),
        (10, [True, False]),
    ]


def test_an_empty_layer_divides_by_nothing():
    """A layer without weights keeps nothing."""
    (line,) = profile([[layers(0, size=0)]])

    assert line.cells[0].mean == 0.0


def test_without_layers_there_is_no_profile():
    """As for dense networks."""
    assert profile([[(), ()]]) == ()
