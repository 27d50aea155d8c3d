"""Bundles of several parties become one row per trial, with the history of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

from prunebench.leaderboard.inputs.notes import Dispute, Notes
from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.leaderboard.merging.parties import same_party
from prunebench.leaderboard.merging.tolerance import agrees

Role: TypeAlias = Literal[
    "shown",
    "independent",
    "conflict",
    "older submission",
    "another version",
    "another environment",
    "disputed",
    "superseded",
]
"""What a bundle's row is to its trial."""

Cell: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """Everything that bundles say of one trial.

    Parameters
    ----------
    shown
        The row that stands for it.
    others
        All others with what they are to it, the newest first.
    disputes
        Notes that concern the row shown.
    conflict
        Rows that cannot both be right, by date; empty normally.
    superseded
        Whether the row shown is only there because nothing else is left.
    """

    shown: Candidate
    others: tuple[tuple[Candidate, Role], ...]
    disputes: tuple[Dispute, ...]
    conflict: tuple[Candidate, ...]
    superseded: bool

    @property
    def independent(self) -> bool:
        """Whether another party has the same outcome."""
        return any(role == "independent" for _, role in self.others)

    @property
    def since(self) -> tuple[str, str]:
        """What is smaller the earlier the party of the row shown first had the trial."""
        every = (self.shown, *(one for one, _ in self.others))
        return min(one.age for one in every if by_one_party(one, self.shown))

    @property
    def counts(self) -> bool:
        """Whether it may enter means and ranks."""
        return not (self.disputes or self.conflict or self.superseded)


def merge(found: Iterable[Candidate], notes: Notes) -> list[Merged]:
    """Merge rows trial by trial.

    Parameters
    ----------
    found
        Rows of all bundles.
    notes
        What is disputed and superseded, addresses in full.

    Returns
    -------
    list of Merged
        By trial and label.
    """
    every = list(found)
    groups: dict[tuple[str, str], list[Candidate]] = {}
    for one in every:
        groups.setdefault(one.place, []).append(one)
    seeds = accuracies_by_cell(every)
    gone = {note.bundle for note in notes.superseded}
    return [settle(groups[place], seeds, notes, gone) for place in sorted(groups)]


def accuracies_by_cell(found: Iterable[Candidate]) -> Mapping[Cell, Sequence[float]]:
    """Give the accuracies of all seeds, by bundle and cell."""
    cells: dict[Cell, list[float]] = {}
    for one in found:
        if one.row.test_accuracy_last is not None:
            cells.setdefault(cell_of(one), []).append(one.row.test_accuracy_last)
    return cells


def cell_of(one: Candidate) -> Cell:
    """Say which rows are seeds of one another."""
    row = one.row
    return (
        one.bundle.address,
        row.dataset,
        row.model,
        one.label,
        row.protocol,
        row.target,
        row.regularized_by,
    )


def settle(
    group: Sequence[Candidate],
    seeds: Mapping[Cell, Sequence[float]],
    notes: Notes,
    gone: Iterable[str],
) -> Merged:
    """Choose the row of one trial that is shown, and say what the others are to it."""
    left = [one for one in group if one.bundle.address not in gone]
    roles: dict[Candidate, Role] = {one: "superseded" for one in group if one not in left}
    last = not left
    latest = newest_of_each_party(left or list(group))
    roles |= {one: "older submission" for one in left if one not in latest}
    doubtful = [one for one in latest if disputes_of(one, notes)]
    trusted = [one for one in latest if one not in doubtful]
    ranked = first_party_first(trusted or doubtful, left or group)
    shown = ranked[0]
    if trusted:
        roles |= dict.fromkeys(doubtful, "disputed")
    conflict = contradicting(ranked, shown, seeds)
    for one in ranked[1:]:
        roles[one] = role_of(one, shown, conflict, seeds)
    roles.pop(shown, None)
    others = sorted(roles, key=lambda one: one.age, reverse=True)
    return Merged(
        shown=shown,
        others=tuple((one, roles[one]) for one in others),
        disputes=disputes_of(shown, notes),
        conflict=() if last else tuple(sorted(conflict, key=lambda one: one.age)),
        superseded=last,
    )


def newest_of_each_party(group: Sequence[Candidate]) -> list[Candidate]:
    """Give each submitter's newest row."""
    kept: list[Candidate] = []
    for one in sorted(group, key=lambda one: one.age, reverse=True):
        if not any(by_one_party(one, other) for other in kept):
            kept.append(one)
    return kept


def by_one_party(one: Candidate, other: Candidate) -> bool:
    """Say whether two rows come from one submitter."""
    return same_party(one.bundle.manifest.submitter, other.bundle.manifest.submitter)


def first_party_first(
    latest: Sequence[Candidate], group: Sequence[Candidate]
) -> Sequence[Candidate]:
    """Put the rows of parties in the order in which these first had the trial.

    A version is whatever a bundle says, so it displaces nothing that somebody else sent; one of
    a prunebench that is not known here gives way whatever its date.
    """

    def first(one: Candidate) -> tuple[bool, tuple[str, str]]:
        return one.is_ahead, min(other.age for other in group if by_one_party(one, other))

    return sorted(latest, key=first)


def disputes_of(one: Candidate, notes: Notes) -> tuple[Dispute, ...]:
    """Give the notes that concern a row."""
    return tuple(
        note
        for note in notes.disputed
        if note.trial in ("", one.row.trial) and note.bundle in ("", one.bundle.address)
    )


def contradicting(
    ranked: Sequence[Candidate], shown: Candidate, seeds: Mapping[Cell, Sequence[float]]
) -> list[Candidate]:
    """Give the rows that cannot both be right, of the version that is shown."""
    alike = [one for one in ranked if one.source == shown.source]
    pairs = [pair for pair in combinations(alike, 2) if contradict(*pair, seeds)]
    return list(dict.fromkeys(one for pair in pairs for one in pair))


def contradict(one: Candidate, other: Candidate, seeds: Mapping[Cell, Sequence[float]]) -> bool:
    """Say whether a row and a later one cannot both be right.

    Whatever the machine, both are of one network; and dense networks, from which everything is
    pruned, come out alike.
    """
    if one.machine == other.machine:
        return one.evidence != other.evidence
    if one.network != other.network:
        return True
    return one.row.method_id == "dense" and not agrees(other, one, seeds.get(cell_of(one), ()))


def role_of(
    one: Candidate,
    shown: Candidate,
    conflict: Sequence[Candidate],
    seeds: Mapping[Cell, Sequence[float]],
) -> Role:
    """Say what a row of another party is to the one that is shown."""
    if one in conflict:
        return "conflict"
    if one.evidence == shown.evidence:
        return "independent"
    if one.source != shown.source:
        return "another version"
    near = agrees(one, shown, seeds.get(cell_of(shown), ()))
    return "independent" if near else "another environment"
