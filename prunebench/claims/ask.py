"""The experiment that decides claims: the benchmarks that deliver their cells, and no others."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from prunebench.claims.file import ClaimsFile
from prunebench.claims.requested import benchmarks_of
from prunebench.core.digest import Json
from prunebench.experiment.experiment import Experiment, Study
from prunebench.experiment.schema import load


def experiment_of(
    file: ClaimsFile, ids: Sequence[str], tier: str, flags: Mapping[str, Json]
) -> Experiment:
    """Join the benchmarks that deliver the cells of claims into one experiment.

    Parameters
    ----------
    file, ids
        The claims.
    tier
        Which size of the benchmarks.
    flags
        Keys that replace those of the benchmarks.

    Raises
    ------
    SpecError
        If there is no such claim, or one has no test at that tier.
    """
    claims = file.chosen(ids)
    names = benchmarks_of(claims, tier)
    return joined([load(name, flags, tier) for name in names], [claim.id for claim in claims])


def joined(benchmarks: Sequence[Experiment], ids: Sequence[str]) -> Experiment:
    """Make one experiment of several; its plan keeps only what the claims compare."""
    studies = [benchmark.study for benchmark in benchmarks]
    study = Study(
        about=f"Claims {', '.join(ids)}",
        source="; ".join(dict.fromkeys(study.source for study in studies)),
        benchmark=", ".join(study.benchmark for study in studies),
        tier=studies[0].tier,
        claims=tuple(ids),
        only_claims=True,
        tables=tuple(table for study in studies for table in study.tables),
    )
    parts = tuple(grid for benchmark in benchmarks for grid in benchmark.grids)
    name = f"Claims {', '.join(ids)} at tier {study.tier}"
    return replace(benchmarks[0], name=name, parts=parts, study=study)
