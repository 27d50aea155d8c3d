"""A report as a browser sees it: quiet, alone on the page, and readable without eyes or mouse."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from prunebench.report.render import render
from prunebench.results.folder import write_record, write_results

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=3000",
    "--enable-logging=stderr",
    "--v=0",
)
"""No machine can be reached, and what the page says is written down."""

MEASURE = """<script>
document.body.dataset.overflow = document.documentElement.scrollWidth
  - document.documentElement.clientWidth;
document.body.dataset.first = (() => {
  const first = [...document.querySelectorAll("a[href], [tabindex='0'], summary")][0];
  return first ? first.textContent : "";
})();
</script>"""
"""Writes into the page how far it reaches beyond the window, and what the first Tab reaches."""

OVERFLOW = re.compile(r'data-overflow="(-?[0-9]+)"')


@dataclass(frozen=True)
class Visit:
    """What came of opening a page: its document, console messages and addresses asked for."""

    dom: str
    console: list
    requests: list


@pytest.fixture
def visit(tmp_path):
    """Open a text as a page in a browser of its own."""
    if BROWSER is None:
        pytest.skip(f"no browser here; install one of {', '.join(NAMES)}")

    def open_page(html, width=1200):
        page, log = tmp_path / "page.html", tmp_path / "net.json"
        page.write_text(html, encoding="utf-8")
        places = (f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}")
        size = f"--window-size={width},900"
        done = subprocess.run(
            [BROWSER, *FLAGS, *places, size, "--dump-dom", page.as_uri()],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        return Visit(done.stdout, console, requests(json.loads(log.read_text())))

    return open_page


def requests(log):
    """List the addresses that the page asked for; what the browser wants for itself is no such."""
    start = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = [event["params"] for event in log["events"] if event["type"] == start]
    own = [p for p in asked if "url" in p and p.get("initiator") != "not an origin"]
    return [p["url"] for p in own if not p["url"].startswith(("file:", "data:"))]


class Outline(HTMLParser):
    """What an assistive program needs of a page."""

    def __init__(self, dom):
        super().__init__()
        self.open, self.faults, self.headings, self.tables = [], [], [], []
        self.ids, self.targets = set(), set()
        self.feed(dom)

    def handle_starttag(self, tag, attrs):
        """Look at one element."""
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "a" and given.get("href", "").startswith("#"):
            self.targets.add(given["href"][1:])
        if tag == "img" and not given.get("alt"):
            self.faults.append(f"an image without a text alternative: {given.get('src')}")
        if tag == "svg" and not (given.get("role") == "img" and given.get("aria-label")):
            self.faults.append("a figure without a text alternative")
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": False, "columns": 0, "lines": 0, "rows": 0})
        if self.tables:
            self.look_at_cell(tag, given)

    def look_at_cell(self, tag, given):
        """Count the headings of the last table."""
        table = self.tables[-1]
        table["caption"] |= tag == "caption"
        table["columns"] += tag == "th" and given.get("scope") in ("col", "colgroup")
        table["lines"] += tag == "th" and given.get("scope") == "row"
        table["rows"] += tag == "tr"
        if tag == "th" and "scope" not in given:
            self.faults.append("a heading that does not say what it heads")


def faults(dom):
    """List what is missing in a page."""
    page = Outline(dom)
    found = list(page.faults)
    found += [f"no caption on table {n}" for n, t in enumerate(page.tables) if not t["caption"]]
    found += [
        f"no columns named in table {n}" for n, t in enumerate(page.tables) if not t["columns"]
    ]
    found += [
        f"lines without a name in table {n}"
        for n, t in enumerate(page.tables)
        if t["lines"] < t["rows"] - 2
    ]
    if page.headings.count(1) != 1 or any(b > a + 1 for a, b in pairwise(page.headings)):
        found.append(f"headings out of order: {page.headings}")
    found += [f"a link to nowhere: {target}" for target in page.targets - page.ids]
    return found


@pytest.fixture
def page(tmp_path, record, drawn_rows):
    """Give the report of a run with figures, a failure and a control, as HTML."""
    control = {"method": "random-mask like obd", "method_id": "random-mask", "control_of": "obd"}
    folder = tmp_path / "run"
    folder.mkdir()
    rows = [
        *drawn_rows,
        replace(drawn_rows[0], trial="bad", seed=2, status="diverged", test_accuracy_last=None),
        replace(drawn_rows[-2], trial="control", **control),
    ]
    write_record(folder, record)
    write_results(folder, rows)
    return render(folder)[1].read_text(encoding="utf-8")


def test_a_report_is_quiet_and_asks_for_nothing(visit, page):
    """No message on the console, no request to any machine."""
    found = visit(page)

    assert "Pruning report" in found.dom
    assert found.console == []
    assert found.requests == []


def test_a_planted_error_and_a_planted_image_are_noticed(visit, page):
    """The two checks above can fail: they see a message, an exception and a foreign image."""
    planted = page.replace(
        "</body>",
        '<img src="http://example.org/far.png" alt="far"><script>console.error("planted");'
        "nobody.home();</script></body>",
    )
    found = visit(planted)

    assert len(found.console) == 2
    assert "planted" in found.console[0]
    assert "nobody is not defined" in found.console[1]
    assert found.requests == ["http://example.org/far.png"]


def test_a_report_is_readable_without_seeing_it(visit, page):
    """Figures have alternatives, tables captions and headings, links a target; one h1, no gap."""
    found = visit(page)

    assert "<svg" in found.dom
    assert faults(found.dom) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<caption", "<!-- <caption"),
        ('role="img"', 'role="none"'),
        ('scope="row"', 'headers=""'),
        ('scope="col"', 'scope=""'),
        ("<h3", "<h4"),
        ("</body>", '<img src="data:,"></body>'),
        ("</body>", '<a href="#nowhere">x</a></body>'),
    ],
)
def test_planted_gaps_are_noticed(page, old, new):
    """Each of these checks can fail."""
    assert old in page
    assert faults(page) == []
    assert faults(page.replace(old, new)) != []


@pytest.mark.parametrize("width", [1200, 500])
def test_a_page_never_scrolls_sideways(visit, page, width):
    """Wide tables and figures scroll in boxes of their own; the keyboard finds the skip link."""
    found = visit(page.replace("</body>", f"{MEASURE}</body>"), width)

    assert OVERFLOW.search(found.dom)[1] == "0"
    assert 'data-first="Skip to the findings"' in found.dom


def test_a_page_that_scrolls_sideways_is_noticed(visit, page):
    """Something wider than the window is measured as such."""
    wide = '<div style="width: 3000px">wide</div>'
    found = visit(page.replace("</body>", f"{wide}{MEASURE}</body>"))

    assert int(OVERFLOW.search(found.dom)[1]) >= 1800
