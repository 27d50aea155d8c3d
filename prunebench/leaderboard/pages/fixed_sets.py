"""How far the finite number of test images alone lets an accuracy be off."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from prunebench.leaderboard.board import Board

NORMAL = 1.959964
"""Quantile of the normal distribution at 97.5 %."""


@dataclass(frozen=True)
class FixedSet:
    """The test images of a pair of data set and model.

    Parameters
    ----------
    pair
        Which.
    images
        Their number.
    half_width
        Of the 95 % interval of the dense network's accuracy over other sets of that size.
    """

    pair: str
    images: int
    half_width: float


def fixed_sets(boards: Iterable[Board]) -> list[FixedSet]:
    """Give the test images of every pair that has a dense network."""
    found: dict[str, FixedSet] = {}
    for board in boards:
        pair = f"{board.model} on {board.dataset}"
        accuracy = board.dense.accuracy.mean if board.dense else None
        if accuracy is not None and board.images:
            found[pair] = FixedSet(pair, board.images, half_width(accuracy, board.images))
    return list(found.values())


def half_width(accuracy: float, images: int) -> float:
    """Give half the 95 % interval of a share of so many images, by the normal approximation.

    >>> f"{half_width(0.5, 100):.3f}"
    '0.098'
    """
    return NORMAL * sqrt(accuracy * (1 - accuracy) / images)
