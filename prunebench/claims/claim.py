"""A claim, its entry for a tier, and the tests that decide it: values, no text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from prunebench.claims.cell import Cell
from prunebench.claims.quantities import QUANTITIES
from prunebench.claims.title import title_of
from prunebench.core import digest as canonical
from prunebench.core.digest import Json

Rule: TypeAlias = Literal["superior", "equivalent", "noninferior", "argmin", "report", "pairs"]
"""How a test is decided."""

PUBLISHED = "published"
"""The entry whose cells are printed numbers."""

ANY = "any"
"""The benchmark of an entry that looks for its cells in whatever was run."""


@dataclass(frozen=True)
class Test:
    """One comparison and its rule; the difference is x - y.

    Parameters
    ----------
    rule
        How it is decided; see ``docs/claims.md``.
    quantity
        What is compared, a name in `prunebench.claims.quantities`.
    x, y
        The two cells, written out; y is empty where the rule compares none.
    margin
        In the unit of the quantity.
    level
        A fixed number that stands in the place of y; None where y is a cell.
    primary
        Whether it decides the claim; the others are reported beside it.
    name
        Its title; empty for one made of its cells.
    at
        What tells it from the others that were written with ``each``.
    note
        What must be said with it.
    otherwise
        What it means if this test is not confirmed although the others are; makes the test a
        control, without which the claim is not confirmed.
    one_of
        Tests that share this text are alternatives: one of them is enough.
    ladder, between, share
        Of ``argmin``: the cells; the kept fractions between which the smallest value must lie;
        the share of bootstrap samples in which it must.
    by, tolerance
        Of ``report`` and ``pairs``: the column whose values are told apart; how far the FLOP
        ratios of a pair may differ, relative.
    holds
        Of a published statement without a number: whether it says what the test does.
    """

    __test__ = False  # pytest must not take it for one of its own

    rule: Rule
    quantity: str
    x: Cell
    y: Cell = field(default_factory=dict)
    margin: float = 0.0
    level: float | None = None
    primary: bool = True
    name: str = ""
    at: str = ""
    note: str = ""
    otherwise: str = ""
    one_of: str = ""
    ladder: tuple[Cell, ...] = ()
    between: tuple[float, float] = (0.0, 1.0)
    share: float = 0.8
    by: str = ""
    tolerance: float = 0.02
    holds: bool | None = None

    @property
    def title(self) -> str:
        """What is compared, for a reader."""
        if self.name:
            return f"{self.name}, {self.at}" if self.at else self.name
        words = QUANTITIES[self.quantity].words
        y = self.y if self.level is None else {"level": f"{self.level:g}"}
        at = self.at or (f"by {self.by}" if self.by else "")
        return title_of(self.rule, words, self.x, y, self.margin, at)


@dataclass(frozen=True)
class Entry:
    """What decides a claim at one tier, or on published numbers.

    Parameters
    ----------
    tests
        The tests, ``each`` written out.
    benchmark
        Whose tier delivers the cells, or `ANY`; empty for published numbers.
    family
        Column by whose values Holm's families are split; empty for one family.
    note
        What must be said with the verdict.
    suspect
        Published cells that are suspected misprints: evaluated, marked, never deciding.
    declared
        The entry as it was written, for its digest.
    """

    tests: tuple[Test, ...]
    benchmark: str = ""
    family: str = ""
    note: str = ""
    suspect: tuple[Cell, ...] = ()
    declared: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A statement of a paper or survey that a run can confirm or refute.

    Parameters
    ----------
    id, title
        Such as ``"C9"``; the statement in a line.
    section, papers
        Where it is stated.
    expected
        The verdict that published numbers would give.
    about
        What must be known to read it.
    entries
        By tier, and ``"published"``.
    """

    id: str
    title: str
    section: str = ""
    papers: str = ""
    expected: str = ""
    about: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict)


def digest(entry: Entry) -> str:
    """Hash an entry as it was written; comments, spaces and the order of keys do not matter."""
    return canonical.digest(dict(entry.declared))


def digests(claims: Iterable[Claim], tier: str) -> dict[str, str]:
    """Give the digest of every claim that has an entry for a tier, by its id."""
    return {claim.id: digest(claim.entries[tier]) for claim in claims if tier in claim.entries}
