"""What a page of trials is told: one method on one board, or the dense networks of a pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from markupsafe import Markup

from prunebench.bundle.document import Curve
from prunebench.leaderboard.board import Leaderboard
from prunebench.leaderboard.listed import Trial
from prunebench.leaderboard.pages.atlas import DENSE, Atlas
from prunebench.leaderboard.pages.numerals import share
from prunebench.leaderboard.pages.profile import Profile, profile
from prunebench.leaderboard.pages.sparks import curve
from prunebench.leaderboard.pages.views import facts
from prunebench.leaderboard.ratios import ratio
from prunebench.results.measurement import Measurement


@dataclass(frozen=True)
class Group:
    """Trials of one compression.

    Parameters
    ----------
    title
        What they share.
    trials
        By seed.
    """

    title: str
    trials: tuple[Trial, ...]


Parts: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True)
class Ledger:
    """What a trial cost: dense training, tuning where there was any, pruning, retraining.

    Of a dense network the first alone.

    Parameters
    ----------
    epochs, macs, seconds
        The parts.
    """

    epochs: Parts
    macs: Parts
    seconds: Parts


@dataclass(frozen=True)
class Origin:
    """Where trials come from.

    Parameters
    ----------
    bundle, submitter, url
        Its address, and who sent it.
    source
        Plugin of the method.
    environment
        Facts.
    """

    bundle: str
    submitter: str
    url: str
    source: Any
    environment: tuple[tuple[str, str], ...]


def trials_view(keys: Sequence[str], board: Leaderboard, atlas: Atlas) -> dict[str, Any]:
    """Give what a page of trials is told."""
    trials = sorted((board.trials[key] for key in keys), key=order)
    groups, rows = grouped(trials), [trial.row for trial in trials]
    origins = list(dict.fromkeys(origin(trial, board) for trial in trials))
    tuned = any(row.tuning_epochs is not None for row in rows)
    costs = {trial.key: ledger(trial.row, tuned=tuned) for trial in trials}
    own = next((one for one in board.boards if one.slug == trials[0].board), None)
    return {
        "heading": heading(trials[0]),
        "method": trials[0].method,
        "board": own,
        "trials": trials,
        "groups": groups,
        "profile": layers(groups),
        "dense": list(dict.fromkeys(t.dense for t in trials if t.dense in board.trials)),
        "names": {trial.key: name(trial) for trial in trials},
        "anchors": {key: place.partition("#")[2] for key, place in atlas.trials.items()},
        "badges_of_all": shared_badges(trials),
        "costs": costs,
        "tuned": tuned,
        "untrained": untrained(rows),
        "epochs": len({one.epochs for one in costs.values()}) == 1,
        "outcomes": any(row.status != "ok" for row in rows),
        "origins": origins,
        "origin_of": {trial.key: origins.index(origin(trial, board)) + 1 for trial in trials},
        **curves(trials),
    }


def order(trial: Trial) -> tuple[Any, ...]:
    """Give the place of a trial on its page: the least compression first, then seeds."""
    row = trial.row
    return (row.dataset, row.model, row.protocol, -(row.target_density or 2), *last(trial))


def last(trial: Trial) -> tuple[Any, ...]:
    """Give what tells trials of one compression apart."""
    row = trial.row
    return (row.target, row.regularized_by, row.seed, row.draw, trial.key)


def heading(trial: Trial) -> str:
    """Name a page of trials."""
    row = trial.row
    pair = f"{row.model} on {row.dataset}"
    if row.method_id == DENSE:
        return f"Dense networks, {pair}"
    if trial.division == "open":
        return f"{trial.method}, open division"
    return f"{trial.method}, {pair}, {row.protocol}"


def title(trial: Trial) -> str:
    """Name what the trials of a group share."""
    row = trial.row
    if row.method_id == DENSE:
        return f"Trained with {row.regularized_by}" if row.regularized_by else "Trained plainly"
    text = row.target
    if row.target_density:
        plain = row.target == f"{row.target_density:g}"
        text = f"{ratio(row.target_density)}, "
        text += f"{share(row.target_density)} % asked for" if plain else row.target
    open_pair = f"{row.model} on {row.dataset}, {row.protocol}, "
    return f"{open_pair if trial.division == 'open' else ''}{text}"


def name(trial: Trial) -> str:
    """Name a trial among its siblings."""
    row = trial.row
    start = f"{ratio(row.target_density)}, " if row.target_density else ""
    if row.method_id == DENSE and row.regularized_by:
        start = f"with {row.regularized_by}, {start}"
    draw = f", draw {row.draw}" if row.draw else ""
    side = f", bundle {trial.bundle[:8]}" if trial.key != row.trial else ""
    return f"{start}seed {row.seed}{draw}{side}"


def ledger(row: Measurement, *, tuned: bool) -> Ledger:
    """Give what a trial cost; with a part for tuning, if trials of its page were tuned."""
    if row.method_id == DENSE:
        return Ledger((row.dense_epochs,), (row.dense_macs,), (row.dense_seconds,))
    epochs, macs, seconds = (
        (value or 0,) if tuned else ()
        for value in (row.tuning_epochs, row.tuning_macs, row.tuning_seconds)
    )
    return Ledger(
        (row.dense_epochs, *epochs, row.pruning_epochs, row.epochs),
        (row.dense_macs, *macs, row.pruning_macs, row.retraining_macs),
        (row.dense_seconds, *seconds, row.pruning_seconds, row.seconds),
    )


def untrained(rows: Sequence[Measurement]) -> bool:
    """Say whether all trials prune a network before it is trained."""
    return {row.dense_epochs for row in rows} - {None} == {0}


def grouped(trials: Sequence[Trial]) -> list[Group]:
    """Put the trials of one compression together."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(title(trial), []).append(trial)
    return [Group(text, tuple(own)) for text, own in found.items()]


