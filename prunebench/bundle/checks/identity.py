"""Rows are what they are called: trial ids and labels follow from the coordinates."""

from collections.abc import Iterator, Mapping
from typing import Any

from prunebench.bundle.checks.shape import is_dense, misfit, target_of
from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import Finding, of_row, shown, unless_equal
from prunebench.bundle.names import LABEL, PLUGIN
from prunebench.core.digest import Json, canonical
from prunebench.core.target import Density
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice, parse_choice
from prunebench.experiment.experiment import trial_id
from prunebench.results.measurement import Measurement

LABELS = ("dataset", "model", "method", "protocol", "recipe", "target", "control_of")
LIKE = " like "


def check_shapes(bundle: Bundle) -> Iterator[Finding]:
    """Find rows whose coordinates are no such; the other checks pass them over."""
    for entry in bundle.entries:
        place = misfit(entry.row)
        if place:
            message = f"{place} is absent or of another kind than prunebench writes"
            yield of_row(entry.row, "settings", message, found="", expected=place)


def check_identity(bundle: Bundle) -> Iterator[Finding]:
    """Find rows whose id or label is not that of their coordinates."""
    for entry in bundle.entries:
        yield from check_row(entry.row)
    yield from check_labels_agree(bundle)
    yield from check_cells(bundle)
    yield from check_metrics(bundle)


CELL = (
    *("dataset", "model", "method", "protocol", "target", "target_density", "target_of"),
    *("control_of", "regularized_by", "recipe", "seed", "draw", "overridden"),
)
"""Columns of which no two trials have all in common: a seed counts once."""

MOST_METRICS = 50


def check_cells(bundle: Bundle) -> Iterator[Finding]:
    """Find two trials of one cell, seed and draw: one would be counted as further seeds.

    Parts of an experiment may train otherwise under one recipe's name, in bf16 for one; a suite
    says of its trials how they are trained.
    """
    first: dict[tuple[object, ...], str] = {}
    for row in (entry.row for entry in bundle.entries):
        cell = (*(getattr(row, name) for name in CELL), canonical(row.settings.get("training")))
        other = first.setdefault(cell, row.trial)
        if other != row.trial:
            message = f"it is of the same cell, seed and draw as trial {other}"
            yield of_row(row, "seed", message, found=row.seed)


def check_metrics(bundle: Bundle) -> Iterator[Finding]:
    """Find rows with too many metrics, or with one that has no plugin's name."""
    known: dict[str, bool] = {}
    for row in (entry.row for entry in bundle.entries):
        if len(row.metrics) > MOST_METRICS:
            message = f"it has {len(row.metrics)} metrics, and at most {MOST_METRICS} may be"
            yield of_row(row, "metrics", message, found=len(row.metrics))
            continue
        for label in row.metrics:
            if label not in known:
                known[label] = is_named(label)
            if not known[label]:
                message = f"the metric {shown(label)} must be an id with settings in brackets"
                yield of_row(row, "metrics", message, found=label)


def is_named(label: str) -> bool:
    """Say whether a label is a plugin's id with settings in brackets, of sensible length."""
    if len(label) > LABEL or not label.isprintable():
        return False
    choice = read_choice(label)
    return choice is not None and PLUGIN.fullmatch(choice.name) is not None


def check_row(row: Measurement) -> Iterator[Finding]:
    """Compare a row's id and labels with its coordinates."""
    settings: Mapping[str, Any] = row.settings
    yield from unless_equal(row, "trial", trial_id(row.settings), "its settings hash to")
    yield from unless_equal(row, "seed", settings["seed"], "its settings have seed")
    for name in LABELS:
        text = getattr(row, name)
        if len(text) > LABEL or not text.isprintable():
            message = f"{name} must be one printable line of at most {LABEL} characters"
            yield of_row(row, name, message, found=text)
    for kind in ("dataset", "model"):
        yield from check_name(row, kind, getattr(row, kind), settings[kind]["name"])
    yield from check_dense(row) if is_dense(row) else check_pruned(row)


def check_dense(row: Measurement) -> Iterator[Finding]:
    """Compare a dense row's labels with what all dense rows have."""
    for name in ("method", "protocol", "method_id", "protocol_id"):
        yield from unless_equal(row, name, "dense", "a dense network's is")
    pull: Any = row.settings.get("regularizer") or {}
    goal = pull.get("tuned") or {}
    yield from unless_equal(row, "target_density", goal.get("density"), "its settings have")
    if bool(pull) != bool(row.regularized_by):
        message = "regularized_by and the settings' regularizer must stand together"
        yield of_row(row, "regularized_by", message, found=row.regularized_by)


