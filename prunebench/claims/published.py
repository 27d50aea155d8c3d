"""The rules on printed numbers: Welch's t where there is a spread, else no test at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prunebench.claims.cell import matches
from prunebench.claims.claim import PUBLISHED, Claim, Entry, Test
from prunebench.claims.conclusion import concluded
from prunebench.claims.decide import agrees, alternative, decided, p_value
from prunebench.claims.finding import Behind, Finding, Judgement, Word
from prunebench.claims.printed import Printed, Row, select
from prunebench.claims.quantities import QUANTITIES
from prunebench.claims.verdict import adjusted_families
from prunebench.statistics.welch import Welch, welch

EXPECTED: dict[str, frozenset[Word]] = {
    "CONFIRMED": frozenset({"CONFIRMED", "CONSISTENT"}),
    "OPEN": frozenset({"OPEN"}),
}
"""What a claim's ``expected`` agrees with: without spreads, confirmation is consistency."""

PLACE = re.compile(r"\([a-z]\)|row \d+")
"""Where inside one source a number stands."""

BESIDE = "; and "
"""Between two sources that print the same number."""

SECONDARY = "a secondary statement, no test"


@dataclass(frozen=True)
class Weighed:
    """A test on printed numbers before its rule is applied; evidence needs two cells."""

    test: Test
    sides: tuple[Printed, ...]
    evidence: Welch | None
    problem: str


def judge_published(claim: Claim, rows: Sequence[Row]) -> Judgement:
    """Decide a claim on printed numbers.

    Where both cells have a deviation the rules are those of a run, with Welch's t for unpaired
    runs. Where not, a number that points the claim's way is CONSISTENT, another CONTRADICTED.
    """
    entry = claim.entries.get(PUBLISHED)
    if entry is None:
        nothing = "nothing that is printed and at hand bears on it"
        return Judgement(claim, PUBLISHED, "OPEN", remarks=(nothing,))
    findings = tested(entry, rows)
    verdict, remarks = concluded(entry, findings)
    word: Word = "OPEN" if verdict == "NOT RUN" else verdict
    return Judgement(claim, PUBLISHED, word, tuple(findings), remarks)


def is_as_expected(judgement: Judgement) -> bool:
    """Say whether a verdict on printed numbers is the one that the claims file expects."""
    return judgement.verdict in EXPECTED.get(judgement.claim.expected, {judgement.verdict})


def tested(entry: Entry, rows: Sequence[Row]) -> list[Finding]:
    """Decide all tests of an entry, in order."""
    weighed = [weigh(test, rows) for test in entry.tests]
    ps = {
        place: p
        for place, one in enumerate(weighed)
        if one.evidence is not None and (p := p_value(one.test, one.evidence)) is not None
    }
    adjusted = adjusted_families(entry, ps)
    return [found(entry, one, *adjusted.get(place, (None, 0))) for place, one in enumerate(weighed)]


def weigh(test: Test, rows: Sequence[Row]) -> Weighed:
    """Select the printed numbers of a test, and take their difference."""
    sides = tuple(select(rows, cell) for cell in (test.x, test.y) if cell)
    problem = "; ".join(one.problem for one in sides if one.problem)
    if problem or len(sides) < 2:
        return Weighed(test, sides, None, problem)
    x, y = sides
    if x.is_change != y.is_change:
        return Weighed(test, sides, None, "one is an accuracy, the other a change of one")
    return Weighed(test, sides, welch(x.figures, y.figures, "greater"), "")


def found(entry: Entry, weighed: Weighed, adjusted: float | None, family: int) -> Finding:
    """Apply a test's rule, or say without a test where the numbers point."""
    test, evidence = weighed.test, weighed.evidence
    marks = suspicions(entry, weighed.sides)
    bare = Finding(
        test,
        test.title,
        "NOT RUN",
        unit=QUANTITIES[test.quantity].unit,
        behind=tuple(map(behind, weighed.sides)),
        notes=(*marks, *remarks(weighed.sides), *([test.note] if test.note else [])),
        decides=test.primary and not marks,
    )
    if weighed.problem:
        return replace(bare, notes=(weighed.problem, *bare.notes))
    if evidence is None:
        return stated(bare, weighed.sides[0])
    bare = replace(bare, estimate=evidence.estimate, low=evidence.low, high=evidence.high)
    if evidence.se is None:
        why = spreadless(weighed.sides)
        return pointing(bare, why, holds=agrees(test, evidence.estimate))
    return replace(
        bare,
        verdict=decided(test, evidence, adjusted),
        alternative=alternative(test, "Welch t"),
        p=p_value(test, evidence),
        adjusted=adjusted,
        family=family,
    )


def stated(bare: Finding, side: Printed) -> Finding:
    """Judge a statement: by its number, or by whether it says the same."""
    value, holds = side.stated, bare.test.holds
    if holds is None and value is None:
        return replace(bare, notes=("the line states no difference", *bare.notes))
    if holds is None and value is not None:
        holds, bare = agrees(bare.test, value), replace(bare, estimate=value)
    return pointing(bare, f"{SECONDARY}: {side.statement}", holds=bool(holds))


def spreadless(sides: Sequence[Printed]) -> str:
    """Say why no test can be made of two numbers."""
    runs = {one.figures.n for one in sides}
    if runs == {1}:
        return "single runs: no test"
    if None in runs:
        return "number of runs not stated: no test"
    return "no deviation is printed: no test"


def pointing(bare: Finding, why: str, *, holds: bool) -> Finding:
    """Say where a number points of which no test can be made."""
    word: Word = "CONSISTENT" if holds else "CONTRADICTED"
    return replace(bare, verdict=word, notes=(why, *bare.notes))


def suspicions(entry: Entry, sides: Sequence[Printed]) -> list[str]:
    """Say why printed numbers decide nothing; empty if they may."""
    suspect = [
        one for one in sides if one.row and any(matches(cell, one.row) for cell in entry.suspect)
    ]
    said = [f"{one.figures.mean:.2f} is a suspected misprint: decides nothing" for one in suspect]
    if any(one.row.get("standing") == "memory" for one in sides):
        said.append("a number from memory: decides nothing")
    return said


def remarks(sides: Sequence[Printed]) -> list[str]:
    """Say what must be known of printed numbers."""
    rows = [one.row for one in sides if one.row]
    said = list(dict.fromkeys(str(row["footnote"]) for row in rows if row.get("footnote")))
    for one in sides:
        said.extend(f"another source prints {value:g}" for value in one.others)
    if any(row.get("standing") == "second-hand" for row in rows):
        said.append("read second-hand")
    best = [one.is_best for one in sides]
    if any(best):
        said.append("best of all epochs" if all(best) else "best of all epochs on one side only")
    if len(rows) > 1 and not frozenset.intersection(*map(origins, rows)):
        said.append("the two numbers come from different sources")
    return said


def origins(row: Row) -> frozenset[str]:
    """Give the sources that print a number, whatever the place in them."""
    return frozenset(PLACE.sub("", one) for one in str(row.get("source")).split(BESIDE))


def behind(one: Printed) -> Behind:
    """Describe a printed number."""
    source = (str(one.row.get("source", "")),)
    if not one.row or one.row.get("mean") is None:
        return Behind(one.cell, source=source)
    figures = one.figures
    return Behind(one.cell, figures.mean, figures.sd, figures.n, source)