def layers(groups: Sequence[Group]) -> Profile:
    """Lay out what is kept of each layer, by compression."""
    return profile([[trial.layers for trial in group.trials] for group in groups])


def shared_badges(trials: Sequence[Trial]) -> tuple[Any, ...]:
    """Give the badges that all trials of a page have alike; they are said once."""
    first = trials[0].badges
    alike = all(trial.badges == first for trial in trials)
    return first if alike and not any(badge.reason for badge in first) else ()


def origin(trial: Trial, board: Leaderboard) -> Origin:
    """Give where a trial comes from."""
    sender = {one.address: one for one in board.bundles}.get(trial.bundle)
    return Origin(
        trial.bundle,
        sender.submitter if sender else "",
        sender.url if sender else "",
        trial.source,
        tuple(facts(trial.environment)),
    )


def curves(trials: Sequence[Trial]) -> dict[str, dict[str, Any]]:
    """Draw the learning curves, and say where they begin and end."""
    drawn, told = dict[str, Markup](), dict[str, str]()
    for trial in trials:
        lines = learning(trial.curve) if trial.curve else []
        if trial.curve and lines:
            drawn[trial.key] = curve(trial.curve.steps, [values for _, values in lines])
            told[trial.key] = caption(trial.curve.steps[-1], lines)
    return {"curves": drawn, "told": told}


def learning(found: Curve) -> list[tuple[str, Sequence[float | None]]]:
    """Give the lines of a learning curve that have any number."""
    lines = [("accuracy", found.validation_accuracy), ("loss", found.train_loss)]
    return [(text, values) for text, values in lines if any(v is not None for v in values)]


def caption(step: int, lines: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """Say what a learning curve shows; the first line is drawn whole, the second broken."""
    told = [f"{text} {ends(values)}" for text, values in lines]
    return f"{step:,} steps: {', '.join(told)}"


def ends(values: Sequence[float | None]) -> str:
    """Write the first and the last number."""
    known = [value for value in values if value is not None]
    return f"{known[0]:.3g} to {known[-1]:.3g}"
