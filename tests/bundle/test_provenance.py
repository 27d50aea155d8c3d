from dataclasses import replace

import pytest

from prunebench.bundle.document import DatasetFacts, PairFacts, Submitter
from prunebench.bundle.provenance import check_provenance, is_link


def fields(findings):
    """Give the fields of findings."""
    return [finding.field for finding in findings]


def test_an_honest_manifest_has_no_finding(make_bundle):
    """A manifest that tells of what the rows use is accepted."""
    assert list(check_provenance(make_bundle(("magnitude", "obd"), suite="toys@1.0"))) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "two\nlines"}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"submitter": Submitter("x" * 101)}, "submitter.name"),
        ({"submitter": Submitter("A", "javascript:alert(1)")}, "submitter.url"),
        ({"created": "yesterday"}, "created"),
        ({"created": "2025-13-31T12:00:00Z"}, "created"),
        ({"created": "2025-01-31T12:00:00+01:00"}, "created"),
        ({"suite": "tiny"}, "suite"),
        ({"suite": "../tiny@1.0"}, "suite"),
        ({"counts": {"ok": 5}}, "counts"),
        ({"plugins": ()}, "plugins"),
        ({"datasets": ()}, "datasets"),
        ({"datasets": (DatasetFacts("toy", 4, 20, "other"),)}, "dataset"),
        ({"pairs": ()}, "pairs"),
        ({"pairs": (PairFacts("toy", "net", 21),)}, "pairs"),
        ({"environments": {}}, "environment"),
        ({"environments": {"0" * 32: {"id": "0" * 32}}}, "environments"),
    ],
)
def test_what_a_manifest_says_wrongly_is_found(honest, changes, field):
    """A text that is none, and what the rows use and it does not tell of, is found."""
    bundle = replace(honest, manifest=replace(honest.manifest, **changes))

    assert field in fields(check_provenance(bundle))


def test_an_edited_environment_is_found(honest):
    """An environment's id is the digest of its facts."""
    name, facts = next(iter(honest.manifest.environments.items()))
    edited = {name: {**facts, "device": "cuda"}}
    bundle = replace(honest, manifest=replace(honest.manifest, environments=edited))

    assert fields(check_provenance(bundle)) == ["environments"]


def test_every_plugin_that_took_part_is_listed(honest):
    """A method that no listed plugin offers is told."""
    plugin = honest.manifest.plugins[0]
    offers = tuple(offer for offer in plugin.offers if offer != "method magnitude")
    facts = replace(honest.manifest, plugins=(replace(plugin, offers=offers),))
    got = list(check_provenance(replace(honest, manifest=facts)))

    assert [(f.field, f.expected) for f in got] == [("plugins", "method magnitude")]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://a b", False),
        ('https://a"onclick="x', False),
        ("https://[", False),
        ("//example.org", False),
        ("https://example.org/" + "a" * 500, False),
        ("https://example.org/\u202e", False),
    ],
)
def test_links_are_http(url, expected):
    """Only plain http and https addresses are links."""
    assert is_link(url) is expected
