"""Names of reports, sections and files."""

import re
from collections.abc import Iterable

from prunebench.report.grid import names
from prunebench.results.record import RunRecord

MANY = 4
"""From so many methods on a title counts them."""


def title(record: RunRecord) -> str:
    """Give the experiment's name; without one, what it compares, many methods as a number."""
    asked = record.experiment
    if asked.get("name"):
        return str(asked["name"])
    methods, protocols = names(asked, "methods"), names(asked, "protocols")
    if not methods:
        return record.id
    compared = f"{', '.join(methods)} under {', '.join(protocols)}"
    if len(methods) >= MANY:
        plural = "protocol" if len(protocols) == 1 else "protocols"
        compared = f"{len(methods)} methods under {len(protocols)} {plural}"
    return f"{compared} on {', '.join(names(asked, 'dataset'))}"


def unique(titles: Iterable[str]) -> list[str]:
    """Make names for files and anchors out of titles; equal ones are numbered.

    >>> unique(["CIFAR-10 VGG 16", "cifar 10 (vgg-16)", "./../"])
    ['cifar-10-vgg-16', 'cifar-10-vgg-16-2', 'section']
    """
    taken: list[str] = []
    for title in titles:
        stem = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:60] or "section"
        number = 1
        while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
            number += 1
        taken.append(slug)
    return taken
