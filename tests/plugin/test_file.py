"""Folders of plugin files."""

import sys

import pytest

from prunebench.errors import PluginLoadError, SpecError
from prunebench.plugin.file import PluginFile, files_in, refuse_namesakes
from prunebench.plugin.loader import load_plugins
from prunebench.plugin.registry import load_registry


@pytest.fixture
def folder(tmp_path, method_source):
    """Write two plugins, a broken one, and what is none; forget the modules afterwards."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("lying_a", "lying_b", "_not_one", ".hidden"):
        (folder / f"{name}.py").write_text(method_source(name.strip("_.").replace("_", "-")))
    (folder / "lying_broken.py").write_text("import not_there")
    (folder / "notes.txt").write_text("not Python")
    yield folder
    for name in ("lying_a", "lying_b", "lying_broken"):
        sys.modules.pop(name, None)


def test_what_counts_as_a_plugin_file(folder):
    """Python files that do not begin with an underscore or a dot, in order, each once."""
    found = [file.path.name for file in files_in([folder, folder])]

    assert found == ["lying_a.py", "lying_b.py", "lying_broken.py"]


def test_a_broken_file_hides_nobody(folder):
    """It is noted as a failure; workers are handed the files that load."""
    inventory = load_plugins(found=[], folders=[folder])
    [failure] = inventory.failures

    assert [plugin.origin.entry_point for plugin in inventory.plugins] == ["lying_a", "lying_b"]
    assert str(failure) == (
        "lying_broken of lying_broken.py (file) failed: ModuleNotFoundError: No module named "
        "'not_there'"
    )
    assert [path.name for path in inventory.files] == ["lying_a.py", "lying_b.py"]


def test_a_broken_file_that_is_named_still_ends_the_command(folder):
    """Who names a file means it, though its folder is named too."""
    with pytest.raises(PluginLoadError, match=r"lying_broken\.py cannot be used as a plugin"):
        load_plugins(found=[], files=[folder / "lying_broken.py"], folders=[folder])


def test_workers_leave_out_what_is_left_out_here(folder):
    """A blocked file is handed on, so that its name is known there and blocked again."""
    here = load_plugins(["lying_a"], found=[], folders=[folder])
    there = load_plugins(["lying_a"], found=[], files=here.files)

    assert [p.origin for p in here.plugins] == [p.origin for p in there.plugins]
    assert [o.entry_point for o in there.blocked] == ["lying_a"]
    assert there.failures == ()


def test_an_empty_folder_is_told(tmp_path):
    """A folder without a plugin is a slip of whoever names it."""
    (tmp_path / "_only.py").write_text("")
    with pytest.raises(SpecError) as caught:
        load_registry(folders=[tmp_path])

    assert str(caught.value) == (
        f"{tmp_path} holds no plugin; put a NAME.py into it that does not begin with '_'."
    )


def test_two_files_of_one_name_are_told(folder, tmp_path):
    """One module cannot be two files; both are named."""
    other = tmp_path / "lying_a.py"
    other.write_text("")
    with pytest.raises(SpecError, match="would both be module 'lying_a'; rename one"):
        load_plugins(found=[], files=[other], folders=[folder])

    refuse_namesakes([PluginFile(other), PluginFile(other)])


def test_a_single_file_has_no_neighbours(folder):
    """A relative import is told in words, with what to make instead."""
    file = folder / "lying_broken.py"
    file.write_text("from .lying_a import hook")
    with pytest.raises(PluginLoadError, match=r"imports nothing relative; make a project"):
        PluginFile(file).load()

    assert "lying_broken" not in sys.modules
