"""A claim's verdict follows from those of its tests."""

import pytest

from prunebench.claims.claim import Entry, Test
from prunebench.claims.conclusion import concluded
from prunebench.claims.finding import Finding


def finding(verdict, *, decides=True, **given):
    """Make a finding of which only the verdict matters."""
    test = Test("superior", given.pop("quantity", "accuracy"), {}, **given)
    return Finding(test, "a test", verdict, decides=decides)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["CONFIRMED", "CONFIRMED"], "CONFIRMED"),
        (["CONFIRMED", "INCONCLUSIVE"], "INCONCLUSIVE"),
        (["CONFIRMED", "REFUTED"], "REFUTED"),
        (["INCONCLUSIVE", "REFUTED"], "REFUTED"),
        (["NOT RUN", "NOT RUN"], "NOT RUN"),
        (["NOT RUN", "CONFIRMED"], "INCONCLUSIVE"),
        (["NOT RUN", "REFUTED"], "REFUTED"),
        (["CONSISTENT", "CONSISTENT"], "CONSISTENT"),
        (["CONSISTENT", "CONFIRMED"], "CONSISTENT"),
        (["CONSISTENT", "CONTRADICTED"], "CONTRADICTED"),
        (["CONSISTENT", "INCONCLUSIVE"], "INCONCLUSIVE"),
        ([], "NOT RUN"),
    ],
)
def test_all_deciding_tests_count(words, expected):
    """Confirmed if all are, refuted if any is, else open."""
    assert concluded(Entry(()), [finding(word) for word in words])[0] == expected


def test_descriptions_alone_give_a_report():
    """Nothing was to be decided."""
    assert concluded(Entry((), note="n"), [finding("REPORTED", decides=False)]) == (
        "REPORTED",
        ("n",),
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["CONFIRMED", "REFUTED"], "CONFIRMED"),
        (["INCONCLUSIVE", "REFUTED"], "INCONCLUSIVE"),
        (["REFUTED", "REFUTED"], "REFUTED"),
        (["NOT RUN", "CONFIRMED"], "CONFIRMED"),
    ],
)
def test_of_alternatives_the_best_counts(words, expected):
    """One success is enough, and only if all are refuted the set is."""
    found = [finding(word, one_of="some level") for word in words]

    assert concluded(Entry(()), [finding("CONFIRMED"), *found])[0] == expected


def test_sets_of_alternatives_are_apart():
    """Each of them needs a success of its own."""
    found = [finding("CONFIRMED", one_of="a"), finding("INCONCLUSIVE", one_of="b")]

    assert concluded(Entry(()), found)[0] == "INCONCLUSIVE"


CONTROL = {"otherwise": "explained by the init scale", "primary": False}


@pytest.mark.parametrize(
    ("main", "control", "expected"),
    [
        ("CONFIRMED", "CONFIRMED", ("CONFIRMED", ())),
        ("CONFIRMED", "INCONCLUSIVE", ("INCONCLUSIVE", ("explained by the init scale",))),
        ("CONFIRMED", "REFUTED", ("INCONCLUSIVE", ("explained by the init scale",))),
        ("CONFIRMED", "NOT RUN", ("INCONCLUSIVE", ("its control was not run: a test",))),
        ("INCONCLUSIVE", "INCONCLUSIVE", ("INCONCLUSIVE", ())),
        ("REFUTED", "INCONCLUSIVE", ("REFUTED", ())),
    ],
)
def test_a_control_must_hold_for_a_claim_to_be_confirmed(main, control, expected):
    """Its text is the remark where it alone fails; where its like fail too, it explains nothing."""
    found = [finding(main), finding(control, decides=False, **CONTROL)]

    assert concluded(Entry(()), found) == expected


def test_a_control_is_held_against_its_like_alone():
    """Tests of another quantity do not keep its text back."""
    found = [
        finding("CONFIRMED"),
        finding("INCONCLUSIVE", decides=False, quantity="log_early_stop"),
        finding("REFUTED", decides=False, **CONTROL),
    ]

    assert concluded(Entry(()), found)[1] == ("explained by the init scale",)
