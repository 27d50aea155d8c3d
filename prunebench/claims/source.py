"""Runs as sources of rows: whose tier, whose benchmark, and what was declared beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prunebench.claims.claim import ANY, Claim, digest
from prunebench.claims.finding import Judgement
from prunebench.claims.verdict import FULL, SCALED, judge
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

TIERS = ("smoke", SCALED, FULL)
"""Sizes at which a run can be judged that records none of its own."""


@dataclass(frozen=True)
class Source:
    """A run: its record and its rows."""

    record: RunRecord
    rows: Sequence[Measurement]

    @property
    def tier(self) -> str:
        """The size that was run; empty for an experiment without tiers."""
        return str(self.record.experiment.get("tier") or "")

    @property
    def benchmarks(self) -> frozenset[str]:
        """The benchmarks that it runs; empty for an experiment of one's own."""
        named = str(self.record.experiment.get("benchmark") or "")
        return frozenset(filter(None, named.split(", ")))


def common_tier(sources: Iterable[Source], given: str | None) -> str:
    """Find the tier at which runs can be judged.

    Raises
    ------
    SpecError
        If they were made at another one than `given`, at several, or none is known.
    """
    tiers = sorted({source.tier for source in sources} - {""})
    if given and any(tier != given for tier in tiers):
        msg = f"the run was made at tier {tiers[0]}; its rows carry no verdict at tier {given}."
        raise SpecError(msg)
    if given and not tiers and given not in TIERS:
        msg = (
            f"there is no tier {given!r}; judge the run at {', '.join(TIERS[:-1])} or {TIERS[-1]}."
        )
        raise SpecError(msg)
    if given or len(tiers) == 1:
        return given or tiers[0]
    if tiers:
        msg = f"these runs were made at tiers {' and '.join(tiers)}; judge them one tier at a time."
    else:
        msg = "the run records no tier; say at which it is to be judged, such as --tier t1."
    raise SpecError(msg)


def judge_runs(claims: Iterable[Claim], tier: str, sources: Sequence[Source]) -> list[Judgement]:
    """Decide claims on runs: each on those of its benchmark, or of experiments without one."""
    return [judge(claim, tier, rows_for(claim, tier, sources)) for claim in claims]


def rows_for(claim: Claim, tier: str, sources: Iterable[Source]) -> list[Measurement]:
    """Give the rows that a claim may be decided on."""
    return [row for source in fitting(claim, tier, sources) for row in source.rows]


def fitting(claim: Claim, tier: str, sources: Iterable[Source]) -> list[Source]:
    """Give the runs of a claim's benchmark, and experiments without one."""
    wanted = benchmarks(claim, tier)
    if ANY in wanted:
        return list(sources)
    return [one for one in sources if not one.benchmarks or one.benchmarks & wanted]


def benchmarks(claim: Claim, tier: str) -> frozenset[str]:
    """Name the benchmarks that deliver a claim's cells; of a smoke run, those of any tier."""
    tiers = (tier,) if tier in (FULL, SCALED) else (FULL, SCALED)
    found = {claim.entries[name].benchmark for name in tiers if name in claim.entries}
    return frozenset(found)


def decidable(claims: Iterable[Claim], tier: str, sources: Sequence[Source]) -> list[Claim]:
    """Give the claims whose cells some run delivers."""
    anything = any(not source.benchmarks for source in sources)
    run = frozenset({ANY}.union(*(source.benchmarks for source in sources)))
    return [
        claim
        for claim in claims
        if (found := benchmarks(claim, tier)) and (anything or found & run)
    ]


def is_idle(judgement: Judgement) -> bool:
    """Say whether a claim on whatever was run found nothing, so that it need not be shown."""
    entry = judgement.claim.entries.get(judgement.entry)
    return entry is not None and entry.benchmark == ANY and judgement.verdict == "NOT RUN"


def declared(claim: Claim, tier: str, sources: Iterable[Source]) -> str:
    """Say whether a claim stood as it stands before the first training.

    Returns
    -------
    str
        One phrase; empty for a claim without tests or runs at this tier.
    """
    runs = fitting(claim, tier, sources)
    if tier not in claim.entries or not runs:
        return ""
    own = digest(claim.entries[tier])
    stored = [digests_in(source.record).get(claim.id) for source in runs]
    if all(one == own for one in stored):
        return next(filter(None, map(late, runs)), "declared before training")
    if all(one is None for one in stored):
        return "not declared before training"
    if None in stored:
        return "not declared before all of the trainings"
    return "CHANGED SINCE TRAINING: its tests are not those that were declared"


def late(source: Source) -> str:
    """Say that retrainings were done before a run declared anything; empty where none was."""
    done, planned = (source.record.claims.get(name) for name in ("done", "retrainings"))
    return f"declared when {done} of {planned} retrainings were done already" if done else ""


def digests_in(record: RunRecord) -> dict[str, Json]:
    """Give the digests of claims that a run stored, by id."""
    found = record.claims.get("digests")
    return found if isinstance(found, dict) else {}
