"""Methods over a whole suite, and the bundles that rows come from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.listed import MethodPage, Source, Trial
from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.leaderboard.merging.placed import Placed
from prunebench.leaderboard.ratios import ratio
from prunebench.leaderboard.slugs import slugs
from prunebench.leaderboard.tallied import tallied
from prunebench.results.measurement import Measurement
from prunebench.suite.coverage import Cell, Coverage, coverage
from prunebench.suite.suite import Suite


@dataclass(frozen=True, eq=False)
class Roll:
    """The trials of every method of a suite.

    Parameters
    ----------
    suite
        What is asked for.
    placed
        All trials, in the order of the site.
    """

    suite: Suite
    placed: Sequence[Placed]

    @cached_property
    def by_method(self) -> Mapping[str, Sequence[Placed]]:
        """Trials by label; dense networks are no method's."""
        found: dict[str, list[Placed]] = {}
        for one in self.placed:
            if not one.is_dense:
                found.setdefault(one.label, []).append(one)
        return dict(sorted(found.items()))

    @cached_property
    def coverages(self) -> Mapping[str, Coverage]:
        """What each method that is no mere control has of the suite."""
        return {
            label: coverage(
                self.suite,
                (renamed(one) for one in mine if one.counts),
                label,
            )
            for label, trials in self.by_method.items()
            if (mine := [one for one in trials if not one.control_of])
        }

    def pages(self, trials: Mapping[str, Trial], papers: Mapping[str, str]) -> Iterable[MethodPage]:
        """Describe the methods.

        Parameters
        ----------
        trials
            By key.
        papers
            By label.
        """
        named = slugs(self.by_method)
        for label, found in self.by_method.items():
            mine = [one for one in found if not one.control_of] or list(found)
            covered = self.coverages.get(label, Coverage(label, 0, ()))
            newest = max(mine, key=lambda one: (not one.outdated, one.merged.shown.newness))
            yield MethodPage(
                slug=named[label],
                method=label,
                control_of=mine[0].control_of,
                paper=papers.get(label, ""),
                sources=sources(one.merged.shown for one in mine),
                settings=settings(newest),
                covered=covered.present,
                expected=covered.expected,
                missing=tuple(map(lacking, covered.missing)),
                boards=tuple(dict.fromkeys(trials[o.key].board for o in mine if o.is_listed)),
                trials=tuple(one.key for one in mine),
                badges=tallied(badges_of(trials[one.key]) for one in mine),
            )


def renamed(one: Placed) -> Measurement:
    """Give a trial's row as one of its method by the label that boards use."""
    row = one.row
    if (row.method, row.control_of) == (one.label, ""):
        return row
    return replace(row, method=one.label, control_of="")


def badges_of(trial: Trial) -> Sequence[Badge]:
    """Give a trial's badges."""
    return trial.badges


def lacking(cell: Cell) -> str:
    """Write a trial that a method lacks."""
    where = f"{cell.dataset} · {cell.model} · {cell.protocol}"
    return f"{where} · {ratio(cell.density)} · seed {cell.seed}"


def sources(found: Iterable[Candidate]) -> tuple[Source, ...]:
    """Give the plugins that rows come from."""
    every = {one.source for one in found}
    return tuple(sorted(every, key=lambda s: (s.distribution, s.version, s.digest)))


def settings(one: Placed) -> dict[str, Any]:
    """Give the resolved settings of a trial's method."""
    given: Any = one.row.settings
    method = given.get("method")
    found = method.get("settings", {}) if isinstance(method, dict) else {}
    return dict(sorted(found.items())) if isinstance(found, dict) else {}


def papers(found: Iterable[Placed]) -> dict[str, str]:
    """Give the sources of methods by label, as the bundle says that is shown and came first."""
    said: dict[str, tuple[tuple[bool, tuple[str, str]], str]] = {}
    for one in found:
        shown = one.merged.shown
        paper = shown.bundle.manifest.papers.get(f"method {shown.row.method_id}", "")
        if paper:
            place = ((one.outdated or not one.is_closed, shown.age), paper)
            said[one.label] = min(said.get(one.label, place), place)
    return {label: paper for label, (_, paper) in said.items()}
