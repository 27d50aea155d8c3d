"""Merged trials and where on a suite's boards they belong."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from prunebench.leaderboard.merging.merge import Merged, by_one_party
from prunebench.leaderboard.slugs import slugs
from prunebench.results.measurement import Measurement
from prunebench.suite.closed import Departure, departures
from prunebench.suite.suite import Pair, Suite


@dataclass(frozen=True, eq=False)
class Placed:
    """A trial and its place.

    Parameters
    ----------
    key
        Of its page.
    merged
        What bundles say of it.
    departures
        From the suite; empty in the closed division.
    outdated
        Whether its method has other settings under the same label in a newer version.
    """

    key: str
    merged: Merged
    departures: tuple[Departure, ...]
    outdated: bool

    @cached_property
    def row(self) -> Measurement:
        """The measurement that is shown."""
        return self.merged.shown.row

    @property
    def label(self) -> str:
        """Of its method."""
        return self.merged.shown.label

    @property
    def control_of(self) -> str:
        """Label of the method that it is a control of."""
        return self.merged.shown.control_of

    @property
    def is_dense(self) -> bool:
        """Whether it is an unpruned network."""
        return self.row.method_id == "dense"

    @property
    def is_closed(self) -> bool:
        """Whether it was run as the suite says."""
        return not self.departures

    @cached_property
    def is_listed(self) -> bool:
        """Whether it is on a board: closed, of today's settings, not superseded."""
        current = not (self.outdated or self.merged.superseded)
        return current and self.is_closed and not self.is_dense

    @cached_property
    def counts(self) -> bool:
        """Whether it enters means and ranks."""
        return self.is_listed and self.merged.counts


def placed(merged: Sequence[Merged], suite: Suite) -> list[Placed]:
    """Hold merged trials against a suite."""
    labels: dict[str, set[str]] = defaultdict(set)
    for one in merged:
        labels[one.shown.row.trial].add(one.shown.label)
    apart = [departures(suite, one.shown.row) for one in merged]
    closed = [one for one, found in zip(merged, apart, strict=True) if not found]
    current = configurations(closed)
    return [
        Placed(
            key=key_of(one, several=len(labels[one.shown.row.trial]) > 1),
            merged=one,
            departures=found,
            outdated=current.get(one.shown.label) not in (None, one.shown.configuration),
        )
        for one, found in zip(merged, apart, strict=True)
    ]


def key_of(one: Merged, *, several: bool) -> str:
    """Name a trial's page; labels tell trials apart that two distributions have in common."""
    trial = one.shown.row.trial
    return f"{trial}-{slugs([one.shown.label])[one.shown.label]}" if several else trial


def configurations(merged: Iterable[Merged]) -> Mapping[str, str]:
    """Give the settings that each label stands for.

    They are those of the newest version that the party sent which first had the method: whatever
    version others call theirs displaces nothing.
    """
    found: dict[str, list[Merged]] = defaultdict(list)
    for one in merged:
        found[one.shown.label].append(one)
    return {label: newest(every).shown.configuration for label, every in found.items()}


def newest(found: Sequence[Merged]) -> Merged:
    """Give a row of the newest version by the party that first had a method."""
    first = min(found, key=precedence)
    return max((one for one in found if by_one_party(one.shown, first.shown)), key=rank)


def precedence(one: Merged) -> tuple[bool, bool, tuple[str, str], str]:
    """Give what is smaller the earlier a party had a method."""
    return one.superseded, one.shown.is_ahead, one.since, one.shown.configuration


def rank(one: Merged) -> tuple[bool, tuple[tuple[int, ...], str, str], str]:
    """Give what is larger for rows that a label rather stands for."""
    return not one.superseded, one.shown.newness, one.shown.configuration


def board_slugs(suite: Suite) -> Mapping[tuple[str, str, str], str]:
    """Name the boards of a suite, by data set, model and protocol."""
    places = {
        (pair.dataset, pair.model, protocol): f"{pair.dataset}-{pair.model}-{protocol}"
        for pair in suite.pairs
        for protocol in suite.protocols
    }
    named = slugs(places.values())
    return {place: named[text] for place, text in places.items()}


def on_board(found: Iterable[Placed], pair: Pair, protocol: str) -> list[Placed]:
    """Give the trials that a board lists."""
    place = (pair.dataset, pair.model, protocol)
    return [
        one
        for one in found
        if one.is_listed and (one.row.dataset, one.row.model, one.row.protocol) == place
    ]
