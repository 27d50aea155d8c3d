"""Badges with counts: of a method's trials."""

from collections.abc import Iterable, Sequence
from typing import get_args

from prunebench.leaderboard.badge import Badge, Word


def tallied(badges: Iterable[Sequence[Badge]]) -> tuple[Badge, ...]:
    """Count the badges of several trials, in the order of `Word`.

    Parameters
    ----------
    badges
        Of each trial.
    """
    every = list(badges)
    found = [counted(word, every) for word in get_args(Word)]
    return tuple(badge for badge in found if badge.of)


def counted(word: Word, every: Sequence[Sequence[Badge]]) -> Badge:
    """Count one badge: how many trials have it; reruns one by one. 0 of 0 if none has."""
    mine = [badge for badges in every for badge in badges if badge.word == word]
    if word == "reproduced":
        return Badge(word, sum(b.count for b in mine), sum(b.of for b in mine))
    return Badge(word, len(mine), len(every)) if mine else Badge(word)
