"""What is said above and below a published table: sources, seeds, marks, footnotes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from statistics import stdev

from prunebench.core.digest import Json
from prunebench.experiment.layout import Layout
from prunebench.report.asked import PAPER_TIER
from prunebench.report.papers.cells import LEVEL
from prunebench.report.papers.lines import Pair
from prunebench.report.papers.place import Place, plain
from prunebench.report.papers.published import Published
from prunebench.report.papers.recipes import rate
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

LONG = 60
"""A beginning of so many letters is not repeated from source to source."""


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


def caption(
    layout: Layout,
    said: tuple[str, str],
    counts: Collection[int],
    n: str | None,
    *,
    compared: bool,
) -> str:
    """Say what a table shows.

    Parameters
    ----------
    layout
        Its own caption, and the step that is compared.
    said
        The publication; the sentence of `stand_phrase`.
    counts
        Seeds of our cells; empty where nothing was run.
    n
        Runs of theirs where all have the same.
    compared
        Whether there are differences.
    """
    source, stand = said
    head = f"{layout.caption.rstrip('.')}. Theirs: {source or SOURCES}, {n_phrase(n)}."
    if not counts:
        return f"{head} Ours: nothing of it was run."
    ours = f"{POINTS[layout.point]}, mean (± sample standard deviation)"
    difference = (
        "Difference: ours − theirs in points, before rounding; inside or outside: whether theirs, "
        f"taken as exact, lies in the {percent(LEVEL, 0)} % t interval of our mean. "
    )
    usual = seeds_phrase(usual_seeds(counts))
    return f"{head} Ours: {ours}, {usual}. {difference if compared else ''}{stand}"


def is_reduced(experiment: Mapping[str, Json]) -> bool:
    """Say whether a run is of a smaller tier than the paper's own setting."""
    return experiment.get("tier") not in (None, "", PAPER_TIER)


def stand_phrase(
    experiment: Mapping[str, Json], pairs: Iterable[tuple[str, str]], more: str = ""
) -> str:
    """Say which networks of ours stand for which published ones, and that a small tier does.

    What else must be said of a small tier comes last.
    """
    told = "; ".join(f"{network} stands for {model}" for network, model in dict.fromkeys(pairs))
    if not is_reduced(experiment):
        return f"{told}."
    tier = experiment.get("tier")
    last = f"; {more}" if more else ""
    return f"Reduced tier {tier}: {told}; differences to the paper are not a test of it{last}."


def networks(ours: Iterable[Place]) -> list[tuple[str, str]]:
    """Name networks of ours and the published ones that they stand for."""
    found = ((place.row, place.block) for place in ours)
    return [
        (f"{row.model} on {row.dataset}", f"{block.model} on {block.dataset}")
        for row, block in found
    ]


def label_phrases(layout: Layout, ours: Iterable[Place]) -> list[str]:
    """Say what our methods and protocols are in full where a name of the table says less."""
    found: dict[str, None] = {}
    for place in ours:
        row, name = place.row, layout.headings.get(place.column, place.column)
        if place.column in layout.columns and row.protocol not in (row.protocol_id, name):
            found[f"{name} is {row.protocol}"] = None
        if place.slot.method == row.method_id != row.method:
            found[f"the method is {row.method}"] = None
    return [f"Of ours, {listing(found)}."] if found else []


def recipe_phrases(ours: Sequence[Place]) -> list[str]:
    """Say which recipe published numbers are held against, where there are several of ours."""
    named = dict.fromkeys(place.row.recipe for place in ours if not place.block.told)
    if not named or not any(place.block.told for place in ours):
        return []
    return [f"Ours are of the recipe {listing(named)} unless a line says otherwise."]


def rate_phrases(headed: Iterable[tuple[str, Pair]]) -> list[str]:
    """Say where numbers that stand side by side, given with a heading, are of other rates."""
    found: dict[str, None] = {}
    for name, pair in headed:
        its = plain(pair.theirs[0].lr) if pair.theirs else ""
        for own in dict.fromkeys(plain(rate(row)) for row in pair.ours):
            if its not in ("", own):
                found[f"{name} {own} against {its}"] = None
    return [f"Initial learning rates, ours against theirs: {listing(found)}."] if found else []


def source_phrase(shown: Iterable[Published]) -> list[str]:
    """List where the published numbers were read."""
    return read_phrase(one.source for one in shown)


def read_phrase(sources: Iterable[str]) -> list[str]:
    """List sources, each once; what one begins with as the one before it is not repeated.

    >>> book = "A. N. Author & A. N. Other 2030, A Book With a Long Title, 3rd edition"
    >>> read_phrase([f"{book}, page 1", f"{book}, page 2", ""])[0].partition("; ")[2]
    'the same, page 2.'
    """
    found: list[str] = []
    head = ""
    for source in filter(None, dict.fromkeys(sources)):
        pairs = takewhile(lambda pair: pair[0] == pair[1], zip(head, source, strict=False))
        cut = "".join(letter for letter, _ in pairs).rfind(", ")
        same = cut >= LONG
        found.append(f"the same{source[cut:]}" if same else source)
        head = head if same else source
    return [f"Read in: {'; '.join(found)}."] if found else []


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
    where = "on every line" if len(ends) == 1 else "depending on line and columns"
    return [
        f"Smallest true difference between two columns of ours that a two-sided paired t test over "
        f"these seeds finds four times out of five: {' to '.join(ends)} points, {where}."
    ]
