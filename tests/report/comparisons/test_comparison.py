"""Which differences the seeds support, by hand: 1, 2 and 3 points over three seeds."""

from dataclasses import replace

import pytest

from prunebench.report.comparisons.comparison import (
    DENSE,
    Contrasts,
    against_reference,
    between_protocols,
    detectable,
    protocol_pairs,
    reference_of,
)
from prunebench.report.comparisons.comparison_tables import (
    matrix_table,
    p_text,
    protocol_table,
    reference_table,
)

HEADINGS = [
    "Method",
    "Target",
    "Protocol",
    "Difference",
    "95 % interval",
    "Seeds",
    "Effect",
    "p",
    "p (Holm)",
    "Detectable",
    "Outcome",
]


def texts(table):
    """Give the cells of a table as text."""
    return [[str(cell) for cell in row] for row in table.rows]


@pytest.fixture
def make_cell(make_row):
    """Give rows of one method with one accuracy per seed."""

    def make(accuracies, **given):
        return [
            make_row(seed=seed, test_accuracy_last=value, **given)
            for seed, value in enumerate(accuracies)
        ]

    return make


@pytest.fixture
def three(make_cell):
    """Give magnitude, and obd 1, 2 and 3 points above it."""
    return [*make_cell([0.90, 0.90, 0.91]), *make_cell([0.91, 0.92, 0.94], method="obd")]


@pytest.fixture
def tested(make_grid):
    """Give a factory of networks whose differences are tested, from rows."""
    return lambda rows, **asked: Contrasts(make_grid(rows, **asked))


def test_a_difference_by_hand(three, tested):
    """Mean 2, sd 1, se 0.577, t(2) 4.303: -0.48 to 4.48; t = 3.46 gives p 0.074, effect 2.

    Three seeds with sd 0.2 detect 0.65 (to two digits), so those with sd 1 detect 3.23 to 3.28.
    """
    table = reference_table(tested(three))
    (line,) = texts(table)

    assert [column.title for column in table.columns] == HEADINGS
    assert line[:9] == [
        "obd",
        "0.5",
        "finetune",
        "+2.00",
        "−0.48 to +4.48",
        "3",
        "2.00",
        "0.074",
        "0.074",
    ]
    assert 3.23 <= float(line[9]) <= 3.28
    assert line[10] == "tie"
    assert "Differences are method minus magnitude, paired by seed" in table.remark
    assert f"(80 % power): {line[9]} to {line[9]} points, median {line[9]}." in table.remark
    assert "Test used: t." in table.remark


def test_six_seeds_use_the_exact_test(make_cell, tested):
    """All six signs agree, which 2 of 64 patterns do: p = 0.03125, and obd is better."""
    better = [0.91, 0.92, 0.93, 0.91, 0.92, 0.93]
    rows = [*make_cell([0.9] * 6), *make_cell(better, method="obd")]
    table = reference_table(tested(rows))
    (line,) = texts(table)

    assert (line[3], line[7], line[10]) == ("+2.00", "0.031", "better")
    assert "Test used: exact sign-flip." in table.remark


def test_holm_counts_every_cell_of_a_protocol(make_cell, tested):
    """Two targets under one protocol: the smaller p of the two is doubled; ticket is apart."""
    better = [0.91, 0.92, 0.93, 0.91, 0.92, 0.93]
    rows = [
        row
        for target, protocol in (("0.5", "finetune"), ("0.2", "finetune"), ("0.5", "ticket"))
        for row in (
            *make_cell([0.9] * 6, target=target, protocol=protocol),
            *make_cell(better, method="obd", target=target, protocol=protocol),
        )
    ]
    lines = texts(reference_table(tested(rows, protocols=["finetune", "ticket"])))

    assert [[*line[1:3], *line[7:9], line[10]] for line in lines] == [
        ["0.5", "finetune", "0.031", "0.062", "tie"],
        ["0.5", "ticket", "0.031", "0.031", "better"],
        ["0.2", "finetune", "0.031", "0.062", "tie"],
    ]


def test_the_reference_is_magnitude_the_first_method_or_dense(make_row, make_grid):
    """By id and not by label; a single method is held against the dense network."""
    scoped = make_row(method="magnitude[scope=global]", method_id="magnitude")
    others = [make_row(method="obd"), make_row(method="l1filter")]
    asked = {"methods": ["obd", "l1filter"]}

    assert reference_of(make_grid([*others, scoped])) == "magnitude[scope=global]"
    assert reference_of(make_grid(others, **asked)) == "obd"
    assert reference_of(make_grid([scoped])) == DENSE


def test_a_single_method_is_subtracted_from_its_dense_network(make_cell, make_dense, tested):
    """Half a point above dense in both seeds; without dense there is nothing to compare."""
    dense = [make_dense(seed=seed, test_accuracy_last=0.9) for seed in (0, 1)]
    pruned = make_cell([0.905, 0.905])
    (line,) = texts(reference_table(tested([*pruned, *dense])))

    assert line[3] == "+0.50"
    assert reference_table(tested(pruned)) is None


def test_equal_differences_claim_no_precision(make_cell, tested):
    """Two seeds that differ by the same amount have no spread: no interval, and a tie."""
    rows = [*make_cell([0.75, 0.5]), *make_cell([0.875, 0.625], method="obd")]
    (line,) = texts(reference_table(tested(rows)))

    assert line[3:] == ["+12.50", "–", "2", "–", "0.5", "0.5", "–", "tie"]


