"""Numbers over seeds, as boards show them."""

from dataclasses import replace

from prunebench.leaderboard.number import Difference, Rank, Score
from prunebench.leaderboard.steady import steady
from prunebench.statistics.cells import Seeds
from prunebench.statistics.interval import summarise


def score(seeds: Seeds, expected: int) -> Score:
    """Summarise the seeds that have a number.

    Parameters
    ----------
    seeds
        Numbers by seed.
    expected
        Seeds that the suite asks for.
    """
    found = summarise(value for _, value in sorted(seeds.items()) if value is not None)
    if found is None:
        return Score(None, None, None, None, 0, expected)
    return Score(
        mean=steady(found.mean),
        sd=steady(found.sd),
        low=steady(found.low),
        high=steady(found.high),
        n=found.n,
        expected=expected,
    )


def with_standing(given: Score, difference: Difference | None, rank: Rank | None) -> Score:
    """Say how a score stands to others."""
    return replace(given, difference=difference, rank=rank)
