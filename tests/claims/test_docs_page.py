"""docs/claims.md says what the code and the shipped claims say."""

import re
from pathlib import Path
from typing import get_args

import pytest

from prunebench.claims.claim import ANY, PUBLISHED, Rule
from prunebench.claims.file import parse_claims, read_claims
from prunebench.claims.finding import Word
from prunebench.claims.quantities import QUANTITIES
from prunebench.claims.requested import benchmarks_of
from prunebench.claims.schema import ClaimText, EntryText, TestText

PAGE = (Path(__file__).parents[2] / "docs" / "claims.md").read_text("utf-8")


def lines(heading):
    """Read the table whose heading begins with a word, as cells."""
    found = re.search(rf"^\| {heading} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in found[1].splitlines()]


def told_benchmarks(claim):
    """Write a claim's benchmarks with their tiers, as the page does."""
    named = {tier: entry.benchmark for tier, entry in claim.entries.items() if tier != PUBLISHED}
    return "; ".join(
        ANY if name == ANY else f"`{name}` ({', '.join(t for t in named if named[t] == name)})"
        for name in dict.fromkeys(named.values())
    )


def test_the_table_of_claims_is_that_of_the_file():
    """Every claim with its statement, section, expectation and benchmarks, in order."""
    expected = [
        [c.id, c.title, c.section or "–", c.expected or "–", told_benchmarks(c)]
        for c in read_claims().claims
    ]

    assert lines("Claim") == expected


def test_the_table_of_quantities_is_that_of_the_code():
    """Every quantity with its unit and meaning."""
    expected = [[f"`{name}`", one.unit or "–", one.about] for name, one in QUANTITIES.items()]

    assert lines("Quantity") == expected


@pytest.mark.parametrize("model", [ClaimText, EntryText, TestText])
def test_every_key_is_told_as_the_code_tells_it(model):
    """The tables of keys are those of the checks."""
    missing = [
        name
        for name, field in model.model_fields.items()
        if f"| `{name}` | {field.description} |\n" not in PAGE
    ]

    assert missing == []


def test_every_rule_and_every_verdict_is_explained():
    """Each has a line of its own table."""
    words = {word for cells in lines("Word") for word in cells[0].split(", ")}

    assert [cells[0] for cells in lines("Rule")] == [f"`{rule}`" for rule in get_args(Rule)]
    assert words == set(get_args(Word))


def test_the_claim_of_the_page_is_one():
    """The example is read, and asks for a benchmark that exists."""
    [written] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (claim,) = parse_claims(written, "mine.toml").claims

    assert benchmarks_of([claim], "t1") == ["liu2019-table11"]
    assert len(claim.entries["t1"].tests) == 2
