import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from prunebench.report.grid import grids
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
