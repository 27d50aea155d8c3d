"""The suite that a bundle says it was run for: pinned labels, division, coverage."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import MEND, Finding, Note
from prunebench.errors import UnknownNameError
from prunebench.results.measurement import Measurement

if TYPE_CHECKING:
    from prunebench.suite.suite import Suite


def suite_of(bundle: Bundle) -> "Suite | None":
    """Find the bundle's suite; None if it names none, or one that is not shipped."""
    from prunebench.suite.file import find_suite

    if not bundle.manifest.suite:
        return None
    try:
        return find_suite(bundle.manifest.suite)
    except UnknownNameError:
        return None


def check_suite(bundle: Bundle) -> Iterator[Finding]:
    """Find test labels, or numbers of classes and images, that are not the suite's."""
    suite = suite_of(bundle)
    pairs = {} if suite is None else {pair.dataset: pair for pair in suite.pairs}
    for number, facts in enumerate(bundle.manifest.datasets):
        pair = pairs.get(facts.label)
        if pair is None:
            continue
        told, pinned = (facts.classes, facts.test), (pair.classes, pair.test)
        if told != pinned and pair.labels_digest:
            msg = f"{facts.label!a} has {told} classes and test images, the suite {pinned}; {MEND}."
            yield Finding("bundle.json", "datasets", str(told), str(pinned), msg)
        labels = bundle.labels[facts.label].astype("<u2").tobytes()
        found = hashlib.sha256(labels).hexdigest()
        if pair.labels_digest and found != pair.labels_digest:
            msg = (
                f"the test labels' SHA-256 is {found}, and {bundle.manifest.suite} pins "
                f"{pair.labels_digest}; {MEND}."
            )
            yield Finding(f"labels/{number}.npz", "labels", found, pair.labels_digest, msg)


def suite_notes(bundle: Bundle) -> Iterator[Note]:
    """Note what departs from the suite, and what of it is missing; or that there is none."""
    suite = suite_of(bundle)
    if suite is None:
        name = bundle.manifest.suite
        told = f"the suite {name} is not one of this prunebench" if name else "there is no suite"
        yield Note("suite", f"{told}: every row is of the open division")
        return
    rows = [entry.row for entry in bundle.entries]
    yield from open_notes(suite, rows)
    yield from coverage_notes(suite, rows)


def open_notes(suite: "Suite", rows: list[Measurement]) -> Iterator[Note]:
    """Note why rows are of the open division: each reason once, with its number of rows."""
    from prunebench.suite.closed import departures

    reasons: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for departure in departures(suite, row):
            reasons[str(departure)].append(row.trial)
    for reason, trials in reasons.items():
        message = f"open division: {reason} ({len(trials)} of {len(rows)} rows)"
        yield Note("open", message, trials[0] if len(trials) == 1 else "")


def coverage_notes(suite: "Suite", rows: list[Measurement]) -> Iterator[Note]:
    """Note how much of the suite each method has."""
    from prunebench.suite.coverage import coverage

    methods = {row.method for row in rows if not is_dense(row) and not row.control_of}
    for method in sorted(methods):
        found = coverage(suite, rows, method)
        absent = "" if found.is_complete else f"; the first missing is {found.missing[0]}"
        message = f"coverage of {method}: {found.present} of {found.expected}{absent}"
        yield Note("coverage", message)
