from math import sqrt

import pytest
from statsmodels.stats.power import TTestPower

from prunebench.claims.printed import as_row
from prunebench.experiment.layout import read_layouts
from prunebench.report.papers.statements import Told
from prunebench.report.papers.table import paper_tables

STANDS = {
    "dataset": ["digits"],
    "model": ["mlp"],
    "stands_for": {"dataset": "MNIST", "model": "LeNet"},
    "tier": "t1",
}
BETTER = {
    "published": {"quantity": "better by"},
    "quantity": "accuracy",
    "x": {"protocol": "ticket"},
    "y": {"method": "dense"},
    "tiers": {"t1": {"target": "0.263"}},
}
EARLIER = BETTER | {"published": {"quantity": "earlier by"}, "quantity": "log_early_stop"}


def said(quantity, kept="21.1", value="", unit="", **given):
    """Make one row of a reference."""
    row = {"dataset": "MNIST", "model": "LeNet", "quantity": quantity, "standing": "read"}
    return as_row(row | {"kept_percent": kept, "value": value, "unit": unit} | given, "f", "here")


def layout(*statements):
    """Read a layout of statements."""
    table = {
        "kind": "statements",
        "id": "text",
        "title": "In numbers",
        "caption": "What the text says.",
        "reference": "frankle2019",
        "statements": list(statements),
        "footnotes": ["an erratum"],
    }
    (found,) = read_layouts([table], "x.toml")
    return found


@pytest.fixture
def fill():
    """Hold statements against trials; give the table."""

    def filled(statements, rows, trials, experiment=STANDS):
        told = Told(layout(*statements), tuple(rows), "Somebody 2019")
        (table,) = paper_tables(experiment, trials, [told])
        return table

    return filled


@pytest.fixture
def trials(make_row, make_dense):
    """Give dense networks at 90 % that stop at 400, tickets at 93, 94, 95 % that stop at 200."""
    common = {"steps": 800, "curve": {"step": [200, 400, 800], "validation_loss": [1, 1, 1]}}
    return [
        row
        for seed, accuracy in enumerate((0.93, 0.94, 0.95))
        for row in (
            make_dense(seed=seed, test_accuracy_last=0.9, selected_step=400, **common),
            make_row(
                protocol="ticket",
                target="0.263",
                density=0.2631,
                seed=seed,
                test_accuracy_last=accuracy,
                selected_step=200,
                **common,
            ),
        )
    ]


def texts(table):
    """Write a table's cells."""
    return [[str(cell) for cell in row] for row in table.rows]


def test_a_line_has_theirs_ours_and_whether_it_lies_in_our_interval(fill, trials):
    """3, 4, 5 points: 4 ± 4.303 / sqrt(3) = 4 ± 2.48; half the steps are 50 % earlier, or 2.00×."""
    twice = BETTER | {
        "published": {"quantity": "dense over ticket"},
        "quantity": "log_early_stop",
        "x": {"method": "dense"},
        "y": {"protocol": "ticket"},
    }
    rows = [
        said("better by", "13.5", "1.5", "points", standing="second-hand", footnote="or 2"),
        said("earlier by", "21.0", "38", "percent"),
        said("dense over ticket", "21.1", "2.51", "times"),
    ]
    table = fill([BETTER, EARLIER, twice], rows, trials)
    size = TTestPower().solve_power(nobs=3, alpha=0.05, power=0.8)

    assert [column.title for column in table.columns] == [
        "Model",
        "Statement",
        "Kept %, theirs",
        "Kept %, ours",
        "Theirs",
        "Ours",
        "95 % interval",
        "Difference",
        "n",
    ]
    assert texts(table) == [
        [
            *("LeNet", "Better by", "13.5", "26.3", "1.5 points † [1]", "+4.00 points"),
            *("+1.52 to +6.48", "+2.50 · outside", f"3 · finds {size:.2f} points"),
        ],
        [
            *("LeNet", "Earlier by", "21", "26.3", "38 %", "50.0 %"),
            *("50.0 to 50.0", "+12.0 · outside", "3"),
        ],
        [
            *("LeNet", "Dense over ticket", "21.1", "26.3", "2.51×", "2.00×"),
            *("2.00 to 2.00", "−0.51 · outside", "3"),
        ],
    ]
    assert table.footnotes[:3] == (
        "† quoted by others, not read in the publication itself.",
        "[1] or 2.",
        "an erratum",
    )


