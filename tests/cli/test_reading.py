"""``prunebench report``: formats, templates, and what cannot be used."""

from dataclasses import replace
from pathlib import Path

import pytest

from prunebench.results.folder import read_rows, write_record, write_results
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord


@pytest.fixture
def run(tmp_path) -> Path:
    """Give the folder of a small run."""
    folder = tmp_path / "run"
    folder.mkdir()
    record = RunRecord("id", "2026-01-01", "prunebench run", {}, {}, 0, 0)
    row = Measurement(
        trial="t",
        status="ok",
        dataset="digits",
        model="mlp",
        method="magnitude",
        protocol="ticket",
        method_id="magnitude",
        protocol_id="ticket",
        recipe="smoke",
        seed=0,
        target="0.5",
        test_accuracy_last=0.9,
    )
    write_record(folder, record)
    write_results(folder, [row])
    return folder


def pages(folder):
    """List the pages of a report."""
    return sorted(p.name for p in folder.iterdir() if p.suffix in (".md", ".html", ".tex"))


def test_formats_are_chosen(prunebench, run):
    """Markdown and HTML unless something else is asked for."""
    asked = prunebench("report", run, "--format", "tex, md")

    assert asked.exit_code == 0
    assert asked.stdout.splitlines() == [str(run / "report.md"), str(run / "report.tex")]
    assert pages(run) == ["report.md", "report.tex"]

    prunebench("report", run)

    assert pages(run) == ["report.html", "report.md", "report.tex"]


def test_figures_are_written_in_other_forms_on_request(prunebench, run):
    """Beside the SVG; the report itself stays what its results say."""
    row = replace(read_rows(run)[0], density=0.5)
    write_results(run, [row])
    plain = prunebench("report", run)
    asked = prunebench("report", run, "--figures", "pdf, png")
    written = [line for line in asked.stdout.splitlines() if line not in plain.stdout]

    assert {Path(line).suffix for line in written} == {".pdf", ".png"}
    assert all(Path(line).is_file() for line in written)
    assert not any(Path(line).suffix == ".pdf" for line in plain.stdout.splitlines())
    assert prunebench("report", run, "--check").exit_code == 0


def test_a_benchmark_lays_a_report_out(prunebench, run):
    """Its tables stand first, whatever the run was for; the check needs to know of it."""
    done = prunebench("report", run, "--template", "liu2019-table11", "--format", "html,md,tex")

    assert done.exit_code == 0
    for name in pages(run):
        assert "Table 11(a)" in (run / name).read_text()
    assert prunebench("report", run, "--check").exit_code == 1
    assert prunebench("report", run, "--check", "--template", "liu2019-table11").exit_code == 0


def test_a_folder_of_templates_adds_pages(prunebench, run, tmp_path):
    """They are written beside the report."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "page.md.j2").write_text("{{ report.title }}")
    done = prunebench("report", run, "--template", "page", "--template-dir", tmp_path / "mine")

    assert done.exit_code == 0
    assert (run / "page.md").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--format", "pdf"),
            "prunebench: a report cannot be written as 'pdf'; --format takes md, html, tex.",
        ),
        (
            ("--format", ","),
            "prunebench: a report cannot be written as nothing; --format takes md, html, tex.",
        ),
        (
            ("--figures", "pdf,gif"),
            "prunebench: a figure cannot be written as 'gif'; --figures takes pdf, png.",
        ),
        (
            ("--template", "liu2019-table12"),
            "prunebench: there is no benchmark 'liu2019-table12' whose tables could be used; did "
            "you mean 'liu2019-table11'?",
        ),
        (
            ("--template", "../x"),
            "prunebench: '../x' cannot name a template; use letters, digits, dots and hyphens, no "
            "path.",
        ),
        (
            ("--template", "smoke"),
            "prunebench: benchmark smoke has no [[tables]], so there is no table to lay out.",
        ),
        (
            ("--template-dir", "."),
            "prunebench: which template of .? Name it with --template.",
        ),
        (
            ("--template", "x", "--template-dir", "none"),
            "prunebench: there is no folder none to look for the template 'x' in.",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence(prunebench, run, words, sentence):
    """Exit code 2, no traceback, nothing written."""
    done = prunebench("report", run, *words)

    assert (done.exit_code, done.stderr.strip()) == (2, sentence)
    assert pages(run) == []


def test_a_check_writes_nothing(prunebench, run):
    """So neither format nor figures can be asked for; what differs is printed."""
    for option in (("--format", "tex"), ("--figures", "png")):
        both = prunebench("report", run, "--check", *option)

        assert both.exit_code == 2
        assert "--check compares what is there" in both.stderr

    found = prunebench("report", run, "--check")

    assert found.exit_code == 2  # without results.csv there is nothing to hold it against
    assert pages(run) == []


def test_results_are_written_as_parquet(prunebench, run, tmp_path):
    """The file is named, nothing else is printed; its row is the run's."""
    pq = pytest.importorskip("pyarrow.parquet")
    done = prunebench("results", run, "--parquet", tmp_path / "results.parquet")

    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'results.parquet'}\n")
    assert pq.read_table(tmp_path / "results.parquet")["trial"].to_pylist() == ["t"]


def test_parquet_is_refused_in_one_sentence(prunebench, run, tmp_path, monkeypatch):
    """A format to print does not go with it, and without pyarrow it says what to install."""
    both = prunebench("results", run, "--parquet", tmp_path / "x", "--format", "csv")
    monkeypatch.setattr("prunebench.results.parquet.NEEDED", "arrow_of_nobody")
    absent = prunebench("results", run, "--parquet", tmp_path / "x")

    assert both.exit_code == absent.exit_code == 2
    assert "--parquet writes a file and prints no table; leave --format out." in both.stderr
    assert absent.stderr == (
        "prunebench: --parquet needs arrow_of_nobody, which is not installed; "
        "run pip install 'prunebench[parquet]'.\n"
    )
    assert not (tmp_path / "x").exists()
