"""Published numbers: tidy, sourced, marked where nobody read them, with their errata."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from prunebench.core.target import Density, Plan
from prunebench.plugin.registry import load_registry
from prunebench.report.papers.published import COLUMNS, STANDINGS, read_published

PAPER = Path(__file__).parents[1] / "benchmarks/paper"
STATEMENTS = "frankle2019"
"""Statements of a text instead of the cells of a table: columns of its own."""
TABLES = sorted(path.stem for path in PAPER.glob("*.csv") if path.stem != STATEMENTS)
STATEMENT_COLUMNS = [
    "table",
    "dataset",
    "model",
    "method",
    "quantity",
    "kept_percent",
    "value",
    "unit",
    "standing",
    "source",
    "note",
    "footnote",
]
SIZES = {"li2016_table1": ["params", "macs"]}
"""Columns that a file has besides."""
FOREIGN = {"dense", "scratch-train", "sparsity-training"}
"""What publications have and no protocol of ours is."""
RANGES = {
    "test_accuracy": (0, 100),
    "test_error": (0, 100),
    "top1_accuracy": (0, 100),
    "top5_accuracy": (0, 100),
    "top1_change": (-100, 100),
    "top5_change": (-100, 100),
}
FORBIDDEN = ("/work", "shared/", "seed document", "http")


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin."""
    return load_registry()


def rows(name):
    """Read a file as dictionaries."""
    with (PAPER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def cell(name, model, printed, protocol, **more):
    """Find the one row of a cell."""
    wanted = {"model": model, "printed": printed, "protocol": protocol, **more}
    [found] = [row for row in rows(name) if all(row[key] == value for key, value in wanted.items())]
    return found


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_entries(name):
    """Every file has the columns that the reports read, numbers in them, and a known standing."""
    with (PAPER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))

    assert header == [*COLUMNS, *SIZES.get(name, [])]
    assert read_published(PAPER / f"{name}.csv")


@pytest.mark.parametrize("name", TABLES)
def test_units_are_percent(name):
    """Accuracies, errors and changes are percent or points; n is a whole number."""
    for row in rows(name):
        low, high = RANGES[row["metric"]]

        assert low <= float(row["mean"]) <= high
        assert not row["sd"] or 0 < float(row["sd"]) < 1
        assert not row["n"] or int(row["n"]) >= 1
        assert not row["lr"] or 0 < float(row["lr"]) <= 0.1
        # No table of these papers prints fractions of one.
        assert "change" in row["metric"] or float(row["mean"]) > 0.5


@pytest.mark.parametrize("name", [*TABLES, STATEMENTS])
def test_sources_can_be_followed(name):
    """Each row names a publication or repository, and memory says so; no place of ours."""
    for row in rows(name):
        assert row["standing"] in STANDINGS
        assert len(row["source"]) > 40
        assert ("from memory" in row["source"]) == (row["standing"] == "memory")
        assert not [word for word in FORBIDDEN if word in " ".join(row.values())]


@pytest.mark.parametrize("name", TABLES)
def test_ids_are_ours(name, registry):
    """Methods, protocols and targets are names that prunebench knows, or the few it cannot have."""
    for row in rows(name):
        assert row["protocol"] in {*registry.names("protocol"), *FOREIGN}
        assert (row["method"] == "dense") == (row["protocol"] == "dense")
        if row["method"] == "dense":
            assert row["printed"] == row["target"] == ""
        else:
            assert understood(registry.method(row["method"]).item, row["target"])


def understood(method, target):
    """Say whether a method has a plan of that name, or it is the label of a density."""
    value, _, of = target.partition(" of ")
    if not target or target in getattr(method, "plans", {}):
        return True
    return Density(float(value), of or "params").label == target


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_once(name):
    """No cell of a table has two numbers."""
    key = ("table", "dataset", "model", "method", "printed", "protocol", "metric", "lr")
    cells = Counter(tuple(row[column] for column in key) for row in rows(name))

    assert [found for found, times in cells.items() if times > 1] == []


@pytest.mark.parametrize("name", TABLES)
def test_a_rate_only_tells_cells_apart_where_the_table_does(name):
    """Two rates of one cell are two tables: otherwise one number would hide behind the other."""
    key = ("table", "dataset", "model", "method", "printed", "protocol", "metric")
    cells = Counter(tuple(row[column] for column in key) for row in rows(name))

    assert [found for found, times in cells.items() if times > 1] == []


def test_statements_have_their_own_columns():
    """What Frankle & Carbin's text says: a quantity, at which kept percentage, how much."""
    found = rows(STATEMENTS)

    assert list(found[0]) == STATEMENT_COLUMNS
    assert {row["unit"] for row in found} == {"percent", "points", "times", ""}
    assert all(bool(row["value"]) == bool(row["unit"]) for row in found)
    assert {row["standing"] for row in found} == {"second-hand"}


TOP1 = {"metric": "top1_accuracy"}
CHANGE = {"metric": "top1_change"}
LARGE, SMALL = {"lr": "0.1"}, {"lr": "0.01"}


