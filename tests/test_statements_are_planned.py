"""Shipped tables of statements: what they compare is planned, and what they leave out is known."""

import csv
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from prunebench.claims.cell import matches
from prunebench.claims.requested import plannable
from prunebench.experiment.layout import read_layouts
from prunebench.experiment.schema import load
from prunebench.experiment.shipped import (
    benchmark_names,
    benchmark_path,
    benchmarks_folder,
    read_toml,
)
from prunebench.experiment.statements import Statements, StatementText
from prunebench.plan.planner import Planner
from prunebench.plugin.registry import load_registry
from prunebench.report.papers.said import cells

TIERS = ("smoke", "t1", "t2")
NAMES = ("frankle2019-lenet", "frankle2019-conv", "frankle2019-deep")
NOT_MEASURED = {
    "test accuracy at iteration 50 000 above the dense network by at most": "of no stated size",
    "ticket falls below the dense network's accuracy": "2.9 % is no rung",
    "one-shot tickets converge as fast as the dense network down to": "22 % is no rung",
}
"""Statements without a line."""


def statements(name):
    """Give the layout of a benchmark's statements."""
    study = load(name, {}, "smoke").study
    (found,) = [one for one in read_layouts(study.tables, name) if isinstance(one, Statements)]
    return found


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin."""
    return load_registry()


def test_figures_without_a_table_have_their_statements():
    """No other benchmark has any."""
    found = [
        name
        for name in benchmark_names()
        for table in read_toml(benchmark_path(name)).get("tables", [])
        if "statements" in table
    ]

    assert sorted(found) == sorted(NAMES)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_planned(name, tier, registry, tmp_path):
    """A statement names labels, rates and targets that its benchmark really runs."""
    asked = load(name, {"seeds": [0], "device": "cpu"}, tier)
    facts = [trial.facts for trial in Planner(registry, asked, tmp_path).plan().trials]
    wanted = [
        cell for one in statements(name).statements for cell in cells(one, tier) or () if cell
    ]

    assert wanted
    for cell in wanted:
        hits = {
            tuple(one.get(key) for key in ("model", "method", "protocol", "target", "recipe"))
            for one in facts
            if matches(plannable(cell, one), one)
        }
        assert len(hits) == 1, f"{name} at {tier}: {dict(cell)} selects {hits}"


def test_every_published_statement_has_a_line_or_a_reason():
    """One line each, in one of the benchmarks."""
    path = benchmarks_folder() / "paper" / "frankle2019.csv"
    with path.open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    shown = [one.published for name in NAMES for one in statements(name).statements]
    lines = {
        row["quantity"]: sum(all(row[key] == text for key, text in one.items()) for one in shown)
        for row in published
        if row["model"] not in ("Conv-4", "Conv-6")  # said of Conv-2 in the same words
    }

    assert {quantity for quantity, count in lines.items() if count == 0} == set(NOT_MEASURED)
    assert set(lines.values()) == {0, 1}
    assert len(shown) == len(published) - len(NOT_MEASURED)


@pytest.mark.parametrize("name", NAMES)
def test_sizes_of_the_papers_setting_are_the_stated_ones(name):
    """Within a point of the kept percentage; a reduced tier has its nearest rungs."""
    path = benchmarks_folder() / "paper" / "frankle2019.csv"
    with path.open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))

    for one in statements(name).statements:
        (row,) = [
            r for r in published if all(r[key] == one.published[key] for key in one.published)
        ]
        targets = {float(cell["target"]) for cell in cells(one, "t2") if "target" in cell}

        assert targets
        assert all(abs(100 * target - float(row["kept_percent"])) < 1 for target in targets)


def test_the_page_tells_every_key_and_its_example_is_one():
    """docs/benchmarks.md has the keys of a statement as the code has them."""
    page = (Path(__file__).parents[1] / "docs" / "benchmarks.md").read_text("utf-8")
    [written] = re.findall(r"^```toml\n(\[\[tables\]\]\nkind.*?)^```$", page, re.M | re.S)
    (layout,) = read_layouts(tomllib.loads(written)["tables"], "page")
    missing = [
        name
        for name, field in StatementText.model_fields.items()
        if f"| `{name}` | {field.description} |\n" not in page
    ]

    (first, *_) = statements("frankle2019-lenet").statements
    tiers = {tier: cell for tier, cell in first.tiers.items() if tier != "smoke"}

    assert layout.statements == (replace(first, tiers=tiers),)
    assert missing == []
