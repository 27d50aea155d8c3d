import pytest
from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.compare import (
    compare_methods,
    declaration,
    outcome_of,
)
from prunebench.statistics.interval import summarise
from prunebench.statistics.multiplicity import holm

ACCURACY = "test_accuracy_last"
BASE = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96]
GAINS = [0.010, 0.014, 0.012, 0.011, 0.013, 0.015, 0.009]
NOISE = [0.01, -0.01, 0.02, -0.02, 0.01, -0.01, 0.0]


def shifted(gains, n=7):
    """Add differences to the accuracies of the reference."""
    return [base + gain for base, gain in zip(BASE[:n], gains[:n], strict=True)]


def test_methods_are_compared_with_the_reference(make_frame):
    """Seven seeds: a gain in all is 2/128 two-sided, times two comparisons; noise is a tie."""
    frame = make_frame(
        (BASE, {}),
        (shifted(GAINS), {"method": "obd"}),
        (shifted(NOISE), {"method": "random"}),
    )

    gain, noise = compare_methods(frame, ACCURACY, "magnitude")

    assert (gain.method, gain.reference, gain.test, gain.outcome) == (
        "obd",
        "magnitude",
        "exact sign-flip",
        "better",
    )
    assert gain.cell == {
        "dataset": "digits",
        "model": "mlp",
        "recipe": "smoke",
        "protocol": "finetune",
        "target": "0.5",
    }
    assert (gain.p, gain.adjusted_p, gain.tests) == (2 / 128, 4 / 128, 2)
    assert gain.result.alternative == "two-sided"
    assert gain.result.mean == pytest.approx(0.012)
    assert gain.effect == pytest.approx(0.012 / gain.result.sd)
    assert (noise.method, noise.outcome, noise.lost) == ("random", "tie", ())


def test_a_loss_is_worse_and_for_losses_better(make_frame):
    """The direction that is good is said by the caller."""
    frame = make_frame((shifted(GAINS), {}), (BASE, {"method": "obd"}))

    (accuracy,) = compare_methods(frame, ACCURACY, "magnitude")
    (loss,) = compare_methods(frame, ACCURACY, "magnitude", lower_is_better=True)

    assert (accuracy.outcome, loss.outcome) == ("worse", "better")


def test_five_seeds_never_claim_an_exact_p(make_frame):
    """Two-sided, the exact test of five seeds stops at 0.0625; t is used, and it is said."""
    frame = make_frame((BASE[:5], {}), (shifted(GAINS, 5), {"method": "obd"}))
    wanted = stats.ttest_rel(shifted(GAINS, 5), BASE[:5]).pvalue

    (found,) = compare_methods(frame, ACCURACY, "magnitude")

    assert (found.test, found.outcome) == ("t", "better")
    assert found.p == pytest.approx(wanted)
    assert found.result.p == 0.0625


def test_six_seeds_use_the_exact_test(make_frame):
    """All six gain: 2/64."""
    frame = make_frame((BASE[:6], {}), (shifted(GAINS, 6), {"method": "obd"}))

    (found,) = compare_methods(frame, ACCURACY, "magnitude")

    assert (found.test, found.p, found.outcome) == ("exact sign-flip", 2 / 64, "better")


def test_beyond_twenty_seeds_the_patterns_are_drawn(make_frame):
    """The table must not call that exact."""
    frame = make_frame(([0.5] * 21, {}), ([0.6, 0.7, 0.8] * 7, {"method": "obd"}))

    (found,) = compare_methods(frame, ACCURACY, "magnitude")

    assert found.test == "random sign-flip"


@pytest.mark.parametrize(("n", "test"), [(3, "exact sign-flip"), (7, "exact sign-flip")])
def test_equal_results_are_ties(make_frame, n, test):
    """The same accuracies, and the same gain in three seeds where t is undefined."""
    frame = make_frame(
        (BASE[:n], {}),
        (BASE[:n], {"method": "obd"}),
        ([base + 0.01 for base in BASE[:3]], {"method": "lasso"}),
    )

    same, gain = compare_methods(frame, ACCURACY, "magnitude")

    assert (same.outcome, same.p, same.test, same.effect) == ("tie", 1, test, None)
    assert (gain.outcome, gain.p, gain.effect) == ("tie", 0.25, None)


