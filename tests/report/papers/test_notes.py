from dataclasses import replace

import pytest

from prunebench.report.papers.table import Paper, paper_tables

STANDS = {
    "dataset": ["digits"],
    "model": ["mlp"],
    "stands_for": {"dataset": "CIFAR-10", "model": "VGG-16"},
}
REDUCED = {"tier": "t1", "parts": [STANDS]}


@pytest.fixture
def fill(make_layout):
    """Fill one published table with trials."""

    def fill_table(published, trials=(), experiment=STANDS, **layout):
        paper = Paper(make_layout(**layout), tuple(published), "Somebody 2019")
        (table,) = paper_tables(experiment, list(trials), [paper])
        return table

    return fill_table


@pytest.fixture
def make_seeds(make_row):
    """Give a factory of one trial per accuracy, seeds from 0."""

    def make(*accuracies, **given):
        common = {"protocol": "ticket", "target": "0.8"} | given
        return [
            make_row(seed=seed, test_accuracy_last=accuracy, **common)
            for seed, accuracy in enumerate(accuracies)
        ]

    return make


def test_marks_say_how_far_a_number_can_be_trusted(fill, make_published):
    """Numbers in reading order; equal footnotes share one; disagreeing sources are told."""
    published = [
        make_published(standing="second-hand", footnote="a copy error"),
        make_published(protocol="random", standing="memory"),
        make_published(target="0.6", printed="40%", footnote="read otherwise"),
        make_published(target="0.6", printed="40%", mean="93.70", standing="memory", source="M"),
        make_published(target="0.6", printed="40%", protocol="random", footnote="a copy error"),
    ]
    table = fill(published, rows=["printed"], columns=["ticket", "random"])

    assert [(row[2].marks, row[5].marks) for row in table.rows] == [
        ("† [1]", "‡"),
        ("[2] [3]", "[1]"),
    ]
    assert table.footnotes == (
        "† quoted by others, not read in the publication itself.",
        "‡ from memory, never a gate.",
        "[1] a copy error",
        "[2] read otherwise",
        "[3] 93.70 in: M.",
        "Read in: A paper; M.",
    )


def test_numbers_of_runs_stand_beside_what_differs(fill, make_published):
    """A caption can only tell what all have in common."""
    same = [make_published(), make_published(protocol="random")]
    other = [same[0], replace(same[1], n="")]

    assert "Theirs: Somebody 2019, 5 runs each." in fill(same).caption
    assert "number of runs n beside each" in fill(other).caption
    assert [cell.note for cell in fill(other).rows[0] if "(" in cell.text] == [
        "n = 5",
        "n not stated",
    ]


def test_a_reduced_tier_says_so(fill, make_published, make_seeds):
    """It stands for the paper's network and tests nothing of it; the full one is no stand-in."""
    sentence = (
        "Reduced tier t1: mlp on digits stands for VGG-16 on CIFAR-10; differences to the paper "
        "are not a test of it."
    )
    trials = make_seeds(0.9)

    assert fill([make_published()], trials, REDUCED).caption.endswith(sentence)
    assert fill([make_published()], trials, REDUCED | {"tier": "t2"}).caption.endswith(
        "mlp on digits stands for VGG-16 on CIFAR-10."
    )
    assert fill([make_published()], [], REDUCED).caption.endswith("Ours: nothing of it was run.")


def test_what_ours_are_in_full_is_told_below(fill, make_published, make_seeds):
    """Settings that a heading does not say, and footnotes of the layout before them."""
    labels = {"protocol": "random[scale=sparse-he]", "method": "magnitude[scope=global]"}
    trials = make_seeds(0.9, **labels, protocol_id="random", method_id="magnitude")
    table = fill(
        [make_published(protocol="random")],
        trials,
        footnotes=["an erratum"],
        headings={"random": "Random init"},
    )

    assert table.footnotes[:2] == (
        "an erratum",
        "Of ours, Random init is random[scale=sparse-he] and the method is "
        "magnitude[scope=global].",
    )


def test_the_smallest_difference_that_the_seeds_detect_is_told(fill, make_published, make_seeds):
    """Differences 1, 2 and 3 points have deviation 1.

    The non-central t with 2 degrees of freedom exceeds 4.303 with probability 0.8 at 5.65, so a
    paired t test of three seeds finds 5.65 / sqrt(3) = 3.26 deviations.
    """
    trials = [
        *make_seeds(0.91, 0.92, 0.93),
        *make_seeds(0.90, 0.90, 0.90, protocol="random"),
    ]
    table = fill([make_published()], trials)

    assert any("3.26 points, on every line" in note for note in table.footnotes)
