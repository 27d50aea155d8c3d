"""Trials that were run again, by whoever."""

from collections.abc import Iterable, Mapping, Sequence

from prunebench.bundle.reproduced import Reproduced
from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.listed import Rerun
from prunebench.leaderboard.merging.merge import Merged


def reruns(found: Iterable[Reproduced]) -> dict[str, tuple[Rerun, ...]]:
    """Give the trials that were run again, by address of their bundle; by date and trial."""
    by_bundle: dict[str, set[Rerun]] = {}
    for one in found:
        by_bundle.setdefault(one.bundle, set()).update(
            Rerun(
                trial=trial.trial,
                date=one.date,
                by=one.by,
                submitted=trial.submitted,
                measured=trial.measured,
                tolerance=trial.tolerance,
                agrees=trial.agrees,
                how=trial.how,
            )
            for trial in one.trials
        )
    return {
        address: tuple(sorted(every, key=lambda one: (one.date, one.trial, one.by)))
        for address, every in by_bundle.items()
    }


def reruns_of(one: Merged, known: Mapping[str, Sequence[Rerun]]) -> list[Rerun]:
    """Give the reruns of a trial: of every bundle that has the outcome that is shown."""
    same = [one.shown, *(other for other, _ in one.others if other.evidence == one.shown.evidence)]
    addresses = sorted({candidate.bundle.address for candidate in same})
    return [
        rerun
        for address in addresses
        for rerun in known.get(address, ())
        if rerun.trial == one.shown.row.trial
    ]


def reproduced(found: Iterable[Rerun]) -> list[Badge]:
    """Give the badge of what was run again; none where nothing was."""
    every = list(found)
    return [Badge("reproduced", sum(one.agrees for one in every), len(every))] if every else []
