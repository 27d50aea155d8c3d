import re
from dataclasses import replace

import pytest

from prunebench.claims.printed import as_row
from prunebench.experiment.layout import read_layouts
from prunebench.report.gallery import draw_figures
from prunebench.report.pages import FORMATS, LONGEST, NOTES, to_page
from prunebench.report.papers.statements import Told
from prunebench.report.papers.table import Paper
from prunebench.report.table import Cell, Column, make_table, numbers, words
from prunebench.report.view import make_report

HOSTILE = (
    r"\input{/etc/passwd} <script>alert(1)</script> a|b `c` $d$ 5 % & #1 [e](javascript:f)"
    " {{ 7 * 7 }} <% x %> << y >> \x00\u202e"
)
STANDS = {"dataset": ["digits"], "model": ["mlp"], "stands_for": {"dataset": "D", "model": "M"}}


@pytest.fixture
def seeds(make_row, make_dense):
    """Give trials with every kind of cell: means, notes, lost trials, dense networks."""
    good = [
        make_row(protocol=p, target=t, seed=s, test_accuracy_last=0.9 + s / 100 - 0.1 * float(t))
        for p in ("ticket", "random")
        for t in ("0.8", "0.2")
        for s in (0, 1, 2)
    ]
    bad = make_row(protocol="ticket", target="0.2", seed=3, status="diverged", reason="NaN")
    return [*good, bad, make_dense(test_accuracy_last=0.92), make_dense(seed=1)]


@pytest.fixture
def told():
    """Give published statements: one that was measured, with a footnote, and one that was not."""
    one = {
        "published": {"quantity": "better by"},
        "quantity": "accuracy",
        "x": {"protocol": "ticket"},
        "y": {"protocol": "random"},
        "tiers": {"t2": {"target": "0.8"}},
    }
    table = {
        "kind": "statements",
        "id": "text",
        "title": "In numbers",
        "caption": "What the text says",
        "reference": "frankle2019",
        "statements": [one, one | {"tiers": {}}],
    }
    (layout,) = read_layouts([table], "test.toml")
    row = {"dataset": "D", "model": "M", "quantity": "better by", "value": "0.5", "unit": "points"}
    more = {"kept_percent": "80", "standing": "second-hand", "footnote": "or 1 | 2 & 3"}
    return Told(layout, (as_row(row | more, "f", "here"),))


@pytest.fixture
def report(record, seeds, make_published, make_layout, told):
    """Give a report with published tables, wide and long, and with statements."""
    published = tuple(
        make_published(dataset="D", model="M", protocol=p, target=t, printed=t, standing=s)
        for p, s in (("ticket", "read"), ("random", "memory"))
        for t in ("0.8", "0.6")
    )
    wide = Paper(make_layout(), published)
    long = Paper(make_layout(rows=["model", "protocol", "printed"]), published)
    asked = record.experiment | STANDS
    return make_report(replace(record, experiment=asked), seeds, [wide, long, told])


def cells(table):
    """Write the texts of a table's cells; LaTeX has no line breaks in a cell."""
    return [[str(cell).replace("\n", " ").strip() for cell in row] for row in table.rows]


def bodies(tables, wanted):
    """Cut the headings off the tables that a page shows."""
    assert len(tables) == len(wanted)
    return [
        [[cell.replace("\n", " ").strip() for cell in row] for row in found[-len(table.rows) :]]
        for found, table in zip(tables, wanted, strict=True)
    ]


def test_three_formats_show_the_same_cells(report, read_page, read_markdown, read_latex):
    """Every text of every table, numbers above all, in Markdown, HTML and LaTeX."""
    figures = draw_figures(report)
    wanted = [table for _, _, table in report.labelled_tables]
    expected = [cells(table) for table in wanted]

    assert len(wanted) > 6
    assert "not run" in {cell for row in expected[0] for cell in row}
    assert {"0.5 points † [1]", "not run"} <= {cell for row in expected[2] for cell in row}
    for form, reader in (("md", read_markdown), ("html", read_page), ("tex", read_latex)):
        found = reader(to_page(report, figures, form)).tables

        assert bodies(found, wanted) == expected, form


