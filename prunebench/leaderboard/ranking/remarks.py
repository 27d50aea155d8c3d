"""What must be said below a board about where its rows come from."""

from collections.abc import Iterable, Iterator, Sequence

from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.leaderboard.ranking.seeds import Line


def remarks(found: Sequence[Line], reference: str) -> tuple[str, ...]:
    """Say that the reference is missing, that versions or machines are mixed."""
    own = [line for line in found if not line.control_of]
    return (*missing(own, reference), *versions(own), *machines(own))


def missing(own: Iterable[Line], reference: str) -> Iterator[str]:
    """Say that nothing is compared with the reference."""
    if reference not in {line.label for line in own}:
        yield f"No bundle has the reference {reference}, so no differences are given."


def versions(own: Iterable[Line]) -> Iterator[str]:
    """Name the methods whose trials come from several versions of their plugin."""
    for line in own:
        sources = {one.source for one in shown(line)}
        if len(sources) > 1:
            names = sorted({source.version for source in sources})
            which = f"versions {' and '.join(names)}" if len(names) > 1 else "several states"
            yield f"The trials of {line.label} come from {which} of its plugin."


def machines(own: Iterable[Line]) -> Iterator[str]:
    """Say that seeds are paired across machines."""
    kinds = {one.machine for line in own for one in shown(line)}
    if len(kinds) > 1:
        yield (
            f"Trials come from {len(kinds)} combinations of hardware and library versions; where "
            "two sides of a difference do, their dense networks may differ in the last digits."
        )


def shown(line: Line) -> list[Candidate]:
    """Give the rows of a method that enter its numbers."""
    return [one.merged.shown for one in line.trials if one.counts]
