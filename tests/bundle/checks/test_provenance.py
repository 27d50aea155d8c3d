from dataclasses import replace

import pytest

from prunebench.bundle.checks.provenance import check_listing, check_provenance, is_link
from prunebench.bundle.document import DatasetFacts, PairFacts, Submitter
from prunebench.core.digest import digest


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


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source_digest": "0" * 31}, "hexadecimal"),
        ({"source_digest": "<script>"}, "hexadecimal"),
        ({"file_digest": "0" * 32}, "hexadecimal"),
        ({"offers": ("method magnitude", "method magnitude")}, "more than once"),
    ],
)
def test_plugins_have_digests_and_offers(honest, changes, why):
    """Digests are digests, and an offer stands there once."""
    plugin = replace(honest.manifest.plugins[0], **changes)
    got = list(check_listing((plugin,)))

    assert len(got) == 1
    assert why in got[0].message


def test_plugins_are_in_order_and_apart(honest):
    """One offer by two plugins, and another order, are found; so nobody hides behind another."""
    one = replace(honest.manifest.plugins[0], offers=("method obd",), file_digest="f" * 64)
    two = replace(one, distribution="zoo")
    apart = replace(two, offers=("method snip",))

    assert list(check_listing((one, apart))) == []
    assert len(list(check_listing((apart, one)))) == 1
    assert len(list(check_listing((one, two)))) == 1


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({"note": "x" * 2000}, 0),
        ({"note": "x" * 2001}, 1),
        ({"note": {"deep": ["x" * 2001]}}, 1),
        ({"x" * 2001: 1}, 1),
        ({"note": [1] * 501}, 1),
    ],
)
def test_environments_are_short(honest, more, count):
    """An environment tells so many facts of so many letters at most, however they are nested."""
    facts = {**next(iter(honest.manifest.environments.values())), **more}
    facts["id"] = digest({key: value for key, value in facts.items() if key != "id"})
    known = {**honest.manifest.environments, facts["id"]: facts}
    bundle = replace(honest, manifest=replace(honest.manifest, environments=known))

    assert fields(check_provenance(bundle)) == ["environments"] * count
