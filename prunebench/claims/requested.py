"""What a run must do to decide claims: whose benchmarks, and which of their trials."""

from collections.abc import Iterable, Mapping

from prunebench.claims.cell import TRAINING, Cell, matches
from prunebench.claims.claim import ANY, Claim, Entry, Test
from prunebench.core.digest import Json
from prunebench.errors import SpecError


def entries_for(claims: Iterable[Claim], tier: str, benchmark: str = "") -> list[Entry]:
    """Give the entries of claims for a tier; with a benchmark those that it delivers."""
    found = [claim.entries[tier] for claim in claims if tier in claim.entries]
    return [entry for entry in found if benchmark in ("", entry.benchmark)]


def benchmarks_of(claims: Iterable[Claim], tier: str) -> list[str]:
    """Name the benchmarks that deliver the cells of claims, each once.

    Raises
    ------
    SpecError
        If a claim has no test at that tier, or asks for no benchmark of its own.
    """
    found: dict[str, None] = {}
    for claim in claims:
        if tier not in claim.entries:
            known = ", ".join(name for name in claim.entries if name.startswith("t")) or "none"
            msg = f"claim {claim.id} has no test at tier {tier}; its tiers are: {known}."
            raise SpecError(msg)
        if claim.entries[tier].benchmark == ANY:
            msg = f"claim {claim.id} is decided on whatever was run; name a benchmark to run."
            raise SpecError(msg)
        found[claim.entries[tier].benchmark] = None
    return list(found)


def is_wanted(facts: Mapping[str, Json], entries: Iterable[Entry]) -> bool:
    """Say whether a planned trial is a dense network or lies in a cell of some test.

    Parameters
    ----------
    facts
        What planning knows of its row, by column; columns that are only measured are passed over.
    entries
        See `entries_for`.
    """
    if facts.get("method_id") == "dense" or facts.get("method") == "dense":
        return True
    return any(
        matches(plannable(cell, facts), facts)
        for entry in entries
        for test in entry.tests
        for cell in cells_of(test)
    )


def cells_of(test: Test) -> list[Cell]:
    """List the cells that a test needs."""
    return [cell for cell in (test.x, test.y, *test.ladder) if cell]


def plannable(cell: Cell, facts: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out of a cell what planning cannot know."""
    return {k: v for k, v in cell.items() if k in facts or k.startswith(TRAINING)}
