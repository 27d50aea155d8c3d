import csv
from dataclasses import replace

import pytest

from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.schema import read_toml
from prunebench.experiment.shipped import benchmark_names, benchmark_path
from prunebench.report.papers.published import COLUMNS
from prunebench.report.papers.statements import Told
from prunebench.report.render import check, render
from prunebench.report.template import find_template, own_papers
from prunebench.results.folder import write_record, write_results

LAYOUT = """
source = "Somebody 2019"

[[tables]]
id = "mine"
title = "My table"
caption = "What I like to see"
reference = "mine"
metric = "test_accuracy"
rows = ["model", "printed"]
columns = ["ticket"]
"""
NUMBER = dict.fromkeys(COLUMNS, "") | {
    "model": "VGG-16",
    "dataset": "CIFAR-10",
    "method": "magnitude",
    "printed": "50%",
    "target": "0.5",
    "protocol": "ticket",
    "metric": "test_accuracy",
    "mean": "93.66",
    "standing": "read",
    "source": "somewhere",
}
STANDS = """
dataset = "digits"
model = "mlp"
stands_for = {dataset = "CIFAR-10", model = "VGG-16"}
"""


@pytest.fixture
def templates(tmp_path):
    """Give a folder with a layout and its published numbers."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "mine.toml").write_text(LAYOUT)
    with (folder / "mine.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerow(NUMBER)
    return folder


@pytest.fixture
def run(tmp_path, record, make_row):
    """Give a run of a network that no experiment lets stand for anything."""
    folder = tmp_path / "run"
    folder.mkdir()
    rows = [
        make_row(trial=f"t{s}", seed=s, protocol="ticket", test_accuracy_last=0.93 + s / 100)
        for s in (0, 1)
    ]
    write_record(folder, record)
    write_results(folder, rows)
    return folder


def complaint(name, folder=None, error=SpecError):
    """Give the sentence of the error that looking for a template raises."""
    with pytest.raises(error) as caught:
        find_template(name, folder)
    return str(caught.value)


def test_every_benchmark_with_tables_is_a_template():
    """Its layouts and its published numbers are in order."""
    found = 0
    for name in benchmark_names():
        if "tables" not in read_toml(benchmark_path(name)):
            continue
        papers = find_template(name).papers

        assert all(paper.said if isinstance(paper, Told) else paper.published for paper in papers)
        assert all(paper.source for paper in papers)
        found += 1

    assert found > 4
    assert complaint("smoke") == (
        "benchmark smoke has no [[tables]], so there is no table to lay out."
    )


def test_a_folder_comes_first(templates):
    """Its layouts, and its numbers under a name that is shipped too."""
    (templates / "liu2019-table11.toml").write_text(LAYOUT.replace('"mine"', '"li2016_table1"'))
    (templates / "li2016_table1.csv").write_bytes((templates / "mine.csv").read_bytes())
    (paper,) = find_template("liu2019-table11", templates).papers

    assert paper.layout.title == "My table"
    assert [one.source for one in paper.published] == ["somewhere"]
    assert paper.source == "Somebody 2019"


def test_a_template_brings_who_stands_for_whom(templates, run):
    """So that a run of one's own can be put beside published numbers."""
    (templates / "mine.toml").write_text(STANDS + LAYOUT)
    markdown, _ = render(run, template=find_template("mine", templates))

    assert "| VGG-16 | 50% | 93.50 (± 0.71) | 93.66 | −0.16 · inside |" in markdown.read_text()
    assert check(run) != []
    assert check(run, find_template("mine", templates)) == []


def test_only_the_papers_own_setting_stands_for_it(templates):
    """Of a benchmark in tiers the full one; a smaller one would not say what it is."""
    tiers = "[tiers.t1]\nseeds = 1\n"
    (templates / "mine.toml").write_text(STANDS + LAYOUT + tiers)

    assert find_template("mine", templates).papers[0].stands == ()

    (templates / "mine.toml").write_text(STANDS + LAYOUT + tiers + "[tiers.t2]\nseeds = 5\n")
    (stand,) = find_template("mine", templates).papers[0].stands

    assert (stand.datasets, stand.models) == (("digits",), ("mlp",))


