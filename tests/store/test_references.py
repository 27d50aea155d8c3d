"""What runs need: their plans say so, or nothing is deleted."""

import pytest

from prunebench.errors import StoreError
from prunebench.store.references import PLAN, named

from .conftest import NAMED, write_plan


def test_runs_outside_count_when_they_are_named(small, tmp_path):
    """What --out put elsewhere is part of the answer."""
    write_plan(tmp_path / "out", {"a" * 32: "prune"})

    assert named(small.root) == NAMED
    assert named(small.root, [tmp_path / "out"]) == {**NAMED, "a" * 32: "prune"}


@pytest.mark.parametrize("text", ["", "[{", "[1]", "{}[]", '[{"key": "a"}]', "[" * 100_000])
def test_a_damaged_plan_is_an_error(small, text):
    """Whoever cannot tell what is needed must not guess."""
    (small.root / "runs" / "one" / PLAN).write_text(text)

    with pytest.raises(StoreError, match="cannot tell which stages the run"):
        named(small.root)


def test_a_run_without_a_plan_is_an_error(small):
    """It has just begun, or lost a file."""
    (small.root / "runs" / "two").mkdir()

    with pytest.raises(StoreError, match="two needs"):
        named(small.root)
