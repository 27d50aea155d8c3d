"""What a method sees, and what it cannot see where its scores serve every density."""

import pytest

from prunebench.contracts.subject import Subject, without_quota
from prunebench.errors import ContractError
from prunebench.testing.tiny import make_subject, tiny_network


@pytest.fixture
def subject():
    """Show the tiny network to a method."""
    return make_subject(tiny_network())


@pytest.mark.parametrize("name", ["keep", "active"])
def test_what_a_round_keeps_cannot_be_asked(subject, name):
    """The error names the method, what it read, and what to change."""
    with pytest.raises(
        ContractError,
        match=rf"^mine: score\(\) reads subject\.{name}, .*leave that declaration out",
    ):
        getattr(without_quota(subject, "mine"), name)


def test_all_the_rest_is_the_same(subject):
    """Whatever else a method may look at is the very object."""
    blind = without_quota(subject, "mine")
    names = [name for name in vars(subject) if name not in ("keep", "active")]

    assert isinstance(blind, Subject)
    assert all(getattr(blind, name) is getattr(subject, name) for name in names)