def check_pruned(row: Measurement) -> Iterator[Finding]:
    """Compare a pruned row's labels with its coordinates."""
    settings: Mapping[str, Any] = row.settings
    method, protocol = settings["method"], settings["protocol"]
    yield from unless_equal(row, "draw", settings["draw"], "its settings have draw")
    yield from unless_equal(row, "method_id", method["name"], "its settings have")
    yield from unless_equal(row, "protocol_id", protocol["name"], "its settings have")
    own, is_control, other = row.method.partition(LIKE)
    yield from check_name(row, "method", own, method["name"], method["settings"])
    yield from check_name(row, "protocol", row.protocol, protocol["name"])
    if is_control or "like" in settings["target"]:
        yield from unless_equal(row, "control_of", other, "its method's label says")
        yield from check_like(row, other)
    elif row.control_of:
        yield from unless_equal(row, "control_of", row.method, "it is of the control itself")
    yield from check_target(row, target_of(settings))


def check_like(row: Measurement, label: str) -> Iterator[Finding]:
    """Compare whose counts a control has with what its label says."""
    target: Any = row.settings["target"]
    if "like" not in target:
        message = "the method's label is a control's, and its settings are not"
        yield of_row(row, "method", message, found=row.method)
        return
    whose = target["like"]["method"]
    yield from check_name(row, "control_of", label, whose["name"], whose["settings"])


def check_target(row: Measurement, target: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare target, density and what it counts with the coordinates."""
    density, of = target.get("density"), target.get("of")
    label: object = target.get("plan", "automatic")
    if density is not None:
        try:
            label = Density(density, of).label  # type: ignore[arg-type] # compared as it is
        except (SpecError, TypeError, ValueError):
            label = "a density in (0, 1]"
    yield from unless_equal(row, "target_density", density, "its settings have")
    yield from unless_equal(row, "target_of", of or "", "its settings count")
    yield from unless_equal(row, "target", label, "its settings have")


def check_name(
    row: Measurement, field: str, label: str, name: str, settings: Mapping[str, Json] | None = None
) -> Iterator[Finding]:
    """Find a label that is not a plugin's id with settings in brackets, or not this one's.

    Settings are compared where they are given: a protocol's and a data set's are said in other
    units than the coordinates.
    """
    choice = read_choice(label)
    if choice is None or not PLUGIN.fullmatch(choice.name):
        message = (
            f"{field} is {shown(label)}, and must be an id (lower-case letters and digits joined "
            "by '-', '_' or '+') with settings in brackets"
        )
        yield of_row(row, field, message, found=label, expected="id[key=value,...]")
        return
    if choice.name != name:
        message = f"{field} is {shown(label)}, but its settings are those of {shown(name)}"
        yield of_row(row, field, message, found=label, expected=name)
    for key, value in choice.settings.items() if settings is not None else ():
        if settings is not None and not same(settings.get(key), value):
            found = settings.get(key)
            message = f"{field} says {shown(key)} = {shown(value)}, its settings {shown(found)}"
            yield of_row(row, field, message, found=label, expected=found)


def read_choice(label: str) -> Choice | None:
    """Read a label; None if it is none."""
    try:
        return parse_choice(label)
    except SpecError:
        return None


def same(found: Json, told: Json) -> bool:
    """Compare a setting with what its label says, where 2 may be written for 2.0."""
    if isinstance(found, list | tuple) and isinstance(told, list | tuple):
        return len(found) == len(told) and all(map(same, found, told))
    return found == told and isinstance(found, bool) == isinstance(told, bool)


def check_labels_agree(bundle: Bundle) -> Iterator[Finding]:
    """Find labels that stand for two different things: settings hidden under one name."""
    first: dict[tuple[str, ...], tuple[str, str]] = {}
    for entry in bundle.entries:
        for key, meant in meanings(entry.row):
            text = canonical(meant)
            known, trial = first.setdefault(key, (text, entry.row.trial))
            if known != text:
                message = f"{shown(key[-1])} stands for other settings than in trial {trial}"
                yield of_row(entry.row, key[0], message, found=text, expected=known)


def meanings(row: Measurement) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Give what each label of a row stands for."""
    settings: Mapping[str, Any] = row.settings
    yield ("dataset", row.dataset), settings["dataset"]
    yield ("model", row.model), settings["model"]
    if is_dense(row):
        return
    like = settings["target"].get("like", {})
    yield ("method", row.method), [settings["method"], like.get("method")]
    problem = canonical([settings["dataset"], settings["model"], settings["training"]])
    yield ("protocol", problem, row.protocol), settings["protocol"]