def test_three_formats_have_the_same_headings(report, read_page, read_markdown, read_latex):
    """Markdown writes a heading that spans columns before each of them."""
    figures = draw_figures(report)
    table = report.papers[0]
    full = [column.full for column in table.columns]
    own = [column.title for column in table.columns]
    groups = [group for group, _ in table.groups if group]

    def first(form, reader):
        return reader(to_page(report, figures, form)).tables[0]

    assert first("md", read_markdown)[0] == full
    above, below = first("tex", read_latex)[:2]
    assert ([text for text in above if text], below) == (groups, own)
    above, below = first("html", read_page)[:2]
    assert [text for text in above if text in groups] == groups
    assert sorted([*above, *below]) == sorted([*groups, *own])


def test_hostile_words_stay_words_in_every_format(report, read_page, read_markdown, read_latex):
    """No tag, link, command or template comes of a name."""
    table = make_table(
        HOSTILE,
        HOSTILE,
        [*words(HOSTILE), Column("x", group=HOSTILE)],
        [[Cell(HOSTILE, HOSTILE), Cell(HOSTILE, HOSTILE, HOSTILE)]],
    )
    told = replace(table, title=table.caption, footnotes=(table.caption,), remark=table.caption)
    odd = replace(report, papers=(told,), title=table.caption, findings=(table.caption,))
    figures = draw_figures(odd)
    shown = HOSTILE.replace("\x00", "\ufffd").replace("\u202e", "\ufffd")
    pages = {form: to_page(odd, figures, form) for form in FORMATS}
    page, forge = read_page(pages["html"]), read_markdown(pages["md"])

    assert "script" not in {*page.tags, *forge.tags}
    assert forge.tags.count("a") == 0
    assert r"\input" not in pages["tex"]
    assert pages["tex"].isascii()
    for tables in (page.tables, forge.tables, read_latex(pages["tex"]).tables):
        assert tables[0][-1] == [
            f"{shown} · {shown}".strip(),
            f"{shown} {shown} · {shown}".strip(),
        ]


def test_html_tables_can_be_read_aloud(report):
    """Every heading says what it heads, and every table has a name."""
    html = to_page(report, draw_figures(report), "html")

    assert html.count("<table") == html.count("<caption")
    assert "<th>" not in html
    assert '<th scope="colgroup" colspan="3"' in html


def test_a_folded_table_is_shown_on_request(report):
    """In HTML; it is as it is elsewhere."""
    folded = replace(report.papers[0], folded=True)
    html = to_page(replace(report, papers=(folded,)), draw_figures(report), "html")
    open_one = to_page(report, draw_figures(report), "html")

    assert re.search(rf"<details>\s*<summary><h3>{folded.title}</h3> <span>\d lines</span>", html)
    assert f"<summary><h3>{folded.title}</h3>" not in open_one


def test_latex_of_a_long_table_goes_on_over_pages(report):
    """One line more than fits."""
    lines = [[str(number)] for number in range(LONGEST + 1)]
    tables = tuple(make_table("T", "C.", numbers("n"), lines[:n]) for n in (LONGEST, LONGEST + 1))
    tex = to_page(replace(report, papers=tables), draw_figures(report), "tex")

    assert tex.count(r"\begin{longtable}") == 1
    assert tex.count(r"\begin{table}") == len(report.labelled_tables) - len(report.papers) + 1


def test_tables_have_labels_of_their_own(report):
    """Two sections may have tables of one title."""
    section = report.sections[0]
    twice = replace(report, sections=(section, replace(section, title="other")))
    names = [name for name, _, _ in twice.labelled_tables]

    titles = [title for _, title, table in twice.labelled_tables if table.title == "Test accuracy"]

    assert len(names) == len(set(names))
    assert titles == [f"{section.title}: Test accuracy", "other: Test accuracy"]


def test_html_folds_many_notes_and_sets_wide_tables_close(report):
    """Up to `NOTES` notes are open; a table of more than ten columns has less air."""
    few = make_table("T", "C.", words(*"abcdefghij"), [list("0123456789")])
    wide = make_table("W", "C.", words(*"abcdefghijk"), [list("0123456789x")])
    notes = tuple(f"note {number}" for number in range(NOTES + 1))

    def html(*tables):
        bare = replace(report, papers=tables, claims=(), sections=(), comparisons=())
        return to_page(bare, {}, "html")

    assert f"<summary>{NOTES + 1} notes</summary>" in html(replace(few, footnotes=notes))
    assert "notes</summary>" not in html(replace(few, footnotes=notes[1:]))
    assert '<table class="wide">' in html(wide)
    assert '<table class="wide">' not in html(few)
