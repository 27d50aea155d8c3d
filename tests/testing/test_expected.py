"""Checks that are expected to fail: with a reason, and strictly."""

import pytest
import torch

from prunebench.errors import ContractError
from prunebench.testing import check_method, checks_for, parametrize_with_checks
from prunebench.testing.stand_ins import Smallest


def derived(**body):
    """Derive a method."""
    return type("Derived", (Smallest,), {"name": "derived", "__doc__": "Derive.", **body})


def by_position(self, subject):
    """Score by position, not by content."""
    return {
        name: torch.arange(w.numel()).view(w.shape) * 1.0 for name, w in subject.weights.items()
    }


def reasons(owner):
    """Give the reasons of a method's checks by name, where there are any."""
    return {check.name: check.reason for check in checks_for(owner) if check.reason}


def test_a_plugin_says_itself_what_cannot_hold():
    """The class attribute gives the reason, and the method passes as a whole."""
    owner = derived(score=by_position, expected_to_fail={"permutation": "places matter"})

    check_method(owner)
    assert reasons(owner) == {"permutation": "places matter"}


def test_what_is_expected_to_fail_must():
    """A check that holds against its plugin's word fails the method, and names the reason."""
    owner = derived(expected_to_fail={"permutation": "places matter"})

    with pytest.raises(ContractError, match=r"it is expected to fail \(places matter"):
        check_method(owner)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"permutations": "places matter"}, "did you mean 'permutation'"),
        ({"permutation": " "}, "gives no reason"),
        (["permutation"], "must map names of checks to reasons"),
    ],
)
def test_a_reason_must_be_one(said, message):
    """Unknown checks, empty reasons and lists without any are refused at once."""
    with pytest.raises(ContractError, match=message):
        checks_for(derived(expected_to_fail=said))


def test_reasons_from_outside_are_for_one_or_all():
    """A reason is given for a check of every item, or for one item's alone."""
    given = {"float64": "for all", "derived-reload": "for one"}
    cases = parametrize_with_checks([derived(), Smallest], given).mark.args[1]
    marked = {case.id: case.marks[0].kwargs["reason"] for case in cases if case.marks}

    assert marked == {
        "derived-float64": "for all",
        "smallest-float64": "for all",
        "derived-reload": "for one",
    }


def test_a_typing_error_from_outside_is_refused():
    """A reason for a check that there is not is an error, and not ignored."""
    with pytest.raises(ContractError, match="is no check; did you mean 'float64'"):
        parametrize_with_checks([Smallest], {"float65": "a slip"})
