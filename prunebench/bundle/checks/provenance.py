"""Where results come from: the manifest tells of everything that the rows use, and nothing else."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle, Manifest, PluginFacts
from prunebench.bundle.finding import MEND, Finding, of_row, shown
from prunebench.bundle.names import LABEL, MANIFEST
from prunebench.core.digest import Json, digest
from prunebench.results.measurement import Measurement

CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
SUITE = re.compile(r"[a-z0-9][a-z0-9-]{0,40}@\d{1,4}\.\d{1,4}", re.ASCII)
LONGEST_NAME = 100
LONGEST_LINK = 500
MOST_FACTS = 500
LONGEST_FACT = 2_000
"""Numbers and texts that an environment tells, and letters of one."""

SOURCE = re.compile("[0-9a-f]{32}")
FILE = re.compile("([0-9a-f]{64})?")


def wrong(field: str, found: object, expected: str, message: str) -> Finding:
    """Make a finding about the manifest."""
    text = f"{field}: {message}; {MEND}."
    return Finding(MANIFEST, field, shown(found), expected, text)


def check_provenance(bundle: Bundle) -> Iterator[Finding]:
    """Find what the manifest says wrongly, or not at all."""
    yield from check_texts(bundle.manifest)
    yield from check_environments(bundle)
    yield from check_plugins(bundle)
    yield from check_datasets(bundle)
    yield from check_pairs(bundle)
    counts = Counter(entry.row.status for entry in bundle.entries)
    if dict(counts) != {name: n for name, n in bundle.manifest.counts.items() if n}:
        told = dict(bundle.manifest.counts)
        message = f"they are {shown(told)}, but the rows give {shown(dict(counts))}"
        yield wrong("counts", told, shown(dict(counts)), message)


def check_texts(manifest: Manifest) -> Iterator[Finding]:
    """Find titles, names, links and times that are none."""
    lines = {"title": manifest.title, "submitter.name": manifest.submitter.name}
    for field, text in lines.items():
        longest = LABEL if field == "title" else LONGEST_NAME
        if len(text) > longest or not text.isprintable():
            message = f"it must be one printable line of at most {longest} characters"
            yield wrong(field, text, "one line", message)
    if manifest.submitter.url and not is_link(manifest.submitter.url):
        url = manifest.submitter.url
        yield wrong("submitter.url", url, "http or https", f"{shown(url)} is no http(s) address")
    if not is_time(manifest.created):
        created = manifest.created
        message = f"{shown(created)} is no time in UTC such as 2025-01-31T12:00:00Z"
        yield wrong("created", created, "YYYY-MM-DDThh:mm:ssZ", message)
    if manifest.suite and not SUITE.fullmatch(manifest.suite):
        suite = manifest.suite
        message = f"{shown(suite)} is no name of a suite such as tiny@1.0; leave it empty without"
        yield wrong("suite", suite, "name@version", message)
    for facts in manifest.plugins:
        names = (facts.entry_point, facts.distribution, facts.version, *facts.offers)
        if any(len(name) > LABEL or not name.isprintable() for name in names):
            yield wrong("plugins", facts.entry_point, "one line", "a name is no printable line")


def is_link(url: str) -> bool:
    """Say whether a text is an http or https address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = len(url) <= LONGEST_LINK and url.isprintable() and not set(url) & set(' "<>\\`{}|^')
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def is_time(text: str) -> bool:
    """Say whether a text is a time in UTC to the second."""
    if not CREATED.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_environments(bundle: Bundle) -> Iterator[Finding]:
    """Find environments whose id is not their digest, and rows whose environment is not told."""
    known = bundle.manifest.environments
    for name, facts in known.items():
        expected = digest({key: value for key, value in facts.items() if key != "id"})
        if not name == facts.get("id") == expected:
            message = f"{shown(name)} holds facts whose digest is {expected}"
            yield wrong("environments", name, expected, message)
        told = [str(fact) for fact in leaves(facts)]
        if len(told) > MOST_FACTS or any(len(fact) > LONGEST_FACT for fact in told):
            message = f"it may tell at most {MOST_FACTS} facts of {LONGEST_FACT} letters each"
            yield wrong("environments", name, "fewer facts", message)
    for entry in bundle.entries:
        timed: Any = entry.row.latency.get("environment", entry.row.environment)
        for name in dict.fromkeys((entry.row.environment, timed)):
            if name not in known:
                message = f"its environment {shown(name)} is not told of in {MANIFEST}"
                yield of_row(entry.row, "environment", message, found=name)


