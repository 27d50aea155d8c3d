"""Bundles of several parties become one row per trial, with the history of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

from prunebench.leaderboard.inputs.notes import Dispute, Notes
from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.leaderboard.merging.tolerance import agrees

Role: TypeAlias = Literal[
    "shown",
    "independent",
    "conflict",
    "older submission",
    "older version",
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
    ranked = sorted(trusted or doubtful, key=lambda one: one.newness, reverse=True)
    shown = ranked[0]
    if trusted:
        roles |= dict.fromkeys(doubtful, "disputed")
    conflict = contradicting(ranked, shown)
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
        if not any(same_party(one, other) for other in kept):
            kept.append(one)
    return kept


def same_party(x: Candidate, y: Candidate) -> bool:
    """Say whether two rows come from one submitter: one name, or one address on the web.

    Who says no name is nobody in particular, and no second opinion to anybody else like that.
    """
    one, other = x.bundle.manifest.submitter, y.bundle.manifest.submitter
    names = [" ".join(s.name.casefold().split()) for s in (one, other)]
    urls = [s.url.casefold().rstrip("/") for s in (one, other)]
    return names[0] == names[1] or (urls[0] == urls[1] != "")


def disputes_of(one: Candidate, notes: Notes) -> tuple[Dispute, ...]:
    """Give the notes that concern a row."""
    return tuple(
        note
        for note in notes.disputed
        if note.trial in ("", one.row.trial) and note.bundle in ("", one.bundle.address)
    )


def contradicting(ranked: Sequence[Candidate], shown: Candidate) -> list[Candidate]:
    """Give the rows that differ on equal software and hardware, of the version that is shown."""
    alike = [one for one in ranked if one.source == shown.source]
    pairs = [
        (x, y)
        for x, y in combinations(alike, 2)
        if x.machine == y.machine and x.evidence != y.evidence
    ]
    return list(dict.fromkeys(one for pair in pairs for one in pair))


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
        return "older version"
    near = agrees(one, shown, seeds.get(cell_of(shown), ()))
    return "independent" if near else "another environment"
