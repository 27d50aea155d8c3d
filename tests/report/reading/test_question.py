"""The sentence that says what was asked: every axis of the experiment, no more than needed."""

import pytest

from prunebench.report.grid import grids
from prunebench.report.reading.question import asked


@pytest.fixture
def ask(make_row):
    """Give the sentence of some rows, given by what they have."""
    return lambda *given: asked({}, grids([make_row(**one) for one in given], {}))


def test_what_is_compared_comes_first(ask):
    """Methods, or protocols of the only method, or neither."""
    methods = ask({"method": "obd"}, {"method": "sss"})
    protocols = ask({"protocol": "ticket"}, {"protocol": "random"})

    assert methods.startswith("This run compares 2 pruning methods (obd and sss) under the retrai")
    assert protocols.startswith(
        "This run compares 2 retraining protocols (random and ticket) after"
    )
    assert ask({}).startswith("This run prunes by magnitude and retrains by finetune, with mlp on")


def test_many_sizes_are_told_by_their_ends(ask):
    """Three are listed, four are a range; each kind of target on its own, plans by name."""
    fractions = [{"target": target} for target in ("0.1", "0.5", "0.25", "0.8")]
    units = {"target": "0.5 of units", "target_of": "units"}

    assert "keeping 50 %, 25 % and 10 % of the prunable weights, on" in ask(*fractions[:3])
    assert "keeping 80 % to 10 % (4 sizes) of the prunable weights, on" in ask(*fractions)
    assert "keeping 50 % of the units and what vgg16-a says, on" in ask(
        units, {"target": "vgg16-a"}
    )