def test_a_bound_that_is_stated_without_a_number_is_one(fill, trials):
    """Our interval is 1.52 to 6.48: all of it above 0, some of it below 6, none below 1."""
    ones = [
        BETTER | {"published": {"quantity": name}, key: bound}
        for name, key, bound in (("a", "above", 0), ("b", "below", 6), ("c", "below", -1))
    ]
    table = fill(ones, [said(name) for name in "abc"], trials)

    assert [(row[4], row[7]) for row in texts(table)] == [
        ("> 0 points", "– · inside"),
        ("< 6 points", "– · inside"),
        ("< −1 points", "– · outside"),
    ]
    assert "of a bound whether any of it does" in table.caption


def test_an_accuracy_by_itself_has_no_other_side(fill, trials):
    """93, 94, 95: 94 ± 2.48."""
    alone = {key: value for key, value in BETTER.items() if key != "y"}
    table = fill([alone], [said("better by", "27.1", "90.5", "percent")], trials)

    assert texts(table)[0][4:] == ["90.5 %", "94.00 %", "91.52 to 96.48", "+3.50 · outside", "3"]


def test_what_was_not_run_says_so(fill, trials, make_row):
    """At a tier without cells, or without rows of them."""
    rows = [said("better by", "3.6", "0", "points")]
    elsewhere = fill([BETTER], rows, trials, STANDS | {"tier": "smoke"})
    missing = fill([BETTER | {"tiers": {"t1": {"target": "0.1"}}}], rows, trials)
    nothing = fill([BETTER], rows, [make_row(target="0.8")])

    for table in (elsewhere, missing, nothing):
        assert texts(table)[0][4:6] == ["0 points", "not run"]
        assert texts(table)[0][6:] == ["", "", ""]
    assert elsewhere.caption.endswith("Ours: nothing of it was run.")


def test_a_run_without_tiers_is_held_against_the_papers_own_setting(fill, trials):
    """Such as one of your own, with the template."""
    own = {key: value for key, value in STANDS.items() if key != "tier"}
    paper = BETTER | {"tiers": {"t2": {"target": "0.263"}}}
    table = fill([paper], [said("better by", "13.5", "1.5", "points")], trials, own)

    assert texts(table)[0][5] == "+4.00 points"
    assert table.caption.endswith("mlp on digits stands for LeNet on MNIST.")


def test_rows_that_cannot_be_compared_are_told(fill, trials, make_row):
    """Two kinds of rows in one cell are never averaged."""
    other = make_row(trial="t1", protocol="ticket", target="0.263", recipe="other")
    table = fill([BETTER], [said("better by", "13.5", "1.5", "points")], [*trials, other])

    assert texts(table)[0][5] == "– [1]"
    assert table.footnotes[0].startswith("[1] several kinds of rows have target 0.263")


def test_a_reduced_tier_says_what_it_is(fill, trials):
    """Its kept fractions are not the paper's either."""
    table = fill([BETTER], [said("better by", "13.5", "1.5", "points")], trials)

    assert table.caption.startswith("What the text says. Theirs: Somebody 2019. Ours: mean over ")
    assert table.caption.endswith(
        "Reduced tier t1: mlp on digits stands for LeNet on MNIST; differences to the paper are "
        "not a test of it; kept fractions are the nearest that were run."
    )
    assert "iterations" not in table.caption


def test_another_quantity_is_not_held_against_the_number(fill, make_row, make_dense):
    """All early stops are bounds, so times to a target are compared, which nobody stated."""
    curve = {"step": [100, 200], "validation_accuracy": [0.5, 0.9]}
    common = {"steps": 200, "selected_step": 200, "curve": curve, "seed": 0}
    rows = [make_dense(**common), make_row(protocol="ticket", target="0.263", **common)]
    table = fill([EARLIER], [said("earlier by", "21", "38", "percent")], rows)

    assert texts(table)[0][7] == "– · another quantity"
    assert "time to target instead of early stop" in table.footnotes[0]


def test_the_size_that_seeds_find_grows_with_their_spread(fill, trials):
    """Deviation 1 of three seeds; nothing is said where nothing varies."""
    table = fill([BETTER], [said("better by", "13.5", "1.5", "points")], trials)
    size = 5.65 / sqrt(3)  # the non-central t with 2 degrees of freedom, as in test_notes

    assert float(table.rows[0][8].note.split()[1]) == pytest.approx(size, abs=0.01)
