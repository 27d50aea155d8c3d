"""``prunebench --plugin-dir DIR``."""

import json
import sys

import pytest

from prunebench.results.folder import latest_run, read_rows


@pytest.fixture
def folder(tmp_path, method_source):
    """Write a plugin and a broken one into a folder; forget the modules afterwards."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "good_file.py").write_text(method_source("halves"))
    (folder / "sad_file.py").write_text("import not_there")
    yield folder
    for name in ("good_file", "sad_file"):
        sys.modules.pop(name, None)


def test_a_broken_file_is_told_on_one_line(prunebench, folder):
    """The command works, and stderr says what is missing and why."""
    done = prunebench("--plugin-dir", "mine", "show", "method", "halves")

    assert done.exit_code == 0
    assert done.stdout.startswith("method halves\n")
    assert done.stderr == (
        f"prunebench: {folder}/sad_file.py is left out, for it cannot be loaded: "
        f"ModuleNotFoundError: No module named 'not_there'\n"
    )


def test_it_is_seen_among_the_plugins(prunebench, folder):
    """Machines see both files, with state and reason."""
    done = prunebench("--plugin-dir", folder, "plugins", "--json")
    facts = {fact["entry_point"]: fact for fact in json.loads(done.stdout)["plugins"]}

    assert facts["good_file"]["state"] == "loaded"
    assert facts["sad_file"]["state"] == "failed"
    assert facts["sad_file"]["story"].startswith("Traceback")


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_plugins_is_an_error_of_usage(prunebench, tmp_path, made):
    """Absent or empty: one sentence, exit code 2."""
    if made:
        (tmp_path / "nothing").mkdir()
    done = prunebench("--plugin-dir", "nothing", "list", "methods")
    sentence = "nothing holds no plugin" if made else "'nothing' does not exist"

    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_workers_have_the_files_too(prunebench, folder, tiny, tmp_path):
    """A method out of a folder prunes in a worker process; the broken file stops nobody."""
    words = ("run", tiny, "--methods", "halves", "--workers", 1, "--store", "store")
    done = prunebench("--plugin-dir", folder, *words)
    rows = read_rows(latest_run(tmp_path / "store"))

    assert done.exit_code == 0, done.output
    assert {(row.method, row.status) for row in rows} == {("dense", "ok"), ("halves", "ok")}
