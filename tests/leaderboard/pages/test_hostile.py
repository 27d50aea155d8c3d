"""Text of strangers on a site: printed, cut, and never at work."""

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from prunebench.leaderboard.inputs.intake import Refused
from prunebench.leaderboard.inputs.notes import Dispute, Notes
from prunebench.leaderboard.site import Extras, site_files

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}\u202e\x1b[31m'
PATH = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)*(\.[a-z]+)?")


@pytest.fixture(scope="module")
def hostile(make_board, submit, told, trials_of):
    """Give a site on which every text of a stranger is a piece of HTML."""
    given = {"granularity": EVIL, "reason": EVIL, "status": "collapsed", "control_of": ""}
    evil = trials_of(EVIL, (0.5, 0.6, 0.7), given=given)
    control = replace(evil, method=f"like {EVIL}", given={**given, "control_of": EVIL})
    opened = replace(evil, density=0.25, settings={"training": {EVIL: EVIL}})
    bundle = submit(
        evil, control, opened, by=EVIL, url=f"https://example.org/{EVIL}", day=9,
        machine={EVIL: [EVIL], "libraries": {EVIL: EVIL}}, distribution=EVIL, version=EVIL,
    )  # fmt: skip
    manifest = replace(
        bundle.manifest, command=EVIL, papers={f"method {EVIL}": f"{EVIL} http://{EVIL}"}
    )
    trial = next(e.row.trial for e in bundle.entries if e.row.method == EVIL)
    notes = Notes((Dispute(EVIL, f"javascript:{EVIL}", trial),), ())
    board = make_board(told(replace(bundle, manifest=manifest), EVIL), notes=notes)
    name = EVIL.replace("/", "")
    return site_files(board, Extras(refused=(Refused(Path(f"{name}.zip"), "", (EVIL,)),)))


def test_names_of_files_are_plain(hostile):
    """Letters, digits, hyphens; no text of strangers can leave the folder."""
    for path in hostile:
        assert PATH.fullmatch(path), path
        assert len(PurePosixPath(path).name) < 140


def test_a_strangers_html_is_harmless(hostile, read):
    """Names like a script tag are printed as text, run nowhere, and keep every page sound."""
    for path, page in read(hostile).items():
        text = hostile[path].decode()

        assert page.faults == [], path
        assert page.tags.count("script") == 1, path
        assert "img" not in page.tags, path
        assert not {name for name in page.attributes if name.startswith("on")}, path
        assert not [link for _, link in page.links if not plain(link)], path
        assert "\u202e" not in text, path
        assert "\x1b" not in text, path


def plain(link):
    """Say whether a link stays on the site, or leads to the web."""
    return re.match(r"(https?://|(\.\./)*[a-z0-9-]+(/|\.html|\.css|\.js|\.svg|#|$)|#)", link)


def test_a_strangers_html_is_seen(hostile):
    """It is printed where it belongs, as it was written."""
    for path in ("index.html", "submissions.html", "boards/digits-mlp-finetune.html"):
        text = hostile[path].decode()

        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "{{ 7 * 7 }}" in text


def test_long_texts_are_cut(board):
    """A megabyte of a submitter's name does not become a megabyte of pages."""
    bundles = tuple(replace(b, submitter="x" * 10**6, command="y" * 10**6) for b in board.bundles)
    files = site_files(replace(board, bundles=bundles), Extras())

    assert len(files["submissions.html"]) < 20_000
