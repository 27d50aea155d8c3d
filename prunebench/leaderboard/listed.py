"""What is listed on a site one by one: trials, methods, bundles, conflicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from prunebench.bundle.document import Curve, LayerCount
from prunebench.core.digest import Json
from prunebench.leaderboard.badge import Badge
from prunebench.results.measurement import Measurement
from prunebench.suite.closed import Departure

Division: TypeAlias = Literal["closed", "open"]


@dataclass(frozen=True)
class Source:
    """The plugin that a method comes from.

    Parameters
    ----------
    distribution, version
        As installed; text of strangers.
    digest
        Of its source.
    """

    distribution: str
    version: str
    digest: str


@dataclass(frozen=True)
class Account:
    """What one bundle says of a trial.

    Parameters
    ----------
    bundle
        Address of the bundle.
    submitter
        Who sent it; text of strangers.
    created
        When the bundle was made.
    accuracy, status
        What it says.
    weights, predictions
        Digests.
    environment
        Digest of the environment.
    source
        Plugin that the method came from.
    standing
        ``"shown"``, or why it is not: ``"independent"``, ``"older submission"``,
        ``"another version"``, ``"another environment"``, ``"superseded"``, ``"conflict"``.
    key
        Of its trial page; empty where it has none of its own.
    """

    bundle: str
    submitter: str
    created: str
    accuracy: float | None
    status: str
    weights: str
    predictions: str
    environment: str
    source: Source
    standing: str
    key: str


@dataclass(frozen=True)
class Trial:
    """One row with a page of its own.

    Parameters
    ----------
    key
        The trial's id; with the bundle's first eight digits after it for the other sides of a
        conflict, with the distribution's name where two of them have a method of one name. Safe
        for file names.
    method
        Label on the board; differs from ``row.method`` where two distributions share a name.
    row
        The measurement; its ``curve`` is empty.
    division, departures
        ``"closed"``, or ``"open"`` and why.
    board
        Slug of the board that it belongs to, also where it is mere history; empty for the open
        division and for dense networks.
    curve, layers
        Learning curve of the retraining (None without one), and prunable layers.
    source
        Plugin of the method.
    environment
        Facts of the environment that evaluated it.
    bundle
        Address of the bundle that it comes from.
    dense
        Key of its dense network's trial; empty where that is not listed.
    ranked
        Whether it may enter ranks: closed, not disputed, not in conflict.
    badges
        In words.
    reproduce
        The command that runs it again.
    reports
        What every bundle says of this trial, this one first.
    """

    key: str
    method: str
    row: Measurement
    division: Division
    departures: tuple[Departure, ...]
    board: str
    curve: Curve | None
    layers: tuple[LayerCount, ...]
    source: Source
    environment: Mapping[str, Json]
    bundle: str
    dense: str
    ranked: bool
    badges: tuple[Badge, ...]
    reproduce: str
    reports: tuple[Account, ...]


@dataclass(frozen=True)
class Conflict:
    """Accounts of one trial that cannot both be right.

    Parameters
    ----------
    trial
        Key of the trial page of the first side.
    method, dataset, model, protocol, ratio, seed
        Which trial.
    sides
        The accounts, by date of their bundles.
    sentence
        What differs.
    """

    trial: str
    method: str
    dataset: str
    model: str
    protocol: str
    ratio: str
    seed: int
    sides: tuple[Account, ...]
    sentence: str


@dataclass(frozen=True)
class MethodPage:
    """A method over the whole suite.

    Parameters
    ----------
    slug
        Of lower-case letters, digits and hyphens; unique, for file names.
    method
        Label; text of strangers.
    control_of
        Label of the method that it is a control of; empty for a method of its own.
    paper
        Its source, as the bundle gives it; text of strangers.
    sources
        Plugins that it came from; several where versions are mixed.
    settings
        Its resolved settings, by name.
    covered, expected
        Trials of the suite that are there, of those that it asks for.
    missing
        What lacks, such as ``"digits · mlp · finetune · 4x · seed 2"``.
    boards
        Slugs of the boards that it is on.
    trials
        Keys of its trials: closed ones in the order of the boards, then open ones.
    badges
        With counts of trials.
    """

    slug: str
    method: str
    control_of: str
    paper: str
    sources: tuple[Source, ...]
    settings: Mapping[str, Json]
    covered: int
    expected: int
    missing: tuple[str, ...]
    boards: tuple[str, ...]
    trials: tuple[str, ...]
    badges: tuple[Badge, ...]


@dataclass(frozen=True)
class Rerun:
    """A trial of a bundle that somebody ran again.

    Parameters
    ----------
    trial
        Its id.
    date, by
        When, and who; text of strangers.
    submitted, measured, tolerance
        Accuracies, and how far they may be apart.
    agrees
        Whether they are not.
    how
        ``"exact"`` or ``"interval"``.
    """

    trial: str
    date: str
    by: str
    submitted: float | None
    measured: float | None
    tolerance: float | None
    agrees: bool
    how: str


@dataclass(frozen=True)
class Submission:
    """A bundle.

    Parameters
    ----------
    address
        SHA-256 of its list of digests.
    created, submitter, url
        When it was made, and by whom; text of strangers.
    command
        That ran the trials.
    trials, shown
        Rows in it, and those that the site shows.
    methods
        Labels.
    environments
        Facts by digest.
    plugins
        Distributions with versions and digests.
    reruns
        Of its trials, by date.
    superseded_by
        Address of the bundle that took its place, or a maintainer's word; empty normally.
    badges
        In words.
    """

    address: str
    created: str
    submitter: str
    url: str
    command: str
    trials: int
    shown: int
    methods: tuple[str, ...]
    environments: Mapping[str, Mapping[str, Json]]
    plugins: tuple[Source, ...]
    reruns: tuple[Rerun, ...]
    superseded_by: str
    badges: tuple[Badge, ...]
