"""Dense networks of all bundles: on equal machines they are equal to the last bit."""

from collections.abc import Iterable, Iterator

from prunebench.errors import SpecError
from prunebench.leaderboard.merging.candidate import Candidate


def refuse_other_dense(found: Iterable[Candidate]) -> None:
    """Refuse bundles that contradict each other about a dense network.

    Pairs of methods share it, so a comparison would subtract what is not alike.

    Raises
    ------
    SpecError
        If two name other weights for one trial, on equal software and hardware.
    """
    every = sorted(found, key=lambda one: (one.age, one.row.trial))
    shared = {one.row.trial: one for one in every if is_shared(one)}
    known: dict[tuple[str, str], tuple[str, Candidate]] = {}
    for trial, weights, one in named(every):
        if trial not in shared or not weights:
            continue
        seen, first = known.setdefault((trial, one.machine), (weights, one))
        if seen != weights:
            raise SpecError(complaint(shared[trial], (seen, first), (weights, one)))


def is_shared(one: Candidate) -> bool:
    """Say whether a row is of a dense network that all methods start from."""
    return one.row.method_id == "dense" and not one.row.regularized_by


def named(found: Iterable[Candidate]) -> Iterator[tuple[str, str, Candidate]]:
    """Give every dense network that a row is of, or was pruned from, with its weights."""
    for one in found:
        if one.row.method_id == "dense":
            yield one.row.trial, one.row.weights_digest, one
        elif one.entry.dense:
            yield one.entry.dense, one.entry.dense_weights, one


def complaint(dense: Candidate, first: tuple[str, Candidate], second: tuple[str, Candidate]) -> str:
    """Say which bundles name which weights."""
    row = dense.row
    sides = " and ".join(f"{one.bundle.short} has {weights}" for weights, one in (first, second))
    return (
        f"bundles disagree on the weights of the dense network {row.model} on {row.dataset}, seed "
        f"{row.seed}, with equal software and hardware: {sides}; one of them is not what it says, "
        "so leave it out, or call it superseded in notes.toml."
    )
