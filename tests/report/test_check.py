import subprocess
import sys

import pytest

from prunebench.report.check import MOST, WIDEST, differences
from prunebench.report.render import check, render
from prunebench.results.folder import write_record, write_results


@pytest.fixture
def folder(tmp_path, record, make_row, make_dense):
    """Give a rendered report with figures, in all formats."""
    curve = {"step": [1.0, 2.0], "train_loss": [1.0, 0.5]}
    rows = [
        make_row(trial=f"t{s}{p}", seed=s, protocol=p, test_accuracy_last=0.9, curve=curve)
        for s in (0, 1)
        for p in ("ticket", "random")
    ]
    write_record(tmp_path, record)
    write_results(tmp_path, [*rows, make_dense(trial="d", test_accuracy_last=0.95)])
    render(tmp_path, ("md", "html", "tex"))
    return tmp_path


def test_every_file_is_compared(folder):
    """A change in any of them is found, and named."""
    assert check(folder) == []

    files = sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("run", "results"))
    )
    assert "report.tex" in files
    assert sum(name.startswith("figures/") for name in files) > 1
    for name in files:
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("e", "E", 1))
        found = check(folder)

        assert f"--- {name} (found)" in found
        assert sum(line.startswith("--- ") for line in found) == 1
        (folder / name).write_text(text)

    assert check(folder) == []


def test_latex_is_compared_where_it_is(folder):
    """Markdown, HTML and figures must be there; LaTeX need not."""
    (folder / "report.tex").unlink()

    assert check(folder) == []

    figure = next(folder.glob("figures/*.svg"))
    figure.unlink()
    (folder / "report.html").unlink()

    assert check(folder) == ["report.html is missing", f"figures/{figure.name} is missing"]


def test_a_figure_of_another_report_is_told(folder):
    """A renamed figure would otherwise stay for ever."""
    (folder / "figures" / "old.svg").write_text("<svg/>")

    assert check(folder) == ["figures/old.svg is no figure of this report; delete it"]


def test_long_differences_are_cut(tmp_path):
    """A figure has thousands of lines, and long ones."""
    (tmp_path / "a.svg").write_text("x" * 500 + "\n" + "y\n" * 100)
    found = differences(tmp_path, {"a.svg": "z"})

    # two lines of file names, one of places, 101 removed and one added
    assert len(found) == MOST + 1
    assert found[-1] == f"... and {105 - MOST} more lines of a.svg"
    assert max(map(len, found)) == WIDEST


def test_line_ends_are_no_matter_of_taste(tmp_path):
    """A file whose lines end otherwise is another file."""
    (tmp_path / "a.md").write_bytes(b"one\r\ntwo\r\n")

    assert differences(tmp_path, {"a.md": "one\ntwo\n"}) == ["a.md differs in how its lines end"]
    assert differences(tmp_path, {"a.md": "one\r\ntwo\r\n"}) == []


def test_another_process_draws_the_same_bytes(folder):
    """Whatever the seed of its hashes and the place of its objects in memory."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from prunebench.report.render import check\n"
        "found = check(Path(sys.argv[1]))\n"
        "assert 'torch' not in sys.modules\n"
        "sys.exit('\\n'.join(found) or None)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(
        command,
        env={"PYTHONHASHSEED": "7", "PATH": "", "MPLCONFIGDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
