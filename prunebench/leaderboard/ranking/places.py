"""Places that methods may take: an order only where differences paired by seed support it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from prunebench.leaderboard.number import Rank
from prunebench.statistics.cells import Seeds, differences
from prunebench.statistics.interval import half_width
from prunebench.statistics.multiplicity import holm
from prunebench.statistics.paired import decisive, sign_flip
from prunebench.statistics.pareto import EXACT
from prunebench.statistics.sample import Values, deviation, finite

ALPHA = 0.05


def places(sides: Mapping[str, Seeds], last: Collection[str]) -> dict[str, Rank]:
    """Give the places of methods by one number per seed, the larger the better.

    Every two methods are compared, paired by seed; Holm adjusts within these comparisons. A
    method's best place is one more than the methods that beat it, its worst leaves out those that
    it beats: an interval, for not to be told apart is not handed on from one to the next.

    Parameters
    ----------
    sides
        Numbers by method and seed.
    last
        Methods that did not end well there: behind all others, and not told apart.
    """
    sound = [name for name in sorted(sides) if name not in last]
    beaten: Counter[str] = Counter()
    beats: Counter[str] = Counter()
    for winner, loser in victories(sides, sound):
        beats[winner] += 1
        beaten[loser] += 1
    found = {name: Rank(1 + beaten[name], len(sound) - beats[name], len(sides)) for name in sound}
    behind = Rank(len(sound) + 1, len(sides), len(sides))
    return found | {name: behind for name in sorted(sides) if name in last}


def leaders(sides: Mapping[str, Seeds], last: Collection[str]) -> tuple[str, ...]:
    """Give the method of the largest mean and those that are not told apart from it, by name.

    To be unbeaten is not enough: whose seeds scatter widely is beaten by few.
    """
    sound = [name for name in sorted(sides) if name not in last]
    if not sound:
        return ()
    known = {name: [v for v in sides[name].values() if v is not None] for name in sound}
    means = {name: round(float(finite(known[name]).mean()), EXACT) for name in sound}
    first = max(sound, key=lambda name: means[name])
    beaten = {loser for winner, loser in victories(sides, sound) if winner == first}
    return tuple(name for name in sound if name not in beaten)


def victories(sides: Mapping[str, Seeds], names: Sequence[str]) -> list[tuple[str, str]]:
    """Give the pairs of methods of which the first beats the second.

    It does what `compare_pair` and `judged` do, for all pairs at once and without what only a
    table shows: a board of twenty methods has thousands of pairs.
    """
    pairs = list(combinations(names, 2))
    samples = [finite(differences(sides[x], sides[y]).by_seed.values()) for x, y in pairs]
    found = []
    for pair, sample, p in zip(pairs, samples, holm(p_values(samples), len(pairs)), strict=True):
        if p is not None and p <= ALPHA and is_apart(sample):
            found.append(pair if sample.mean() > 0 else pair[::-1])
    return found


def p_values(samples: Sequence[Values]) -> list[float | None]:
    """Give two-sided p of differences being none: t below six seeds, where t is defined."""
    known: list[float | None] = [None] * len(samples)
    by_t: dict[int, float] = {}
    for place, sample in enumerate(samples):
        sd = deviation(sample)
        if sd and not decisive(len(sample), "two-sided"):
            by_t[place] = float(sample.mean()) / (sd / sqrt(len(sample)))
        elif len(sample):
            known[place] = sign_flip(sample)
    sizes = np.array([len(samples[place]) for place in by_t], dtype=np.float64)
    for place, p in zip(by_t, tails(np.array([*by_t.values()]), sizes), strict=True):
        known[place] = float(p)
    return known


def tails(statistics: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give two-sided p of t statistics of samples of these sizes."""
    found: NDArray[np.float64] = np.minimum(1.0, 2 * stats.t.sf(np.abs(statistics), sizes - 1))
    return found


def is_apart(sample: Values) -> bool:
    """Say whether the 95 % interval of the mean excludes 0; no precision is no such interval."""
    sd = deviation(sample)
    if sd is None or (not sd and not decisive(len(sample), "two-sided")):
        return False
    width = half_width(sd / sqrt(len(sample)), len(sample) - 1)
    return abs(float(sample.mean())) > width


def place_order(rank: Rank | None, label: str) -> tuple[bool, int, int, str]:
    """Give what methods are sorted by: place, then name; only name where all may be first."""
    if rank is None:
        return True, 0, 0, label
    return False, rank.best, 0 if rank.best == 1 else rank.worst, label