@pytest.mark.parametrize(
    ("name", "place", "more", "printed"),
    [
        # Havinga & Sawhney, tables 2(a) and 2(b)
        ("liu2019_table11", ("VGG-16", "95%", "ticket"), LARGE, "93.18 (0.12)"),
        ("liu2019_table11", ("VGG-16", "80%", "random"), SMALL, "92.07 (0.25)"),
        ("liu2019_table11", ("ResNet-50", "95%", "random"), LARGE, "88.59 (0.09)"),
        ("liu2019_table11", ("ResNet-50", "80%", "ticket"), SMALL, "90.92 (0.08)"),
        # Havinga & Sawhney, table 1
        ("li2016_table1", ("VGG-16", "A", "finetune"), {}, "6.60 ()"),
        ("li2016_table1", ("ResNet-56", "B", "scratch-train"), {}, "8.69 ()"),
        ("li2016_table1", ("ResNet-110", "", "dense"), {}, "6.47 ()"),
        # READMEs of the authors
        ("liu2019_thinet", ("VGG-16", "VGG-Conv", "scratch-b"), TOP1, "71.72 ()"),
        ("liu2019_sss", ("ResNet-50", "ResNet-26", "scratch-b"), TOP1, "73.41 ()"),
        ("liu2019_slimming", ("VGG-11", "50%", "scratch-e"), TOP1, "70.00 ()"),
        ("slimming_readme", ("VGG-19", "70%", "none"), {}, "32.54 ()"),
    ],
)
def test_golden_numbers(name, place, more, printed):
    """Numbers that were read by eye in the named source."""
    row = cell(name, *place, **more)

    assert f"{row['mean']} ({row['sd']})" == printed


@pytest.mark.parametrize(
    ("name", "place", "more", "words"),
    [
        # printed twice in the source
        ("liu2019_table11", ("VGG-16", "20%", "random"), SMALL, "suspected copy error"),
        ("liu2019_table11", ("VGG-16", "40%", "random"), SMALL, "suspected copy error"),
        # a caption that says errors, two networks of one name, blocks that are not stated
        ("liu2019_table11", ("VGG-16", "", "dense"), LARGE, "says test errors"),
        ("liu2019_table11", ("VGG-16", "", "dense"), SMALL, "Another VGG-16 than in Table 1"),
        ("liu2019_l1", ("VGG-16", "", "dense"), {}, "Another VGG-16 than in Table 11"),
        ("liu2019_table11", ("ResNet-50", "", "dense"), LARGE, "not stated"),
        # sources that disagree
        ("liu2019_l1", ("ResNet-34", "A", "scratch-b"), TOP1, "73.03"),
        ("liu2019_l1", ("ResNet-34", "B", "scratch-b"), TOP1, "72.91"),
        ("liu2019_l1", ("ResNet-56", "A", "scratch-e"), {}, "after 40"),
        ("liu2019_weight_level", ("ResNet-50", "30%", "scratch-b"), TOP1, "75.70"),
        ("liu2019_weight_level", ("ResNet-50", "60%", "scratch-b"), TOP1, "74.91"),
        ("liu2019_thinet", ("ResNet-50", "ThiNet-70", "scratch-b"), CHANGE, "-0.99"),
        ("liu2019_thinet", ("ResNet-50", "ThiNet-70", "scratch-b"), TOP1, "-1.01"),
        ("liu2019_regression", ("ResNet-50", "ResNet-2x", "scratch-e"), CHANGE, "shifted"),
        ("liu2019_regression", ("VGG-16", "", "dense"), {}, "71.71"),
        ("liu2019_sss", ("ResNet-50", "ResNet-32", "scratch-e"), TOP1, "73.72"),
        ("liu2019_sss", ("ResNet-50", "ResNet-26", "scratch-b"), TOP1, "175"),
        ("method_papers", ("VGG-16", "5x", "finetune"), {"metric": "top5_change"}, "88.1"),
    ],
)
def test_errata_are_footnotes(name, place, more, words):
    """What is suspect or contradicted in a source is said wherever the number is shown."""
    assert words in cell(name, *place, **more)["footnote"]


def test_a_better_standing_wins():
    """A cell of Liu et al.'s tables that somebody read is not the one that was remembered."""
    read = {("ImageNet", "finetune"), ("ImageNet", "scratch-e"), ("ImageNet", "scratch-b")}
    for name in ("liu2019_l1", "liu2019_slimming", "liu2019_weight_level"):
        for row in rows(name):
            if (row["dataset"], row["protocol"]) in read:
                assert row["standing"] == "read"
    for protocol in ("scratch-e", "scratch-b"):
        row = cell("liu2019_l1", "ResNet-56", "A", protocol)
        assert row["standing"] == "second-hand"


def test_two_files_agree_on_one_number():
    """Huang & Wang's networks stand beside Liu et al.'s with the numbers of their own paper."""
    key = ("model", "printed", "protocol", "metric")
    theirs = {
        tuple(row[k] for k in key): row["mean"]
        for row in rows("method_papers")
        if row["table"] == "Huang & Wang 2018, ResNet-50"
    }
    beside = {
        tuple(row[k] for k in key): row["mean"]
        for row in rows("liu2019_sss")
        if row["protocol"] in ("dense", "none")
    }

    assert beside == theirs
    assert len(beside) == 8


def test_changes_follow_from_accuracies():
    """Where a change and both accuracies stand there, they fit within rounding."""
    odd = {"ThiNet-70", "ResNet-2x"}  # sources disagree; their footnotes say so
    for name in ("liu2019_thinet", "liu2019_regression"):
        found = {
            (row["model"], row["printed"], row["protocol"], row["metric"]): float(row["mean"])
            for row in rows(name)
        }
        for (model, printed, protocol, metric), change in found.items():
            accuracy = found.get((model, printed, protocol, "top1_accuracy"))
            if metric == "top1_change" and accuracy is not None and printed not in odd:
                dense = found[model, "", "dense", "top1_accuracy"]
                assert change == pytest.approx(accuracy - dense, abs=0.015)


def test_plans_of_a_table_are_plans():
    """Every plan of Li et al. that is shipped has its published row."""
    plans = load_registry().method("l1filter").item.plans
    published = {row["target"] for row in rows("li2016_table1") if row["target"]}

    assert published == set(plans)
    assert all(Plan(name, plans[name]).label == name for name in published)
