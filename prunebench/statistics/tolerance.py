"""How far an outcome from another machine may lie from that of some seeds."""

DEVIATIONS = 3

LEAST, MOST = 0.005, 0.05
"""Half a point: two seeds may happen to be closer to each other than to any third. Five points: the
spread was chosen by whoever sent the seeds, and must not excuse whatever comes out."""

ROUNDING = 1e-9


def tolerance(sd: float | None) -> float:
    """Give three standard deviations of accuracies, half a point at least and five at most.

    >>> tolerance(None), tolerance(0.01), tolerance(0.4)
    (0.005, 0.03, 0.05)
    """
    return min(max(DEVIATIONS * (sd or 0.0), LEAST), MOST)
