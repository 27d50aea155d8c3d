"""Bundles become a leaderboard: a pure function, whatever order or files they come in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from prunebench.bundle.document import SCHEMA
from prunebench.bundle.reproduced import Reproduced
from prunebench.errors import SpecError
from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.board import Board, Leaderboard, Overall
from prunebench.leaderboard.inputs.notes import Notes, settled
from prunebench.leaderboard.inputs.submitted import Submitted, in_order
from prunebench.leaderboard.listed import Rerun, Trial
from prunebench.leaderboard.merging.agreement import refuse_other_dense
from prunebench.leaderboard.merging.candidate import candidates
from prunebench.leaderboard.merging.listing import Desk, conflicts, sides
from prunebench.leaderboard.merging.merge import merge
from prunebench.leaderboard.merging.methods import Roll, papers
from prunebench.leaderboard.merging.placed import Placed, board_slugs, on_board, placed
from prunebench.leaderboard.merging.reruns import refuse_other_trials, reruns
from prunebench.leaderboard.merging.submissions import Register
from prunebench.leaderboard.ranking.differences import statement
from prunebench.leaderboard.ranking.overall import overall
from prunebench.leaderboard.ranking.standing import board
from prunebench.statistics.matrix import STATEMENT
from prunebench.suite.suite import Suite


def build_leaderboard(
    bundles: Iterable[Submitted],
    suite: Suite,
    notes: Notes | None = None,
    reproductions: Iterable[Reproduced] = (),
) -> Leaderboard:
    """Make a leaderboard.

    Parameters
    ----------
    bundles
        That passed their checks, in any order; one given twice counts once.
    suite
        What they are held against.
    notes
        A maintainer's.
    reproductions
        Of any bundles; those of others are passed over.

    Raises
    ------
    SpecError
        If a bundle is of another suite, or of a newer schema; two contradict each other about a
        dense network; a note or a reproduction is about what is not there; or there is no trial to
        show.
    """
    given = in_order(bundles)
    refuse_strangers(given, suite)
    every = candidates(given)
    trials = {one.row.trial for one in every}
    known = settled(notes or Notes(), [one.address for one in given], trials)
    gone = {note.bundle for note in known.superseded}
    again = tuple(reproductions)
    refuse_other_trials(again, given)
    refuse_other_dense(one for one in every if one.bundle.address not in gone)
    found = placed(merge(every, known), suite)
    refuse_nothing(found, suite)
    return Assembly(suite, given, tuple(found), known, reruns(again)).leaderboard()


def refuse_strangers(given: Sequence[Submitted], suite: Suite) -> None:
    """Refuse bundles that cannot be on one board with others.

    Raises
    ------
    SpecError
        With the first of them, or if there are none.
    """
    if not given:
        msg = "there is no bundle to make a leaderboard of; name bundles, or folders with some."
        raise SpecError(msg)
    for one in given:
        if one.manifest.schema > SCHEMA:
            msg = (
                f"bundle {one.short} has schema {one.manifest.schema}, and this prunebench reads "
                f"up to schema {SCHEMA}; install a newer one."
            )
            raise SpecError(msg)
        if one.manifest.suite not in ("", suite.label):
            msg = (
                f"bundle {one.short} was run for the suite {one.manifest.suite[:60]!r}, and this "
                f"board is of {suite.label!r}; suites and their versions are never mixed, so "
                "build a board of each."
            )
            raise SpecError(msg)


def refuse_nothing(found: Sequence[Placed], suite: Suite) -> None:
    """Refuse to make boards without a line.

    Raises
    ------
    SpecError
        If no trial is of the closed division.
    """
    if any(one.is_listed for one in found):
        return
    reasons = [str(one.departures[0]) for one in found if one.departures]
    why = f" (the first: {min(reasons)})" if reasons else ""
    msg = (
        f"none of {len(found)} trials can be on a board of {suite.label}{why}; "
        f"make some with 'prunebench run --suite {suite.label}'."
    )
    raise SpecError(msg)


@dataclass(frozen=True, eq=False)
class Assembly:
    """All parts of a leaderboard.

    Parameters
    ----------
    suite
        What is asked for.
    bundles
        The newest first.
    found
        Merged trials.
    notes
        With whole addresses.
    reruns
        By address of the bundle.
    """

    suite: Suite
    bundles: Sequence[Submitted]
    found: Sequence[Placed]
    notes: Notes
    reruns: Mapping[str, Sequence[Rerun]]

    def leaderboard(self) -> Leaderboard:
        """Put it together."""
        suite = self.suite
        roll = Roll(suite, self.ordered)
        return Leaderboard(
            suite=suite.label,
            title=suite.title,
            about=suite.about,
            reference=suite.reference,
            newest=self.bundles[0].created,
            boards=self.boards,
            overall=tuple(self.overalls(roll)),
            methods=tuple(roll.pages(self.trials, papers(self.ordered))),
            trials=self.trials,
            open=tuple(one.key for one in self.ordered if not one.is_closed),
            bundles=Register(self.trials.values(), self.notes, self.reruns).submissions(
                self.bundles
            ),
            conflicts=conflicts(self.ordered),
            statement=statement(suite.reference),
            matrix_statement=STATEMENT,
        )

    @cached_property
    def ordered(self) -> Sequence[Placed]:
        """Trials in the order of the site: closed ones board by board, dense, then open ones."""
        boards = list(board_slugs(self.suite))

        def order(one: Placed) -> tuple[object, ...]:
            row = one.row
            place = (row.dataset, row.model, row.protocol)
            number = boards.index(place) if place in boards else len(boards)
            where = (not one.is_closed, one.is_dense, number, *place, one.control_of, one.label)
            return *where, -(row.target_density or 0.0), row.seed, one.key

        return sorted(self.found, key=order)

    @cached_property
    def trials(self) -> Mapping[str, Trial]:
        """Everything with a page of its own, by key."""
        dense = {one.row.trial: one.key for one in self.found if one.is_dense}
        desk = Desk(self.reruns, dense, board_slugs(self.suite))
        every = [page for one in self.ordered for page in (one, *sides(one))]
        return {one.key: desk.trial(one) for one in every}

    @cached_property
    def badges(self) -> Mapping[str, Sequence[Badge]]:
        """Badges of trials by key."""
        return {key: trial.badges for key, trial in self.trials.items()}

    @cached_property
    def boards(self) -> tuple[Board, ...]:
        """Every board that has a line."""
        slugs = board_slugs(self.suite)
        found = []
        for pair in self.suite.pairs:
            dense = self.dense(pair.dataset, pair.model)
            before: dict[str, Sequence[Placed]] = {}
            for protocol in self.suite.protocols:
                mine = on_board(self.ordered, pair, protocol)
                place = (self.suite, pair, protocol, slugs[pair.dataset, pair.model, protocol])
                found += [board(place, mine, dense, self.badges, before)] if mine else []
                before = {**before, protocol: mine}
        return tuple(found)

    def dense(self, dataset: str, model: str) -> list[Placed]:
        """Give the dense networks that all methods of a pair start from, by seed.

        Where later bundles have others, those of the first stand beside the board nevertheless:
        they are ranked against nothing.
        """
        found = [
            replace(one, merged=replace(one.merged, conflict=()))
            for one in self.ordered
            if one.is_dense and one.is_closed and not one.row.regularized_by
            if not one.merged.superseded and (one.row.dataset, one.row.model) == (dataset, model)
        ]
        return sorted(found, key=lambda one: (one.row.seed, one.key))

    def overalls(self, roll: Roll) -> Iterable[Overall]:
        """Give what can be said across pairs, by protocol."""
        for protocol in self.suite.protocols:
            boards = [one for one in self.boards if one.protocol == protocol]
            mine = [one for one in self.ordered if one.is_listed and one.row.protocol == protocol]
            if boards:
                yield overall((self.suite, protocol), boards, mine, roll.coverages)
