import re
from html.parser import HTMLParser
from unicodedata import normalize
from xml.etree import ElementTree

import pytest

from prunebench.experiment.layout import read_layouts
from prunebench.report.grid import grids
from prunebench.report.papers.published import Published
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord, Skipped

NUMBER = re.compile(r"[0-9.]+")


@pytest.fixture
def make_row():
    """Give a factory of rows: only what a test is about needs to be said."""

    def make(**given):
        row = {
            "target": "0.5",
            "trial": "t0",
            "status": "ok",
            "dataset": "digits",
            "model": "mlp",
            "method": "magnitude",
            "protocol": "finetune",
            "recipe": "smoke",
            "seed": 0,
        } | given
        wanted = float(row["target"]) if NUMBER.fullmatch(row["target"]) else None
        row = {"target_density": wanted, "density": wanted} | row
        ids = {"method_id": row["method"], "protocol_id": row["protocol"]}
        return Measurement(**(ids | row))

    return make


@pytest.fixture
def make_dense(make_row):
    """Give a factory of rows of the unpruned network."""

    def make(**given):
        names = {"method": "dense", "protocol": "dense", "target": "", "target_density": None}
        return make_row(**(names | {"density": 1.0} | given))

    return make


@pytest.fixture
def make_grid():
    """Arrange rows of one data set and model."""

    def make(rows, **experiment):
        (grid,) = grids(rows, experiment)
        return grid

    return make


@pytest.fixture
def record():
    """Give the record of a run."""
    return RunRecord(
        id="20260101T000000Z-aaaa",
        created="2026-01-01T00:00:00+00:00",
        command="prunebench run --methods magnitude",
        experiment={"methods": ["magnitude"], "protocols": ["finetune", "ticket"]},
        stages={"train": 4},
        trainings_naive=9,
        trainings_planned=6,
        skipped=(Skipped("mlp", "digits", "slimming", "0.5", "finetune", "no batch norm"),),
        environment={"id": "abc", "python": "3.11.9", "threads": 1},
        seconds=75.0,
    )


class Page(HTMLParser):
    """Tables, tags and text of a page, read by the standard library's parser."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.attributes, self.text = [], [], [], ""
        self.cell = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Begin a table, a row or a cell; notes and line breaks become text."""
        self.tags.append(tag)
        self.attributes.extend(name for name, _ in attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "small":
            self.cell += " · "
        elif tag == "br" and self.cell is not None:
            self.cell += "\n"

    def handle_endtag(self, tag):
        """End a cell."""
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self.cell)
            self.cell = None

    def handle_data(self, data):
        """Collect text."""
        self.text += data
        if self.cell is not None:
            self.cell += data


@pytest.fixture
def read_page():
    """Read HTML into its tables, tags and text."""
    return Page


@pytest.fixture
def read_markdown():
    """Read Markdown as a forge would: CommonMark with tables, inline HTML allowed."""
    markdown_it = pytest.importorskip("markdown_it")
    reader = markdown_it.MarkdownIt("commonmark").enable("table")
    return lambda text: Page(reader.render(text))


@pytest.fixture
def drawn_rows(make_row, make_dense):
    """Give two methods at three densities under two protocols with two seeds, with curves."""
    pruned = [
        make_row(
            method=method,
            target=f"{density:g}",
            density=density,
            protocol=protocol,
            seed=seed,
            epochs=1.0,
            test_accuracy_last=0.9 - 0.02 / density + 0.01 * seed,
            layer_densities={"conv1": density, "fc": density / 2},
            curve={"step": [10.0, 20.0], "validation_accuracy": [0.5, 0.9 - 0.1 * seed]},
        )
        for method in ("magnitude", "obd")
        for density in (0.5, 0.25, 0.1)
        for protocol in ("finetune", "ticket")
        for seed in (0, 1)
    ]
    return [*pruned, make_dense(test_accuracy_last=0.93)]


@pytest.fixture
def read_svg():
    """Give the texts of an SVG document, which must be well-formed."""

    def words(svg):
        root = ElementTree.fromstring(svg[svg.index("<svg") :])
        nodes = root.iter("{http://www.w3.org/2000/svg}text")
        return ["".join(node.itertext()).strip() for node in nodes]

    return words