def leaves(facts: Mapping[str, Json]) -> Iterator[Json]:
    """Walk over the keys, and over the values that are no objects or lists."""
    waiting: list[Any] = [facts]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            yield from found
            waiting += found.values()
        elif isinstance(found, list | tuple):
            waiting += found
        else:
            yield found


def check_listing(plugins: Sequence[PluginFacts]) -> Iterator[Finding]:
    """Find plugins out of order, an offer of two of them, and digests that are none."""
    order = [(facts.distribution, facts.entry_point) for facts in plugins]
    if order != sorted(order):
        message = "they must be in order of distribution and entry point"
        yield wrong("plugins", "another order", "sorted", message)
    offers = Counter(offer for facts in plugins for offer in facts.offers)
    for offer in (offer for offer, times in offers.items() if times > 1):
        yield wrong("plugins", offer, "once", f"{shown(offer)} is offered more than once")
    for facts in plugins:
        if not (SOURCE.fullmatch(facts.source_digest) and FILE.fullmatch(facts.file_digest)):
            message = f"a digest of {shown(facts.entry_point)} is not 32 or 64 hexadecimal digits"
            yield wrong("plugins", facts.source_digest, "hexadecimal digits", message)


def check_plugins(bundle: Bundle) -> Iterator[Finding]:
    """Find rows of a method, model, data set or protocol that no listed plugin offers."""
    yield from check_listing(bundle.manifest.plugins)
    offered = {offer for facts in bundle.manifest.plugins for offer in facts.offers}
    used = {offer for entry in bundle.entries for offer in uses(entry.row)}
    for offer in sorted(used - offered):
        yield wrong("plugins", "nothing", offer, f"none of them offers {shown(offer)}")


def uses(row: Measurement) -> Iterator[str]:
    """List what a row needs plugins for."""
    settings: Any = row.settings
    kinds = ("dataset", "model") if is_dense(row) else ("dataset", "model", "method", "protocol")
    for kind in kinds:
        yield f"{kind} {settings[kind]['name']}"
    if "like" in settings.get("target", {}):
        yield f"method {settings['target']['like']['method']['name']}"


def check_datasets(bundle: Bundle) -> Iterator[Finding]:
    """Find data sets that are not exactly those of the rows, in order, with their identity."""
    told = [facts.label for facts in bundle.manifest.datasets]
    used = sorted({entry.row.dataset for entry in bundle.entries})
    if told != used:
        message = f"they are {shown(told)}, but the rows have {shown(used)}"
        yield wrong("datasets", told, shown(used), message)
        return
    identities = {facts.label: facts.identity for facts in bundle.manifest.datasets}
    for entry in bundle.entries:
        settings: Any = entry.row.settings
        found, expected = settings["dataset"]["identity"], identities[entry.row.dataset]
        if found != expected:
            message = f"its data set is {shown(found)}, and {MANIFEST} has {shown(expected)}"
            yield of_row(entry.row, "dataset", message, found=found, expected=expected)


def check_pairs(bundle: Bundle) -> Iterator[Finding]:
    """Find pairs that are not exactly those of the rows, in order, with as many test images."""
    told = [(pair.dataset, pair.model) for pair in bundle.manifest.pairs]
    used = sorted({(entry.row.dataset, entry.row.model) for entry in bundle.entries})
    if told != used:
        message = f"they are {shown(told)}, but the rows have {shown(used)}"
        yield wrong("pairs", told, shown(used), message)
    tests = {facts.label: facts.test for facts in bundle.manifest.datasets}
    for pair in bundle.manifest.pairs:
        expected = tests.get(pair.dataset, pair.test)
        if pair.test != expected:
            message = f"{shown(pair.dataset)} has {expected} test images, not {pair.test}"
            yield wrong("pairs", pair.test, str(expected), message)
