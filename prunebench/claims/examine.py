"""One test on the rows of a run: both cells, their differences by seed, and what to say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from prunebench.claims.claim import Test
from prunebench.claims.decide import alternative, decided, p_value
from prunebench.claims.finding import Behind, Finding, Word
from prunebench.claims.quantities import EARLY, QUANTITIES, TO_TARGET, Best
from prunebench.claims.select import Side, side
from prunebench.results.measurement import Measurement
from prunebench.statistics.interval import summarise
from prunebench.statistics.paired import Paired, decisive, paired, seeds_needed
from prunebench.statistics.power import detectable_difference

MANY = 0.2
"""From this share of censored runs on, early-stop steps are replaced by times to a target."""


@dataclass(frozen=True)
class Examined:
    """A test before its rule is applied.

    Parameters
    ----------
    test
        The test; its quantity may have been replaced.
    sides
        x and y.
    evidence
        Of the differences; None without any.
    notes
        What must be said with it.
    missing
        Why it could not be run; empty normally.
    """

    test: Test
    sides: tuple[Side, ...]
    evidence: Paired | None = None
    notes: tuple[str, ...] = ()
    missing: str = ""


def examine(test: Test, rows: Sequence[Measurement], best: Best) -> Examined:
    """Select both cells of a test and take their differences by seed."""
    sides = measured(test, rows, best)
    if switched := replacement(test, sides):
        test = replace(test, quantity=TO_TARGET)
        sides = measured(test, rows, best)
    missing = "; ".join(one.problem for one in sides if one.problem)
    if missing:
        return Examined(test, sides, missing=missing)
    found = differences(*sides)
    evidence = paired(found.values(), "greater") if found else None
    notes = (switched, *remarks(sides, found))
    return Examined(test, sides, evidence, tuple(filter(None, notes)))


def measured(test: Test, rows: Sequence[Measurement], best: Best) -> tuple[Side, Side]:
    """Measure the two cells; a fixed number has every seed of x."""
    quantity = QUANTITIES[test.quantity]
    x = side(rows, test.x, quantity, best)
    if test.level is not None:
        return x, Side({"fixed at": test.level}, dict.fromkeys(x.values, test.level))
    return x, side(rows, test.y, quantity, best)


def differences(x: Side, y: Side) -> dict[int, float]:
    """Give x - y of every seed that both have."""
    return {seed: value - y.values[seed] for seed, value in x.values.items() if seed in y.values}


def remarks(sides: Sequence[Side], found: dict[int, float]) -> list[str]:
    """Say what must be known of a test's rows: losses, censoring."""
    said = [censoring(sides)] if any(one.censored for one in sides) else []
    statuses = {one: n for s in sides for one, n in s.statuses.items() if one != "ok"}
    totals = {one: sum(s.statuses.get(one, 0) for s in sides) for one in statuses}
    if totals:
        said.append(f"rows: {', '.join(f'{n} {one}' for one, n in sorted(totals.items()))}")
    lost = sorted({seed for s in sides for seed in (*s.values, *s.lost)} - set(found))
    if lost:
        those = "seed" if len(lost) == 1 else "seeds"
        said.append(f"{those} {', '.join(map(str, lost))} without a pair")
    return said


def replacement(test: Test, sides: Sequence[Side]) -> str:
    """Say why early-stop steps give way to times to a target; empty where they do not."""
    if test.quantity != EARLY or share_censored(sides) <= MANY:
        return ""
    return f"{censoring(sides)}, more than 20 %; time to target instead of early stop"


def censoring(sides: Iterable[Side]) -> str:
    """Count the runs whose number is only a bound."""
    known = list(sides)
    censored, runs = (sum(getattr(one, what) for one in known) for what in ("censored", "runs"))
    return f"{censored} of {runs} runs censored (training ended first)"


def share_censored(sides: Iterable[Side]) -> float:
    """Give the share of runs whose number is only a bound."""
    known = list(sides)
    return sum(one.censored for one in known) / max(1, sum(one.runs for one in known))


def conclude(examined: Examined, adjusted: float | None, family: int) -> Finding:
    """Apply a test's rule.

    Parameters
    ----------
    examined
        The test on its rows.
    adjusted
        Its p after Holm; None outside a family.
    family
        How many tests Holm's adjustment counts.
    """
    test, evidence = examined.test, examined.evidence
    behind = tuple(map(behind_side, examined.sides))
    verdict, extra = judged(examined, adjusted)
    bare = Finding(
        test,
        test.title,
        verdict,
        unit=QUANTITIES[test.quantity].unit,
        behind=behind,
        notes=tuple(note for note in (*examined.notes, extra, test.note) if note),
        decides=test.primary,
    )
    if evidence is None:
        return bare
    return replace(
        bare,
        alternative=alternative(test, "sign-flip"),
        n=evidence.n,
        estimate=evidence.mean,
        low=evidence.low,
        high=evidence.high,
        p=p_value(test, evidence),
        adjusted=adjusted,
        cross_check=evidence.p_wilcoxon if test.rule == "superior" else None,
        family=family,
        detectable=power(test, evidence, verdict),
        notes=(*bare.notes, *few_seeds(test, evidence.n, family)),
    )


def judged(examined: Examined, adjusted: float | None) -> tuple[Word, str]:
    """Give the verdict on a test, and why where no rule gave it."""
    test, evidence = examined.test, examined.evidence
    if examined.missing:
        return "NOT RUN", examined.missing
    if evidence is None:
        return "INCONCLUSIVE", "no seed has a number on both sides"
    if test.rule == "report":
        return "REPORTED", ""
    verdict = decided(test, evidence, adjusted)
    if test.rule == "equivalent" and verdict == "CONFIRMED" and bounded(examined):
        return "INCONCLUSIVE", "so many bounds are equal that the intervals cannot be trusted"
    return verdict, ""


def bounded(examined: Examined) -> bool:
    """Say whether too many runs gave bounds, which tie with each other."""
    return share_censored(examined.sides) > MANY


def few_seeds(test: Test, n: int, family: int) -> list[str]:
    """Warn where so few seeds could not be significant whatever they say."""
    tests = max(1, family)
    if test.rule != "superior" or decisive(n, "greater", tests):
        return []
    of = f"any of {tests} tests" if tests > 1 else "a test"
    return [f"{n} seeds cannot decide {of}; {seeds_needed(tests)} are needed"]


def power(test: Test, evidence: Paired, verdict: Word) -> float | None:
    """Give the true difference that seeds find four times out of five.

    None of a superiority that was confirmed, and of other rules.
    """
    if test.rule != "superior" or verdict == "CONFIRMED" or not evidence.sd:
        return None
    return detectable_difference(evidence.sd, evidence.n, alternative="greater")


def behind_side(one: Side) -> Behind:
    """Describe a cell by its mean over seeds."""
    found = summarise(one.values.values())
    if found is None:
        return Behind(one.cell, source=one.trials)
    return Behind(one.cell, found.mean, found.sd, found.n, one.trials)
