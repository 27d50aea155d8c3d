"""Command lines run in this process, on a tiny experiment."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from prunebench.cli import main

TINY = """
model = "smallconv[width=4]"
methods = ["magnitude"]
protocols = ["ticket"]
densities = [0.5]
seeds = 1

[recipe]
preset = "digits"
length = 1
"""


@pytest.fixture
def prunebench(monkeypatch, tmp_path):
    """Give a function that runs a command line in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        return CliRunner().invoke(main, [str(word) for word in words], prog_name="prunebench")

    return run


@pytest.fixture
def tiny(tmp_path) -> Path:
    """Write the tiny experiment as a TOML."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path
