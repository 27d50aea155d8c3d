import re
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunebench.report.latex import body_lines, cell_text, column_types, escape, head_lines
from prunebench.report.table import Cell, Column, make_table, numbers, words

HOSTILE = [
    r"\input{/etc/passwd}",
    r"\write18{rm -rf x}",
    "a & b \\\\ c",
    "100 % $x_1^2$ #1 ~",
    "[1] * -- ,, <<>> ?` !`",
    "\"quoted\" 'text' `code`",
    "é ö ω ± × † ‡ − – … → ↑ ↓ ≥ 中",
    "}{",
]
TEXT = st.text(st.sampled_from("ab\\{}$&#^_%~<>|\"'`[]*-,. é±−†中")) | st.sampled_from(HOSTILE)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT)
def test_a_cell_shows_the_text_itself(read_latex, text):
    """An independent reader gives every letter back, and no command but the known ones is left."""
    line = f"{{x}}{escape(text)}{{x}}"

    assert read_latex("").cells(line) == [f"x{text}x"]


@given(TEXT)
def test_braces_are_balanced_and_letters_plain(text):
    """So a hostile name can neither leave its cell nor stop an old engine."""
    found = escape(text)
    bare = re.sub(r"\\[{}]", "", found)

    assert bare.count("{") == bare.count("}")
    assert found.isascii()
    assert not re.search(r"\\(input|write|begin|end)\b", found)


def test_long_labels_may_break_between_their_settings():
    """A number with a comma may not."""
    assert escape("obd[rate=0.1,rounds=0]") == (
        r"obd\allowbreak{}{[}rate=0.1,\allowbreak{}rounds=0{]}"
    )
    assert escape("266,610 [1]") == "266,610 {[}1{]}"


def test_marks_and_notes_stand_where_they_belong():
    """A note below its number, and beside a text; what is set apart is in italics."""
    assert cell_text(Cell("6.60", "n = 1", "†"), Column("x")) == (
        r"\noted{6.60\textsuperscript{\dag{}}}{n = 1}"
    )
    assert cell_text(Cell("dense", "control"), Column("x", numeric=False, muted=True)) == (
        r"\textit{dense} {\scriptsize control}"
    )


def test_headings_that_span_columns_have_rules():
    """Columns without one have nothing above them."""
    columns = [*words("Model"), Column("Ours %", group="A & B"), Column("Theirs %", group="A & B")]
    table = make_table("T", "C.", columns, [["VGG", "1", "2"]])

    assert head_lines(table) == [
        r" & \multicolumn{2}{c}{A \& B} \\",
        r"\cmidrule(lr){2-3}",
        r"Model & Ours \% & Theirs \% \\",
    ]
    assert head_lines(make_table("T", "C.", words("a", "b"), [])) == [r"a & b \\"]


def test_groups_of_lines_are_set_apart_and_repeated_labels_hidden():
    """The text is there, for whoever prints it."""
    table = make_table("T", "C.", words("Model", "x"), [["A", "1"], ["A", "2"], ["B", "3"]])

    assert body_lines(table) == [
        r"A & 1 \\",
        r"\again{A} & 2 \\",
        r"\addlinespace",
        r"B & 3 \\",
    ]


def test_long_texts_are_broken():
    """Numbers are flush right, short texts in one line."""
    columns = [*words("a", "b"), *numbers("c")]
    table = make_table("T", "C.", columns, [["x" * 30, "x" * 31, "1"]])

    assert column_types(table) == r"l>{\raggedright\arraybackslash}p{14em}r"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_latex_itself_accepts_every_hostile_text(tmp_path):
    """Without any input encoding or font encoding of newer days."""
    lines = [f"{escape(text)} \\\\" for text in HOSTILE]
    document = [
        r"\documentclass{article}",
        r"\begin{document}",
        r"\begin{tabular}{l}",
        *lines,
        *lines,
        r"\end{tabular}",
        r"\end{document}",
    ]
    (tmp_path / "x.tex").write_text("\n".join(document))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "x"]

    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
