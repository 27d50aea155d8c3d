"""Whether a trial that was run again agrees with the one that was submitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prunebench.bundle.document import Bundle, Entry
from prunebench.bundle.reproduced import ReproducedTrial
from prunebench.core.digest import Json, canonical
from prunebench.results.lookup import UNMEASURED
from prunebench.results.measurement import Measurement
from prunebench.statistics.interval import summarise
from prunebench.statistics.tolerance import ROUNDING, tolerance

LONGEST = 500

DIGESTS = {"weights_digest": "weights", "mask_digest": "mask", "predictions_digest": "predictions"}


@dataclass(frozen=True)
class Again:
    """A trial that was run again.

    Parameters
    ----------
    row
        What was measured.
    classes
        Predicted class of every test image; None where nothing was tested.
    """

    row: Measurement
    classes: NDArray[np.int16] | None = None


def judged(
    bundle: Bundle, entry: Entry, again: Again | None, apart: Sequence[str]
) -> ReproducedTrial:
    """Compare a submitted trial with what became of it here.

    Equal bits agree wherever they were computed. Different ones disagree where nothing else
    differs; elsewhere the accuracy must lie within three standard deviations of the submitted
    seeds, half a point at least and five at most, around their mean and around what was submitted.

    Parameters
    ----------
    bundle, entry
        What was submitted.
    again
        What was measured; None where the trial could not be planned.
    apart
        In what this machine and its software differ from the submitted ones; empty if in nothing.
    """
    row = entry.row
    if again is None:
        return missing(row, "the bundle's experiment does not give this trial here")
    if again.row.status in UNMEASURED:
        return missing(row, f"it {again.row.status} here: {again.row.reason}")
    found = differences(bundle, entry, again)
    if not found or not apart:
        reason = "; ".join(found) or "equal to the last bit"
        return verdict(row, again, ("exact", 0.0, reason), agrees=not found)
    because = f"not the same bits were expected: {'; '.join(apart)}"
    if row.test_accuracy_last is None or again.row.test_accuracy_last is None:
        agrees = row.status == again.row.status
        reason = f"{row.status} submitted, {again.row.status} here; {because}"
        return verdict(row, again, ("status", 0.0, reason), agrees=agrees)
    return within(row, again, submitted_seeds(bundle, row), because)


def within(row: Measurement, again: Again, seeds: Sequence[float], because: str) -> ReproducedTrial:
    """Hold a measured accuracy against the interval of the submitted seeds."""
    summary = summarise(seeds)
    measured = again.row.test_accuracy_last
    assert summary is not None  # the row itself is one of them
    assert measured is not None  # the caller has looked
    width = tolerance(summary.sd)
    low, high = 100 * (summary.mean - width), 100 * (summary.mean + width)
    seeds_named = f"{summary.n} submitted seed{'s' if summary.n > 1 else ''}"
    reason = f"{low:.2f} to {high:.2f} % by {seeds_named}; {because}"
    own = row.test_accuracy_last
    assert own is not None  # the caller has looked here too
    # Against its own number too: one seed of five may be honest beside four that are not.
    agrees = max(abs(measured - summary.mean), abs(measured - own)) <= width + ROUNDING
    return verdict(row, again, ("interval", width, reason), agrees=agrees)


def verdict(
    row: Measurement, again: Again, rule: tuple[str, float, str], *, agrees: bool
) -> ReproducedTrial:
    """Write a verdict down; `rule` is how, within which tolerance, and the reason."""
    how, tolerance, reason = rule
    submitted, measured = row.test_accuracy_last, again.row.test_accuracy_last
    return ReproducedTrial(row.trial, submitted, measured, tolerance, agrees, how, plain(reason))


def missing(row: Measurement, reason: str) -> ReproducedTrial:
    """Tell of a trial that could not be run again."""
    return ReproducedTrial(
        trial=row.trial,
        submitted=row.test_accuracy_last,
        measured=None,
        tolerance=0.0,
        agrees=False,
        how="missing",
        reason=plain(reason),
    )


def plain(reason: str) -> str:
    """Cut a reason, and leave out what does not print: a plugin's message may hold anything."""
    return "".join(letter for letter in reason if letter.isprintable())[:LONGEST]


def differences(bundle: Bundle, entry: Entry, again: Again) -> list[str]:
    """Say in what two outcomes differ, bit for bit."""
    row, found = entry.row, []
    if row.status != again.row.status:
        found.append(f"{row.status} submitted, {again.row.status} here")
    if row.test_accuracy_last != again.row.test_accuracy_last:
        accuracies = map(percent, (row.test_accuracy_last, again.row.test_accuracy_last))
        found.append("{} submitted, {} measured".format(*accuracies))
    count = images_apart(bundle, entry, again)
    if count:
        found.append(f"another class for {count} of the test images")
    for name, what in DIGESTS.items():
        if getattr(row, name) != getattr(again.row, name):
            found.append(f"another digest of the {what}")
    return found


def images_apart(bundle: Bundle, entry: Entry, again: Again) -> int:
    """Count the test images that got another class than was submitted."""
    submitted = bundle.predictions.get(entry.row.trial)
    if submitted is None or again.classes is None:
        return 0
    if submitted.classes.shape != again.classes.shape:
        return max(len(submitted.classes), len(again.classes))
    return int(np.count_nonzero(submitted.classes != again.classes))


def percent(accuracy: float | None) -> str:
    """Write an accuracy."""
    return "no accuracy" if accuracy is None else f"{100 * accuracy:.2f} %"


def submitted_seeds(bundle: Bundle, row: Measurement) -> list[float]:
    """Give the submitted accuracies of a row's cell: of all that differs in seed or draw alone."""
    place = cell(row)
    rows = (entry.row for entry in bundle.entries if cell(entry.row) == place)
    return [r.test_accuracy_last for r in rows if r.test_accuracy_last is not None]


def cell(row: Measurement) -> str:
    """Write a row's coordinates without seed and draw."""
    return canonical({k: v for k, v in row.settings.items() if k not in ("seed", "draw")})


LATER = ("capability",)
"""Facts that the first environments did not record: where one is absent, nothing is known."""


def apart_of(submitted: Mapping[str, Json], here: Mapping[str, Json]) -> list[str]:
    """Say in what two environments differ that may decide the last bit of a number.

    The name of the operating system is not among it; a card is, whatever it is.
    """
    found = [
        f"{name} {shown(submitted.get(name))} there, {shown(here.get(name))} here"
        for name in ("processor", "capability", "device", "gpu", "python", "commit")
        if submitted.get(name) != here.get(name) and not (name in LATER and name not in submitted)
    ]
    there: Any = submitted.get("libraries")
    ours: Any = here.get("libraries")
    if isinstance(there, dict) and isinstance(ours, dict):
        for name in sorted({*there, *ours}):
            if there.get(name) != ours.get(name):
                versions = f"{shown(there.get(name))} there, {shown(ours.get(name))} here"
                found.append(f"{shown(name)} {versions}")
    elif there != ours:
        found.append("the libraries are not known")
    if here.get("device") != "cpu" and not found:
        found.append("cards do not promise equal bits")
    return found


def shown(value: Json) -> str:
    """Write a value for a sentence, shortened."""
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
