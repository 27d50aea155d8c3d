"""Verdicts on the rows of a run: every test by its rule, with Holm inside its family."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from prunebench.claims.claim import Claim, Entry
from prunebench.claims.conclusion import concluded
from prunebench.claims.decide import in_family, p_value
from prunebench.claims.describe import report
from prunebench.claims.examine import Examined, conclude, examine
from prunebench.claims.finding import Finding, Judgement, Word
from prunebench.claims.ladder import argmin
from prunebench.claims.pairs import pairs
from prunebench.claims.quantities import best_of_dense
from prunebench.results.measurement import Measurement
from prunebench.statistics.multiplicity import holm

FULL, SCALED = "t2", "t1"
"""The paper's own setting, which alone can refute; a scaled experiment, which shows direction."""

SCALED_WORDS: Mapping[Word, Word] = {
    "CONFIRMED": "CONFIRMED-T1",
    "REFUTED": "NOT-SEEN-T1",
    "INCONCLUSIVE": "NOT-SEEN-T1",
}
"""What verdicts are called in a scaled experiment: it never refutes a paper."""

COMPARED = frozenset({"superior", "equivalent", "noninferior"})


def judge(claim: Claim, tier: str, rows: Sequence[Measurement]) -> Judgement:
    """Decide a claim on the rows that deliver its cells.

    Parameters
    ----------
    claim
        The claim.
    tier
        ``"t2"`` gives full verdicts, ``"t1"`` CONFIRMED-T1 or NOT-SEEN-T1, any other none at all.
    rows
        Rows of the runs of the claim's benchmark.
    """
    if tier not in (FULL, SCALED):
        remark = f"tier {tier} shows that everything runs, and decides nothing"
        return Judgement(claim, tier, "RAN" if rows else "NOT RUN", remarks=(remark,))
    entry = claim.entries.get(tier)
    if entry is None:
        return Judgement(claim, tier, "NOT RUN", remarks=(f"it has no test at tier {tier}",))
    findings = tested(entry, rows)
    verdict, remarks = concluded(entry, findings)
    if tier == SCALED:
        verdict = SCALED_WORDS.get(verdict, verdict)
        findings = [
            replace(one, verdict=SCALED_WORDS.get(one.verdict, one.verdict)) for one in findings
        ]
    return Judgement(claim, tier, verdict, tuple(findings), remarks)


def tested(entry: Entry, rows: Sequence[Measurement]) -> list[Finding]:
    """Decide all tests of an entry, in order."""
    best = best_of_dense(rows)
    examined = {
        place: examine(test, rows, best)
        for place, test in enumerate(entry.tests)
        if test.rule in COMPARED
    }
    adjusted = families(entry, examined)
    findings: list[Finding] = []
    for place, test in enumerate(entry.tests):
        if place in examined:
            findings.append(conclude(examined[place], *adjusted.get(place, (None, 0))))
        elif test.rule == "argmin":
            findings.append(argmin(test, rows, best))
        else:
            findings.extend((report if test.rule == "report" else pairs)(test, rows, best))
    return findings


def families(entry: Entry, examined: Mapping[int, Examined]) -> dict[int, tuple[float | None, int]]:
    """Adjust the p values inside each family; tests that could not be run still count.

    Returns
    -------
    dict
        Place of a test to its adjusted p and the size of its family.
    """
    ps = {
        place: None if one.evidence is None else p_value(one.test, one.evidence)
        for place, one in examined.items()
    }
    return adjusted_families(entry, ps)


def adjusted_families(
    entry: Entry, ps: Mapping[int, float | None]
) -> dict[int, tuple[float | None, int]]:
    """Adjust p values, given by the places of their tests, inside each family of an entry."""
    members: dict[tuple[str, str], list[int]] = {}
    for place in ps:
        if in_family(entry.tests[place]):
            members.setdefault(family_of(entry, place), []).append(place)
    adjusted: dict[int, tuple[float | None, int]] = {}
    for places in members.values():
        found = holm([ps[place] for place in places], len(places))
        adjusted |= {p: (a, len(places)) for p, a in zip(places, found, strict=True)}
    return adjusted


def family_of(entry: Entry, place: int) -> tuple[str, str]:
    """Name the family of a test: its value of the column that splits, and its alternatives."""
    test = entry.tests[place]
    split = str(test.x.get(entry.family, "")) if entry.family else ""
    return split, "" if test.rule == "superior" else test.one_of
