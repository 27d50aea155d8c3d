"""What must be said below a board about where its rows come from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.leaderboard.merging.placed import Placed
from prunebench.leaderboard.ranking.seeds import Line


def remarks(
    found: Sequence[Line], reference: str, alike: Mapping[str, Sequence[Placed]]
) -> tuple[str, ...]:
    """Say that the reference is missing, what is mixed, and which rows are the same networks.

    `alike` holds trials of the same pair under other protocols.
    """
    own = [line for line in found if not line.control_of]
    same = (*repeated(own), *elsewhere(own, alike))
    return (*missing(own, reference), *versions(own), *machines(own), *same)


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
            f"Trials come from {len(kinds)} combinations of hardware, libraries and commit of "
            "prunebench; where two sides of a difference do, last digits may differ."
        )


def shown(line: Line) -> list[Candidate]:
    """Give the rows of a method that enter its numbers."""
    return [one.merged.shown for one in line.trials if one.counts]


def repeated(own: Iterable[Line]) -> Iterator[str]:
    """Name methods whose networks are the same here, to the last bit.

    A protocol that trains a fresh network of the kept sizes forgets which channels were kept.
    """
    groups: dict[frozenset[tuple[float, int, str]], list[str]] = {}
    for line in own:
        groups.setdefault(weights(shown(line)), []).append(line.label)
    for networks, labels in groups.items():
        if networks and len(labels) > 1:
            yield (
                f"{listed(labels)} end with the same networks here, by the digests of their "
                "weights: their rows are one result, and every test counts it so often."
            )


def elsewhere(own: Iterable[Line], alike: Mapping[str, Sequence[Placed]]) -> Iterator[str]:
    """Name methods whose networks are those of another protocol."""
    for protocol, found in alike.items():
        labels = [
            line.label
            for line in own
            if (mine := weights(shown(line)))
            and mine == weights(one.merged.shown for one in found if is_of(one, line))
        ]
        if labels:
            yield f"Under {protocol} the networks of {listed(labels)} are the same as here."


def is_of(one: Placed, line: Line) -> bool:
    """Say whether a trial is a method's own, and counts."""
    return one.counts and (one.label, one.control_of) == (line.label, line.control_of)


def weights(found: Iterable[Candidate]) -> frozenset[tuple[float, int, str]]:
    """Give density, seed and digest of the weights of some networks."""
    return frozenset(
        (one.row.target_density or 0.0, one.row.seed, one.row.weights_digest) for one in found
    )


def listed(labels: Sequence[str]) -> str:
    """Write names as a sentence does."""
    return f"{', '.join(labels[:-1])} and {labels[-1]}" if len(labels) > 1 else labels[0]
