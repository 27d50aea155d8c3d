"""One board: methods with their numbers, differences and places."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.board import Board, BoardCell, Dense, Standing
from prunebench.leaderboard.merging.placed import Placed
from prunebench.leaderboard.number import Difference, Rank, Score
from prunebench.leaderboard.ranking.differences import detectable_range, differences, tests_used
from prunebench.leaderboard.ranking.fronts import fronts
from prunebench.leaderboard.ranking.places import leaders, places
from prunebench.leaderboard.ranking.remarks import remarks
from prunebench.leaderboard.ranking.score import score, with_standing
from prunebench.leaderboard.ranking.seeds import Line, lines
from prunebench.leaderboard.ratios import ratio
from prunebench.leaderboard.steady import steady
from prunebench.leaderboard.tallied import tallied
from prunebench.statistics.cells import Seeds
from prunebench.statistics.outcome import count_outcomes
from prunebench.suite.suite import Pair, Suite

AREA = "area"
"""Column of the area, where those of densities are called by them."""


@dataclass(frozen=True, eq=False)
class Contest:
    """The methods of one board, and how they stand to each other.

    Parameters
    ----------
    suite
        What is asked for.
    lines
        Methods and controls.
    """

    suite: Suite
    lines: Sequence[Line]

    @cached_property
    def ranked(self) -> Sequence[Line]:
        """Methods whose coverage of the board is complete."""
        return [line for line in self.lines if not line.control_of and self.is_complete(line)]

    def is_complete(self, line: Line) -> bool:
        """Say whether a method has an outcome for every seed of every density."""
        return self.complete_cells(line) == len(self.suite.densities)

    def complete_cells(self, line: Line) -> int:
        """Count the densities of which a method has every seed."""
        return sum(line.covered(density) == self.suite.seeds for density in self.suite.densities)

    def sides(self, found: Iterable[Line]) -> Mapping[str, Mapping[str, Seeds]]:
        """Give the numbers of methods by column, label and seed."""
        every = list(found)
        cells = {
            repr(density): {line.label: line.accuracies[density] for line in every}
            for density in self.suite.densities
        }
        return cells | {AREA: {line.label: line.areas for line in every}}

    @cached_property
    def compared(self) -> Mapping[tuple[str, str], Difference]:
        """Differences from the reference by column and label; the area is a family of its own."""
        reference = [line for line in self.lines if line.label == self.suite.reference]
        known = {line.label: line for line in [*self.ranked, *reference] if not line.control_of}
        sides = dict(self.sides(known.values()))
        area = {AREA: sides.pop(AREA)}
        own = self.suite.reference
        return differences(sides, own) | differences(area, own)

    @cached_property
    def ranks(self) -> Mapping[tuple[str, str], Rank]:
        """Places by column and label."""
        return {
            (column, label): rank
            for column, by_label in self.sides(self.ranked).items()
            for label, rank in places(by_label, self.last(column)).items()
        }

    @cached_property
    def leaders(self) -> tuple[str, ...]:
        """Methods that share the largest mean area."""
        areas = {line.label: line.areas for line in self.ranked}
        return leaders(areas, self.last(AREA))

    def last(self, column: str) -> set[str]:
        """Give the methods that did not end well in a column."""
        if column == AREA:
            return {line.label for line in self.ranked if None in line.areas.values()}
        return {
            line.label
            for line in self.ranked
            for density in self.suite.densities
            if repr(density) == column and line.failed(density)
        }

    def score(self, line: Line, column: str, seeds: Seeds) -> Score:
        """Summarise one column of a method."""
        place = (column, line.label)
        found = score(seeds, self.suite.seeds)
        if line.control_of:
            return found
        return with_standing(found, self.compared.get(place), self.ranks.get(place))

    def cell(self, line: Line, density: float) -> BoardCell:
        """Describe a method at one density."""
        trials = line.cells[density]
        counted = [one for one in trials if one.counts]
        reached = [one.row.density for one in counted if one.row.density is not None]
        return BoardCell(
            density=density,
            ratio=ratio(density),
            accuracy=self.score(line, repr(density), line.accuracies[density]),
            reached=steady(sum(reached) / len(reached)) if reached else None,
            trials=tuple(one.key for one in trials),
            excluded=len(trials) - len(counted),
            failed=line.failed(density),
            outcomes=outcomes(counted),
        )

    def unranked(self, line: Line) -> str:
        """Say why a method has no place; empty where it has one."""
        if line.control_of:
            return f"control of {line.control_of}"
        if self.is_complete(line):
            return ""
        doubted = sum(not one.counts for one in line.trials)
        why = f"; {doubted} disputed or in conflict" if doubted else ""
        return f"{self.complete_cells(line)} of {len(self.suite.densities)} cells{why}"

    def standing(self, line: Line, badges: Mapping[str, Sequence[Badge]]) -> Standing:
        """Describe a method on the board."""
        densities = self.suite.densities
        area = self.score(line, AREA, line.areas)
        return Standing(
            method=line.label,
            cells=tuple(self.cell(line, density) for density in densities),
            area=area,
            rank=area.rank,
            unranked=self.unranked(line),
            covered=sum(line.covered(density) for density in densities),
            expected=self.suite.seeds * len(densities),
            control_of=line.control_of,
            badges=tallied(badges[one.key] for one in line.trials),
        )


def board(
    place: tuple[Suite, Pair, str, str],
    found: Sequence[Placed],
    dense: Sequence[Placed],
    badges: Mapping[str, Sequence[Badge]],
    alike: Mapping[str, Sequence[Placed]],
) -> Board:
    """Make one board.

    Parameters
    ----------
    place
        Suite, pair, protocol, and the board's slug.
    found, dense
        Its trials, and the dense networks of its pair.
    badges
        By key of the trial.
    alike
        Trials of the pair's boards before this one, by protocol: some may be the same networks.
    """
    suite, pair, protocol, slug = place
    contest = Contest(suite, lines(found, suite.densities))
    standings = [contest.standing(line, badges) for line in contest.lines]
    top = contest.leaders
    compared = list(contest.compared.values())
    cells = [one for (column, _), one in contest.compared.items() if column != AREA]
    return Board(
        slug=slug,
        dataset=pair.dataset,
        model=pair.model,
        protocol=protocol,
        densities=suite.densities,
        ratios=tuple(map(ratio, suite.densities)),
        reference=suite.reference,
        seeds=suite.seeds,
        classes=pair.classes,
        images=pair.test,
        standings=tuple(sorted(standings, key=lambda one: standing_order(one, top))),
        dense=dense_networks(dense, suite.seeds),
        fronts=fronts(contest.lines, [one for one in dense if one.merged.counts], suite.seeds),
        detectable=detectable_range(cells),
        tests=tests_used(compared),
        remarks=remarks(contest.lines, suite.reference, alike),
        leaders=top,
    )


def outcomes(counted: Iterable[Placed]) -> str:
    """Say what became of trials, and of how many the network gives one class for every image."""
    found = list(counted)
    single = sum(one.merged.shown.says_one_class for one in found)
    told = str(count_outcomes(one.row.status for one in found))
    return f"{told}, {single} with one class for all" if single else told


def standing_order(one: Standing, top: Collection[str]) -> tuple[object, ...]:
    """Give what standings are sorted by: leaders, other ranked ones, unranked ones, controls."""
    group = (bool(one.control_of), one.rank is None, one.method not in top)
    is_behind = one.rank is not None and one.method not in top
    mean = -(one.area.mean or 0.0) if is_behind else 0.0
    return *group, mean, one.method, one.control_of


def dense_networks(found: Sequence[Placed], seeds: int) -> Dense | None:
    """Describe the dense networks of a pair; None without any."""
    if not found:
        return None
    known = {one.row.seed: one.row.test_accuracy_last for one in found if one.merged.counts}
    return Dense(score(known, seeds), tuple(one.key for one in found))