def test_own_pages_stand_beside_the_report(templates, run):
    """They get the report and its figures, escaped as their format needs it."""
    (templates / "page.html.j2").write_text(
        "<title>{{ report.title }}</title>{% for t in report.sections[0].tables %}"
        '{% set table = t %}{% include "_table.html.j2" %}{% endfor %}{{ "<b>" }}'
    )
    (templates / "page.md.j2").write_text("{{ report.sections[0].title }} {{ '|' }}")
    (templates / "page.tex.j2").write_text("<< report.facts[0].value >> << '%' >> {{ x }}")
    template = find_template("page", templates)
    pages = render(run, template=template)

    assert [path.name for path in pages] == [
        "report.md",
        "report.html",
        "page.md",
        "page.html",
        "page.tex",
    ]
    assert "<th" in (run / "page.html").read_text()
    assert (run / "page.html").read_text().endswith("&lt;b&gt;\n")
    assert (run / "page.md").read_text() == "digits · mlp \\|\n"
    assert (run / "page.tex").read_text() == "2 \\% {{ x }}\n"
    assert check(run, template) == []

    (run / "page.md").write_text("edited")

    assert check(run, template)[0] == "--- page.md (found)"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{% for x %}", "line 1: expected token 'in', got 'end of statement block'."),
        ("{{ report.tables }}", "'prunebench.report.document.Report object' has no attribute"),
        ("{{ report.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("{{ ''.__class__.__subclasses__() }}", "access to attribute '__class__'"),
        (
            "{% include '../secret.txt' %}",
            "its folder has no '../secret.txt', and neither has a report.",
        ),
        ("{% include 'link.txt' %}", "its folder has no 'link.txt', and neither has a report."),
        ("{% include 'up/secret.txt' %}", "its folder has no 'up/secret.txt'"),
        ("{% for a in [1] %}" * 30 + "{% endfor %}" * 30, "cannot be written: too many statically"),
        ("{% if 1 %}" * 120 + "{% endif %}" * 120, "cannot be written: too many levels of"),
        ("{{ 'a' * 10 ** 13 }}", "cannot be written: MemoryError."),
        ("{{ 1 / 0 }}", "cannot be written: division by zero."),
        ("{{ range(10 ** 9) | list }}", "cannot be written: Range too big."),
        ("{{ 'a' + 1 }}", "cannot be written: can only concatenate str"),
    ],
)
def test_a_page_can_read_a_report_and_nothing_else(templates, run, text, sentence):
    """Mistakes and worse are told in one sentence, with the file, before anything is written."""
    (templates / "page.html.j2").write_text(text)
    (templates.parent / "secret.txt").write_text("secret")
    (templates / "link.txt").symlink_to(templates.parent / "secret.txt")
    (templates / "up").symlink_to(templates.parent)

    with pytest.raises(SpecError) as caught:
        render(run, template=find_template("page", templates))

    assert sentence in str(caught.value)
    assert str(caught.value).startswith(f"the template {templates / 'page.html.j2'}")
    assert not (run / "report.md").exists()


def test_unknown_templates_are_told(templates, tmp_path):
    """With the nearest name."""
    assert complaint("liu2019-table1", error=UnknownNameError) == (
        "there is no benchmark 'liu2019-table1' whose tables could be used; did you mean "
        "'liu2019-table11'?"
    )
    assert complaint("mime", templates, UnknownNameError) == (
        f"there is no benchmark 'mime' whose tables could be used and {templates} has no "
        "mime.toml, mime.html.j2 or the like; did you mean 'mine'?"
    )
    assert complaint("mine", tmp_path / "none").startswith(f"there is no folder {tmp_path}/none")


@pytest.mark.parametrize("name", ["../mine", "a/b", "", ".hidden", "/etc/passwd", "a b", "x\n"])
def test_a_template_is_no_path(templates, name):
    """Nothing outside the folder is read, and nothing outside the run is written."""
    assert complaint(name, templates) == (
        f"{name!r} cannot name a template; use letters, digits, dots and hyphens, no path."
    )


def test_a_page_cannot_take_the_reports_place(templates):
    """Its name would be that of the report's own page."""
    (templates / "report.html.j2").write_text("mine")

    assert complaint("report", templates) == (
        "a template's pages cannot be called 'report'; the report's own are."
    )


def test_bad_layouts_and_missing_numbers_are_told(templates):
    """Where, which key, and the nearest name."""
    path = templates / "mine.toml"
    path.write_text(LAYOUT.replace("metric", "metrik"))

    assert complaint("mine", templates) == (
        f"{path}, tables[0]: unknown key 'metrik'; did you mean 'metric'?"
    )

    path.write_text(LAYOUT.replace('reference = "mine"', 'reference = "liu2019_table12"'))

    assert complaint("mine", templates) == (
        f"there are no published numbers 'liu2019_table12': {templates} has none of that name and "
        "none are shipped; did you mean 'liu2019_table11'?"
    )

    path.write_text("seeds = 3\n")

    assert complaint("mine", templates) == (
        f"{path} has no [[tables]], so there is no table to lay out."
    )

    path.write_text("[[tables")

    assert complaint("mine", templates).startswith(f"{path} is not valid TOML")


def test_a_run_shows_the_tables_of_its_experiment(record):
    """Without any there are none; a broken record is told."""
    tables = [
        {
            "id": "a",
            "title": "A",
            "caption": "C",
            "reference": "liu2019_table11",
            "metric": "test_accuracy",
            "rows": ["model"],
            "columns": ["ticket"],
        }
    ]
    told = replace(record, experiment={"tables": tables, "source": "Liu"})
    (paper,) = own_papers(told)

    assert own_papers(record) == ()
    assert (paper.layout.id, paper.source, len(paper.published) > 20) == ("a", "Liu", True)
    with pytest.raises(SpecError, match=r"the run's experiment, tables\[0\] must be a table"):
        own_papers(replace(record, experiment={"tables": ["x"]}))
