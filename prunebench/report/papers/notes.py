"""What is said above and below a published table: sources, seeds, marks, footnotes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import stdev

from prunebench.core.digest import Json
from prunebench.experiment.layout import Layout
from prunebench.report.asked import PAPER_TIER
from prunebench.report.papers.cells import LEVEL
from prunebench.report.papers.lines import Pair
from prunebench.report.papers.place import Place
from prunebench.report.papers.published import Published
from prunebench.report.prose import listing
from prunebench.report.tables.accuracy import seeds_phrase
from prunebench.report.wording import percent
from prunebench.statistics.power import detectable_difference

MARKS = {"read": "", "second-hand": "†", "memory": "‡"}
MEANINGS = {
    "second-hand": "quoted by others, not read in the publication itself",
    "memory": "from memory, never a gate",
}
"""Marks of published numbers by their standing, and what they mean."""

POINTS = {
    "last": "at the last step",
    "selected": "at the step that validation chose",
    "best": "at the better of the last step and the one that validation chose, which the test set "
    "decided",
}
"""Which step our numbers are from."""

SOURCES = "from the sources below"


@dataclass(frozen=True)
class Footnotes:
    """Numbered texts that must be shown with published numbers.

    Parameters
    ----------
    texts
        In the order in which the numbers are read.
    standings
        Standings that occur.
    """

    texts: tuple[str, ...]
    standings: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> "Footnotes":
        """Collect the footnotes of a table's cells, given in reading order."""
        found = [pair for pair in pairs if pair.theirs]
        texts = dict.fromkeys(text for pair in found for text in remarks(pair))
        known = dict.fromkeys(pair.theirs[0].standing for pair in found)
        return cls(tuple(texts), tuple(name for name in MARKS if name in known))

    def marks(self, pair: Pair) -> str:
        """Write the marks of a published number."""
        numbers = (f"[{self.texts.index(text) + 1}]" for text in remarks(pair))
        return " ".join(mark for mark in (MARKS[pair.theirs[0].standing], *numbers) if mark)

    def lines(self) -> list[str]:
        """Write what the marks mean, one sentence each."""
        meanings = [f"{MARKS[name]} {MEANINGS[name]}." for name in self.standings if MARKS[name]]
        return [*meanings, *(f"[{number}] {text}" for number, text in enumerate(self.texts, 1))]


def remarks(pair: Pair) -> list[str]:
    """Give what must be said beside a published number, and what other sources print instead."""
    own = [pair.theirs[0].footnote] if pair.theirs[0].footnote else []
    return own + [f"{other.mean} in: {other.source}." for other in pair.theirs[1:]]


def usual_seeds(counts: Iterable[int]) -> int | None:
    """Give the number of seeds that all cells have in common; None if they differ."""
    sizes = set(counts)
    return sizes.pop() if len(sizes) == 1 else None


def usual_n(pairs: Iterable[Pair]) -> str | None:
    """Give the n that all published numbers have in common; None if they differ."""
    found = {pair.theirs[0].n for pair in pairs if pair.theirs}
    return found.pop() if len(found) == 1 else None


def n_phrase(usual: str | None) -> str:
    """Say in a caption on how many runs the published numbers stand.

    >>> n_phrase("5"), n_phrase(""), n_phrase(None)
    ('5 runs each', 'number of runs not stated', 'number of runs n beside each')
    """
    if usual is None:
        return "number of runs n beside each"
    return f"{usual} run{'s' * (usual != '1')} each" if usual else "number of runs not stated"


def caption(layout: Layout, source: str, stand: str, counts: Collection[int], n: str | None) -> str:
    """Say what a table shows.

    Parameters
    ----------
    layout
        Its own caption, and the step that is compared.
    source, stand
        The publication; the sentence of `stand_phrase`.
    counts
        Seeds of our cells; empty where nothing was run.
    n
        Runs of theirs where all have the same.
    """
    ours = f"{POINTS[layout.point]}, mean (± sample standard deviation)"
    if not counts:
        compared = "Ours: nothing of it was run."
    else:
        compared = (
            f"Ours: {ours}, {seeds_phrase(usual_seeds(counts))}. Difference: ours − theirs in "
            f"points, before rounding; inside or outside: whether theirs, taken as exact, lies in "
            f"the {percent(LEVEL, 0)} % t interval of our mean. {stand}"
        )
    theirs = f"Theirs: {source or SOURCES}, {n_phrase(n)}."
    return f"{layout.caption.rstrip('.')}. {theirs} {compared}"


def stand_phrase(experiment: Mapping[str, Json], ours: Sequence[Place]) -> str:
    """Say which networks of ours stand for which published ones, and that a small tier does."""
    pairs = dict.fromkeys(
        (f"{row.model} on {row.dataset}", f"{block.model} on {block.dataset}")
        for row, block in ((place.row, place.block) for place in ours)
    )
    told = "; ".join(f"{network} stands for {model}" for network, model in pairs)
    tier = experiment.get("tier")
    if not tier or tier == PAPER_TIER:
        return f"{told}."
    return f"Reduced tier {tier}: {told}; differences to the paper are not a test of it."


def label_phrases(layout: Layout, ours: Iterable[Place]) -> list[str]:
    """Say what our methods and protocols are in full where a name of the table says less."""
    found: dict[str, None] = {}
    for place in ours:
        row, name = place.row, layout.headings.get(place.column, place.column)
        if place.column == row.protocol_id != row.protocol:
            found[f"{name} is {row.protocol}"] = None
        if place.slot.method == row.method_id != row.method:
            found[f"the method is {row.method}"] = None
    return [f"Of ours, {listing(found)}."] if found else []


def source_phrase(shown: Iterable[Published]) -> list[str]:
    """List where the published numbers were read."""
    sources = dict.fromkeys(one.source for one in shown if one.source)
    return [f"Read in: {'; '.join(sources)}."] if sources else []


def power_phrase(found: Iterable[Mapping[str, Mapping[int, float]]]) -> list[str]:
    """Say which differences between two columns of ours the seeds can detect.

    Parameters
    ----------
    found
        Of every line, numbers by seed and column.
    """
    sizes = []
    for columns in found:
        for one, other in combinations(columns.values(), 2):
            apart = [one[seed] - other[seed] for seed in one if seed in other]
            size = detectable_difference(stdev(apart), len(apart)) if len(apart) > 1 else None
            sizes += [] if size is None else [size]
    if not sizes:
        return []
    ends = list(dict.fromkeys(percent(size) for size in (min(sizes), max(sizes))))
    where = "on every line" if len(ends) == 1 else "depending on the line"
    return [
        f"Smallest true difference between two columns of ours that a two-sided paired t test over "
        f"these seeds finds four times out of five: {' to '.join(ends)} points, {where}."
    ]