def test_an_interval_that_includes_0_is_a_tie_whatever_p_says():
    """One large difference among small ones: the interval decides too."""
    assert outcome_of(summarise([1.0, 1.1, 0.9])) == "better"
    assert outcome_of(summarise([-1.0, -1.1, -0.9])) == "worse"
    assert outcome_of(summarise([1.0, 1.1, 0.9]), lower_is_better=True) == "worse"
    assert outcome_of(summarise([1.0, -1.0, 0.5])) == "tie"
    assert outcome_of(summarise([1.0])) == "untested"
    assert outcome_of(summarise([])) == "untested"


def test_families_are_adjusted_apart(make_frame):
    """Two targets of one protocol are a family of two; the other protocol is one of its own."""
    cells = [("finetune", "0.5"), ("finetune", "0.2"), ("ticket", "0.5")]
    gains = [GAINS, [*GAINS[:6], -0.001], GAINS]
    frame = make_frame(
        *[(BASE, {"protocol": p, "target": t}) for p, t in cells],
        *[
            (shifted(gain), {"protocol": p, "target": t, "method": "obd"})
            for (p, t), gain in zip(cells, gains, strict=True)
        ],
    )

    found = compare_methods(frame, ACCURACY, "magnitude")
    by_place = {(one.cell["protocol"], one.cell["target"]): one for one in found}
    family = [by_place["finetune", "0.5"], by_place["finetune", "0.2"]]
    alone = by_place["ticket", "0.5"]

    assert [one.adjusted_p for one in family] == holm([one.p for one in family])
    assert [one.tests for one in family] == [2, 2]
    assert (alone.adjusted_p, alone.tests) == (alone.p, 1)


def test_what_is_significant_alone_may_be_a_tie_in_its_family(make_frame):
    """Six seeds reach 2/64; times two that is more than 0.05."""
    frame = make_frame(
        (BASE[:6], {}),
        (shifted(GAINS, 6), {"method": "obd"}),
        (shifted(GAINS, 6), {"method": "lasso"}),
    )

    found = compare_methods(frame, ACCURACY, "magnitude")

    assert [(one.adjusted_p, one.outcome) for one in found] == [(4 / 64, "tie")] * 2
    assert all(one.result.low > 0 for one in found)


def test_one_seed_is_untested(make_frame):
    """A single difference is shown and decides nothing."""
    frame = make_frame(([0.5], {}), ([0.9], {"method": "obd"}))

    (found,) = compare_methods(frame, ACCURACY, "magnitude")

    assert (found.outcome, found.result.n) == ("untested", 1)


def test_a_method_without_a_number_is_counted(make_frame):
    """All its seeds are lost; its p is missing, and the family still has two tests."""
    frame = make_frame(
        (BASE, {}), ([None] * 7, {"method": "sss"}), (shifted(GAINS), {"method": "obd"})
    )

    lost, gain = compare_methods(frame, ACCURACY, "magnitude")

    assert (lost.result, lost.p, lost.adjusted_p, lost.outcome) == (None, None, None, "untested")
    assert lost.lost == tuple(range(7))
    assert (gain.adjusted_p, gain.tests) == (4 / 128, 2)


def test_controls_and_the_dense_network_are_no_methods(make_frame):
    """They are compared with nothing, even where they share the coordinates."""
    frame = make_frame(
        (BASE, {}),
        (BASE, {"method": "magnitude like obd", "control_of": "obd"}),
        (BASE, {"method": "dense", "protocol": "dense", "target": ""}),
    )

    assert compare_methods(frame, ACCURACY, "magnitude") == []


def test_a_cell_without_the_reference_is_left_out(make_frame):
    """There is nothing to subtract at 0.2."""
    frame = make_frame(
        (BASE, {}), (BASE, {"method": "obd"}), (BASE, {"method": "obd", "target": "0.2"})
    )

    assert [one.cell["target"] for one in compare_methods(frame, ACCURACY, "magnitude")] == ["0.5"]


def test_an_absent_reference_is_refused(make_frame):
    """The methods that are there are named."""
    frame = make_frame((BASE, {"method": "obd"}))

    with pytest.raises(SpecError, match="'magnitude'; there are obd"):
        compare_methods(frame, ACCURACY, "magnitude")


def test_what_was_done_is_said():
    """Alternative, tests, family and ties are all in the words."""
    said = declaration("magnitude", alpha=0.01)

    assert "minus magnitude" in said
    assert "two-sided" in said
    assert "t below six seeds" in said
    assert "dataset, model, recipe, protocol" in said
    assert "exceeds 0.01" in said
