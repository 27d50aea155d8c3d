from dataclasses import replace

import pytest

from prunebench import load_results
from prunebench.errors import SpecError
from prunebench.report.render import check, render
from prunebench.results.folder import write_record, write_results

ODD = (
    "<script>alert('x')</script> | `a` [l](javascript:b) **c** $d$ \x00\u202e\n{{ 7 * 7 }} {% e %}"
)


@pytest.fixture
def rows(make_row, make_dense):
    """Give a small run with every kind of row."""
    numbers = {
        "epochs": 2.0,
        "params_dense": 1000,
        "params_kept": 510,
        "layer_densities": {"fc": 0.5},
        "curve": {"step": [1.0, 2.0], "train_loss": [1.0, 0.5]},
        "validation_accuracy": 0.8,
    }
    good = [
        make_row(trial=f"{p}{s}", protocol=p, seed=s, test_accuracy_last=0.9 + s / 100, **numbers)
        for p in ("finetune", "ticket")
        for s in (0, 1)
    ]
    bad = make_row(trial="bad", protocol="ticket", seed=2, status="diverged", reason="NaN")
    return [*good, bad, make_dense(trial="dense", test_accuracy_last=0.92)]


@pytest.fixture
def folder(tmp_path, record, rows):
    """Give the folder of that run."""
    write_record(tmp_path, record)
    write_results(tmp_path, rows)
    return tmp_path


def test_a_run_becomes_a_folder_of_pages(folder):
    """Both pages, the figures they refer to, the table and the environment."""
    markdown, html = render(folder)

    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    figures = {name for name in names if name.startswith("figures/")}
    assert names - figures == {
        "run.json",
        "results.jsonl",
        "report.md",
        "report.html",
        "results.csv",
        "environment.json",
    }
    assert figures >= {
        "figures/digits-mlp-by-method.svg",
        "figures/digits-mlp-learning.svg",
        "figures/digits-mlp-layers.svg",
    }
    for name in figures:
        assert f"({name})" in markdown.read_text()
    assert "prunebench run --methods magnitude" in html.read_text()
    assert load_results(folder / "results.csv").equals(load_results(folder))


def test_both_pages_say_the_same(folder, read_page, read_markdown):
    """Every table has the same titles and the same texts in Markdown and HTML."""
    markdown, html = render(folder)
    page, forge = read_page(html.read_text()), read_markdown(markdown.read_text())

    assert page.tables == forge.tables
    assert len(page.tables) > 6
    assert "90.50 (± 0.71)" in page.text
    assert "90.50 (± 0.71) · 2 of 3 seeds; 1 diverged" in markdown.read_text()


def test_the_html_needs_nothing_else(folder, read_page):
    """One file: no script, no link to another file, figures inside."""
    html = render(folder)[1].read_text()
    page = read_page(html)

    assert page.tags.count("svg") == len(list(folder.glob("figures/*.svg")))
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "src=" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


def test_whatever_strangers_write_is_only_text(tmp_path, record, rows, read_page, read_markdown):
    """Hostile names and reasons stay text in both pages, and name no file."""
    odd = [
        replace(
            row, dataset=ODD, model=ODD, method=ODD, protocol=ODD, target=ODD, reason=ODD, scale=ODD
        )
        for row in rows[:5]
    ]
    skipped = tuple(replace(s, method=ODD, reason=ODD) for s in record.skipped)
    command = f"prunebench ``` {ODD}"
    odd_record = replace(
        record, id=ODD, skipped=skipped, command=command, environment={ODD: {ODD: ODD}}
    )
    write_record(tmp_path, odd_record)
    write_results(tmp_path, odd)
    markdown, html = render(tmp_path)
    page, forge = read_page(html.read_text()), read_markdown(markdown.read_text())
    shown = ODD.replace("\x00", "\ufffd").replace("\u202e", "\ufffd")

    assert not {"script", "b"} & {*page.tags, *forge.tags}
    assert not {"onerror", "onload"} & {*page.attributes, *forge.attributes}
    assert "javascript:" not in " ".join(tag for tag in forge.tags)
    assert forge.tags.count("a") == 0
    assert page.tables[0][1][0] == shown
    assert forge.tables == page.tables
    assert "49" not in page.tables[0][1][0]
    assert "alert('x')" in forge.text
    assert all(
        set(path.stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        for path in tmp_path.glob("figures/*")
    )


def test_a_report_that_fits_its_results_is_in_order(folder):
    """Rendering and checking agree, also after the rows that made it are gone."""
    render(folder)
    (folder / "results.jsonl").unlink()

    assert check(folder) == []

    render(folder)

    assert check(folder) == []


def test_a_changed_number_is_found(folder):
    """An edited report and an edited table are both told apart from the truth."""
    markdown, _ = render(folder)
    text = markdown.read_text()
    markdown.write_text(text.replace("90.50", "95.50", 1))

    found = check(folder)

    assert any(line.startswith("-") and "95.50" in line for line in found)
    assert any(line.startswith("+") and "90.50" in line for line in found)

    markdown.unlink()

    assert check(folder) != []


def test_a_run_without_results_says_so(tmp_path, record):
    """An empty run and a folder that is none have their own messages."""
    with pytest.raises(SpecError, match=r"there is no run\.json"):
        render(tmp_path)

    write_record(tmp_path, record)
    write_results(tmp_path, [])

    with pytest.raises(SpecError, match="has no results yet"):
        render(tmp_path)