def test_one_seed_is_not_tested(make_cell, tested):
    """The difference is there, and nothing else; the remark says what is missing."""
    table = reference_table(tested([*make_cell([0.9]), *make_cell([0.8], method="obd")]))

    assert texts(table)[0][3:] == ["−10.00", "–", "1", "–", "1", "1", "–", "untested"]
    assert "Two seeds that differ are needed" in table.remark


def test_lost_trials_are_counted_beside_the_seeds(three, tested, make_row):
    """A diverged seed of obd: three of four have a number, and the line says so."""
    lost = make_row(method="obd", seed=3, status="diverged")
    spare = make_row(seed=3, test_accuracy_last=0.9)
    (line,) = texts(reference_table(tested([*three, lost, spare])))

    assert line[5] == "3 · 3 of 4 (1 diverged)"


def test_controls_are_not_compared(three, make_grid, make_row):
    """A random mask is no method, and the network from scratch is no protocol."""
    control = make_row(method="random-mask like obd", control_of="obd", test_accuracy_last=0.5)
    scratch = make_row(method="obd", control_of="obd", protocol="scratch-e", test_accuracy_last=0.5)
    grid = make_grid([*three, control, scratch])

    assert len(texts(reference_table(Contrasts(grid)))) == 1
    assert protocol_table(Contrasts(grid)) is None
    assert len(texts(matrix_table(grid, "none"))) == 2


def test_protocols_are_paired_within_a_method(make_cell, make_grid):
    """Ticket minus random is 1, 2 and 3 points; draws of a seed are averaged before."""
    random = make_cell([0.89, 0.90, 0.91], protocol="random")
    second = make_cell([0.91, 0.90, 0.91], protocol="random", draw=1)
    ticket = make_cell([0.91, 0.92, 0.94], protocol="ticket")
    grid = make_grid([*ticket, *random, *second])
    (line,) = texts(protocol_table(Contrasts(grid)))

    assert line[:5] == ["ticket − random", "magnitude", "0.5", "+2.00", "−0.48 to +4.48"]


def test_one_name_for_two_things_is_averaged_as_in_the_tables(make_cell, tested):
    """Two trials of one seed, whatever their draw, are one value: 90 and 92 are 91."""
    rows = [*make_cell([0.9]), *make_cell([0.92]), *make_cell([0.8], method="obd")]
    (line,) = texts(reference_table(tested(rows)))

    assert line[3] == "−11.00"


def test_pairs_of_protocols_ask_a_question(make_row, make_grid):
    """Ticket against random, scratch against fine-tuning; else the second against the first."""
    names = ("finetune", "scratch-b", "ticket", "random", "random[scale=sparse-he]")
    rows = [make_row(protocol=name, protocol_id=name.partition("[")[0]) for name in names]
    other = [make_row(protocol=name) for name in ("none", "lr-rewind")]

    assert protocol_pairs(make_grid(rows, protocols=list(names))) == [
        ("ticket", "random"),
        ("ticket", "random[scale=sparse-he]"),
        ("scratch-b", "finetune"),
    ]
    assert protocol_pairs(make_grid(other, protocols=["none", "lr-rewind"])) == [
        ("lr-rewind", "none")
    ]
    assert protocol_pairs(make_grid(other[:1])) == []


def test_protocols_that_share_no_method_are_not_compared(make_row, make_grid):
    """The ticket of one method says nothing of the random start of another."""
    rows = [make_row(protocol="ticket"), make_row(method="obd", protocol="random")]

    assert between_protocols(make_grid(rows), "ticket", "random") == []


def test_what_cannot_be_detected_is_unknown(three, make_grid):
    """A known spread gives a difference; no spread and no result give none."""
    (one,) = against_reference(make_grid(three))
    (alone,) = against_reference(make_grid([row for row in three if row.seed == 0]))

    assert 0.0323 <= detectable(one) <= 0.0328
    assert detectable(alone) is None


def test_the_matrix_counts_both_ways(make_cell, make_grid):
    """One method wins one cell of two and ties the other; magnitude sees a loss."""
    rows = [
        *make_cell([0.9] * 6),
        *make_cell([0.91, 0.92, 0.93, 0.91, 0.92, 0.93], method="obd"),
        *make_cell([0.8, 0.9, 0.8, 0.9, 0.8, 0.9], target="0.2"),
        *make_cell([0.9, 0.8, 0.9, 0.8, 0.9, 0.8], target="0.2", method="obd"),
    ]
    table = matrix_table(make_grid(rows), "too few problems to rank")

    assert texts(table) == [["magnitude", "", "0 / 1 / 1"], ["obd", "1 / 1 / 0", ""]]
    assert "over 2 cells (protocol and target)" in table.caption
    assert table.remark.endswith("Overall rank: too few problems to rank.")
    assert matrix_table(make_grid(make_cell([0.9])), "") is None


def test_cells_of_one_seed_are_counted_as_untested(make_cell, make_grid):
    """They are neither wins nor ties."""
    rows = [*make_cell([0.9]), *make_cell([0.8], method="obd")]

    assert texts(matrix_table(make_grid(rows), "-"))[0][2] == "– · 1 untested"


def test_small_p_values_are_bounded():
    """Below a thousandth the digits say nothing."""
    assert p_text(0.0009) == "< 0.001"


def test_every_difference_is_tested_once(three, tested):
    """Sentences and tables tell of the same comparisons."""
    found = tested([*three, *[replace(row, protocol="ticket") for row in three]])

    assert found.from_reference is found.from_reference
    assert [one.method for one in found.from_reference] == ["obd", "obd"]
    assert found.between_protocols is found.between_protocols
    assert {pair: len(one) for pair, one in found.between_protocols.items()} == {
        ("ticket", "finetune"): 2
    }
