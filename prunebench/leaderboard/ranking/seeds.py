"""A method's seeds in the cells of one board."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from prunebench.leaderboard.merging.placed import Placed
from prunebench.statistics.area import area
from prunebench.statistics.cells import MEASURED, Seeds
from prunebench.suite.coverage import MEASURED as OUTCOMES


@dataclass(frozen=True, eq=False)
class Line:
    """A method on a board.

    Parameters
    ----------
    label, control_of
        Of the method, and of the one that it is a control of.
    cells
        Its trials by density, each by seed; those disputed and in conflict too.
    """

    label: str
    control_of: str
    cells: Mapping[float, Sequence[Placed]]

    @property
    def trials(self) -> list[Placed]:
        """All of them."""
        return [one for cell in self.cells.values() for one in cell]

    @cached_property
    def accuracies(self) -> Mapping[float, Seeds]:
        """Accuracies by density and seed, of what counts; None where there is no number."""
        return {
            density: {
                one.row.seed: one.row.test_accuracy_last if one.row.status in MEASURED else None
                for one in cell
                if one.counts
            }
            for density, cell in self.cells.items()
        }

    @cached_property
    def areas(self) -> Seeds:
        """Areas by seed; None for a seed that misses a number: to bridge the gap would flatter."""
        every = sorted({seed for seeds in self.accuracies.values() for seed in seeds})
        return {seed: self.area(seed) for seed in every}

    def area(self, seed: int) -> float | None:
        """Give the mean accuracy of a seed over log2(compression)."""
        values = [seeds.get(seed) for seeds in self.accuracies.values()]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        if len(known) == 1:
            return known[0]
        compressions = [1 / density for density in self.accuracies]
        return area(compressions, known, min(compressions), max(compressions))

    def covered(self, density: float) -> int:
        """Count the seeds that have an outcome in a cell; a failed or blocked trial has none."""
        return sum(one.counts and one.row.status in OUTCOMES for one in self.cells[density])

    def failed(self, density: float) -> int:
        """Count the trials of a cell that did not end well."""
        return sum(one.counts and one.row.status != "ok" for one in self.cells[density])


def lines(found: Iterable[Placed], densities: Sequence[float]) -> list[Line]:
    """Put the trials of a board in order: by label, density and seed."""
    groups: dict[tuple[str, str], dict[float, list[Placed]]] = {}
    for one in found:
        cells = groups.setdefault((one.control_of, one.label), defaultdict(list))
        cells[one.row.target_density or 0.0].append(one)
    return [
        Line(
            label,
            control_of,
            {
                density: sorted(groups[control_of, label][density], key=by_seed)
                for density in densities
            },
        )
        for control_of, label in sorted(groups)
    ]


def by_seed(one: Placed) -> tuple[int, str]:
    """Give what trials of a cell are sorted by."""
    return one.row.seed, one.key