@pytest.fixture
def make_published():
    """Give a factory of published numbers."""

    def make(**given):
        row = {
            "dataset": "CIFAR-10",
            "model": "VGG-16",
            "method": "magnitude",
            "printed": "20%",
            "target": "0.8",
            "protocol": "ticket",
            "metric": "test_accuracy",
            "mean": "93.66",
            "sd": "0.20",
            "n": "5",
            "source": "A paper",
        }
        return Published(**(row | given))

    return make


@pytest.fixture
def make_layout():
    """Give a factory of layouts."""

    def make(**given):
        table = {
            "id": "table",
            "title": "Table 11",
            "caption": "Test accuracy (%)",
            "reference": "paper",
            "metric": "test_accuracy",
            "rows": ["dataset", "model", "dense", "printed"],
            "columns": ["ticket", "random"],
        }
        (layout,) = read_layouts([table | given], "test.toml")
        return layout

    return make


TOKEN = re.compile(r"\\[a-zA-Z]+ ?|\\.|\$[^$]*\$|[{}&]|[^\\{}&$]+", re.DOTALL)
TABULAR = re.compile(r"\\begin{(tabular|longtable)}{.*?}\n(.*?)\\end{\1}", re.DOTALL)
LETTERS = {
    r"$\pm$": "±",
    r"$\times$": "×",
    r"$\rightarrow$": "→",
    r"$\uparrow$": "↑",
    r"$\downarrow$": "↓",
    r"$\geq$": "≥",
    r"$\approx$": "≈",
    r"$\leq$": "≤",
    r"$\omega$": "ω",
    "$-$": "−",
    r"\allowbreak": "",
    r"\textbackslash": "\\",
    r"\textasciitilde": "~",
    r"\textasciicircum": "^",
    r"\textless": "<",
    r"\textgreater": ">",
    r"\textbar": "|",
    r"\textperiodcentered": "·",
    r"\textendash": "–",
    r"\ldots": "…",
    r"\dag": "†",
    r"\ddag": "‡",
    r"\scriptsize": "· ",
}
COMMANDS = {
    r"\again": (1, "{0}".format),
    r"\textit": (1, "{0}".format),
    r"\textsuperscript": (1, " {0}".format),
    r"\noted": (2, "{0} · {1}".format),
    r"\multicolumn": (3, "{2}".format),
    r"\symbol": (1, lambda number: chr(int(number))),
    r"\'": (1, lambda letter: normalize("NFC", letter + "\u0301")),
    r"\"": (1, lambda letter: normalize("NFC", letter + "\u0308")),
}
"""Commands with the number of their arguments and what these become."""


class Latex:
    """Tables of a LaTeX text, read by rules of their own: commands in, letters out."""

    def __init__(self, text):
        self.tables = [self.rows(found[2]) for found in TABULAR.finditer(text)]

    def rows(self, text):
        """Read the lines that end in a line break; rules have no cells."""
        lines = (line for line in text.splitlines() if line.endswith(r" \\"))
        return [self.cells(line.removesuffix(r" \\")) for line in lines]

    def cells(self, line):
        """Read the cells of one line."""
        self.tokens = TOKEN.findall(line)
        found = [""]
        while self.tokens:
            if self.tokens[0] == "&":
                self.tokens.pop(0)
                found.append("")
            else:
                found[-1] += self.one()
        return [re.sub(r"\[U\+(\w+)\]", lambda m: chr(int(m[1], 16)), c.strip()) for c in found]

    def one(self):
        """Read one letter, command or group."""
        token = self.tokens.pop(0)
        name = token.rstrip() if token.startswith("\\") else token
        if token == "{":
            return self.group()
        if name in COMMANDS:
            number, become = COMMANDS[name]
            return become(*(self.one() for _ in range(number)))
        return LETTERS[name] if name in LETTERS else token.removeprefix("\\")

    def group(self):
        """Read to the end of a group."""
        found = ""
        while self.tokens[0] != "}":
            found += self.one()
        self.tokens.pop(0)
        return found


@pytest.fixture
def read_latex():
    """Read LaTeX into the texts of its tables."""
    return Latex
