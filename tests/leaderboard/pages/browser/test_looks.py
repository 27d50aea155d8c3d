"""A site opened from disk: quiet, readable at any width and by night, whole without scripts."""

import json
import re

import pytest

from prunebench.leaderboard.folder import write_site
from prunebench.leaderboard.site import Extras, site_files

KINDS = (
    "h1", "p.note", "a", "small", ".badge", ".sd", "thead th", "tr.control td", ".rank",
    "figcaption", ".eyebrow", ".toolbar label", ".better, .worse", "summary",
)  # fmt: skip
SEEN = """(kind) => {
  const one = document.querySelector(kind);
  let behind = one;
  const clear = () => getComputedStyle(behind).backgroundColor.endsWith(", 0)");
  while (behind !== document.body && clear()) behind = behind.parentElement;
  return [getComputedStyle(one).color, getComputedStyle(behind).backgroundColor];
}"""
"""Gives the colours of a kind of words, and of what is behind them."""


def kinds_of_pages(paths):
    """Choose a page of each kind."""
    return list({path.split("/")[0]: path for path in paths}.values())


def test_pages_are_quiet_and_ask_for_nothing(visit, site):
    """No message on the console, and nothing is loaded but the site's own style and script."""
    for path in kinds_of_pages(site.paths):
        found = visit(path)

        assert found.messages() == [], path
        assert {url.rpartition("/")[2] for url in found.requests()} <= {
            path.rpartition("/")[2],
            "site.css",
            "site.js",
            "icon.svg",
        }
        assert all(url.startswith("file:") for url in found.requests())
        assert found.see("getComputedStyle(document.body).marginTop") == "0px"


def test_what_is_planted_in_a_page_is_stopped_and_noticed(chromium, site, tmp_path):
    """A script, a style and an image from elsewhere do nothing, and the checks above see them."""
    source = tmp_path / "planted.html"
    text = '<script>document.title = "planted"</script><img src="http://example.org/x.png" alt="">'
    whole = (site.folder / "index.html").read_text(encoding="utf-8")
    source.write_text(whole.replace("</main>", f"{text}</main>"), encoding="utf-8")
    chromium.open(source.as_uri())

    assert chromium.see("document.title") != "planted"
    assert any("script" in str(message) for message in chromium.messages())
    assert any("example.org" in str(message) for message in chromium.messages())


def test_what_has_the_focus_is_seen(visit):
    """Links, fields, headings and boxes that scroll have an outline when Tab reaches them."""
    found = visit()
    for _ in range(16):
        found.press("Tab")
        outline = found.see("getComputedStyle(document.activeElement).outlineStyle")

        assert outline != "none", found.see("document.activeElement.outerHTML")


def test_a_page_is_whole_without_scripts(visit):
    """All rows, drawings and links are there; what needs a script is not shown."""
    found = visit(scripts=False)
    tree = json.dumps(found.ask("DOM.getDocument", depth=-1))
    box = found.ask("DOM.getDocument")["root"]["nodeId"]
    toolbar = found.ask("DOM.querySelector", nodeId=box, selector=".toolbar")["nodeId"]
    rows = found.ask("DOM.querySelectorAll", nodeId=box, selector="table.methods tbody tr")

    assert len(rows["nodeIds"]) == 4 + 1
    assert "hidden" in found.ask("DOM.getAttributes", nodeId=toolbar)["attributes"]
    assert "checkbox" not in tree
    assert tree.count('"svg"') > 4


@pytest.mark.parametrize("width", [1200, 360])
def test_no_page_scrolls_sideways(visit, site, width):
    """Wide tables and drawings scroll in boxes of their own, also on a telephone."""
    for path in kinds_of_pages(site.paths):
        found = visit(path, width=width)

        assert found.see("document.documentElement.scrollWidth") <= width, path


def test_long_names_do_not_widen_a_page(chromium, make_board, submit, trials_of, tmp_path):
    """Names of three hundred letters without a gap are broken, on a telephone too."""
    long = submit(trials_of("x" * 300, (0.5, 0.6, 0.7)), by="y" * 300, version="z" * 300, day=9)
    write_site(site_files(make_board(long), Extras()), tmp_path / "site")
    for path in (tmp_path / "site").rglob("*.html"):
        if "xxx" in path.name or path.parent.name in ("site", "boards"):
            chromium.open(path.as_uri(), width=360)

            assert chromium.see("document.documentElement.scrollWidth") <= 360, path.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(visit, scheme):
    """Words of every kind keep 4.5 to 1 against what is behind them, by day and by night."""
    found = visit("boards/digits-mlp-ticket.html")
    found.ask(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
    )
    pairs = {kind: found.see(f"({SEEN})({json.dumps(kind)})") for kind in KINDS}
    found.ask("Emulation.setEmulatedMedia", features=[])
    poor = {kind: both for kind, both in pairs.items() if contrast(*both) < 4.5}

    assert poor == {}
    assert (luminance(pairs["h1"][1]) < 0.1) == (scheme == "dark")


def contrast(ink, paper):
    """Give the ratio of two colours, as WCAG 2.2 defines it."""
    high, low = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour):
    """Give the relative luminance of ``rgb(...)``."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
