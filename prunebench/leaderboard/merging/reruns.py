"""Trials that were run again, by whoever."""

from collections.abc import Iterable, Mapping, Sequence

from prunebench.bundle.packing.sums import SHORT
from prunebench.bundle.reproduced import Reproduced, ReproducedTrial
from prunebench.errors import SpecError
from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.inputs.submitted import Submitted
from prunebench.leaderboard.listed import Rerun
from prunebench.leaderboard.merging.merge import Merged

ABSENT = -1.0
"""No accuracy: stands for that of a trial that is not there."""


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
    """Give the badge of what was run again; none where nothing was.

    A trial counts once however often it was run, and agrees if all of its reruns do.
    """
    agrees: dict[str, bool] = {}
    for one in found:
        agrees[one.trial] = agrees.get(one.trial, True) and one.agrees
    return [Badge("reproduced", sum(agrees.values()), len(agrees))] if agrees else []


def refuse_other_trials(found: Iterable[Reproduced], bundles: Iterable[Submitted]) -> None:
    """Refuse reproductions of what a bundle does not say.

    Raises
    ------
    SpecError
        If one is of a trial that the bundle has not, or has with another accuracy.
    """
    known = {
        one.address: {entry.row.trial: entry.row.test_accuracy_last for entry in one.entries}
        for one in bundles
    }
    for one in found:
        rows = known.get(one.bundle)
        for trial in one.trials if rows is not None else ():
            if rows is not None and rows.get(trial.trial, ABSENT) != trial.submitted:
                raise SpecError(complaint(one, trial, rows))


def complaint(one: Reproduced, trial: ReproducedTrial, rows: Mapping[str, float | None]) -> str:
    """Say in what a reproduction is about something else than its bundle."""
    where = f"a reproduction of bundle {one.bundle[:SHORT]} is about the trial {trial.trial}"
    if trial.trial not in rows:
        return f"{where}, which that bundle does not have; leave its file ({one.name}) out."
    return (
        f"{where} with the submitted accuracy {trial.submitted}, and the bundle has "
        f"{rows[trial.trial]}; leave its file ({one.name}) out."
    )
