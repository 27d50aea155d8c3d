"""Fixtures that several rooms share."""

import importlib
import os
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

# One thread for each process of the suite: threads of several would wait for each other's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


class Strangers:
    """Real distributions in a temporary folder on the import path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name, entry_points, modules, version="1.0"):
        """Write modules, metadata and entry points; give the entry points as installed.

        Parameters
        ----------
        name, version
            The distribution.
        entry_points
            Lines such as ``"halves = stranger_halves"``.
        modules
            Relative file name to source text.
        """
        for file, text in modules.items():
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("\n".join(["[prunebench]", *entry_points, ""]))
        importlib.invalidate_caches()
        return list(distribution(name).entry_points)


@pytest.fixture
def strangers(tmp_path, monkeypatch):
    """Install distributions for one test; their modules are forgotten afterwards."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Strangers(folder)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def method_source():
    """Give a function that writes the source of a module with one method."""

    def write(name="halves", hook="prunebench_methods", returns="[Halves]"):
        return f'''
from prunebench.api import Granularity, Method, hookimpl, setting


class Halves(Method):
    """Remove by magnitude, halved (Nobody 2020)."""

    name = {name!r}
    paper = "Nobody 2020, section 1"
    granularity = Granularity.WEIGHT
    factor: float = setting(0.5, "multiplies every score; above 0")

    def score(self, subject):
        return {{name: weight.abs() * self.factor for name, weight in subject.weights.items()}}


@hookimpl
def {hook}():
    return {returns}
'''

    return write
