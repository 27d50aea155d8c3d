"""`prunebench plugin new`: what it prints, and what it refuses."""

import shlex
import sys
import tomllib

import pytest


def test_the_files_and_the_next_commands_are_printed(prunebench, tmp_path):
    """The tree, then three commands of which each can be pasted."""
    done = prunebench("plugin", "new", "geometric-median", "--channel", "--author", "Ada")
    folder = tmp_path / "prunebench-geometric-median"
    drawn, _, commands = done.stdout.partition("\n\nNext:\n")
    there = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())

    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert drawn.splitlines()[0] == "prunebench-geometric-median/"
    assert sorted(line.strip() for line in drawn.splitlines()[1:]) == [str(path) for path in there]
    assert commands.splitlines() == [
        "  cd prunebench-geometric-median && pip install -e '.[test]'",
        "  prunebench plugin test geometric-median",
        "  prunebench run --methods geometric-median,l1filter --protocols finetune "
        "--densities 0.5,0.2",
    ]


@pytest.mark.parametrize("kind", ["method", "model", "dataset", "protocol"])
def test_every_kind_is_loaded_as_it_stands(prunebench, tmp_path, kind):
    """The module is a plugin file too, and the last command that is printed can be planned."""
    last = prunebench("plugin", "new", f"a-{kind}", "--kind", kind).stdout.splitlines()[-1]
    module = tmp_path / f"prunebench-a-{kind}" / f"prunebench_a_{kind}.py"
    shown = prunebench("--plugin", module, "show", kind, f"a-{kind}")
    program, *words = shlex.split(last)
    planned = prunebench("--plugin", module, *words, "--dry-run")
    sys.modules.pop(module.stem, None)

    assert shown.exit_code == 0, shown.output
    assert program == "prunebench"
    assert f"a-{kind}" in last
    assert planned.exit_code == 0, planned.output
    assert "skipped" not in planned.output


def test_a_folder_is_quoted(prunebench, tmp_path):
    """A blank in its name does not break the command to paste."""
    done = prunebench("plugin", "new", "lamp", "--dir", "my plugin")
    [line] = [line for line in done.stdout.splitlines() if "cd " in line]

    assert shlex.split(line)[:2] == ["cd", "my plugin"]
    assert (tmp_path / "my plugin" / "pyproject.toml").is_file()


def test_the_project_asks_for_this_prunebench(prunebench, tmp_path):
    """The lower bound is the version that wrote it."""
    version = prunebench("--version").stdout.split()[-1].partition("+")[0]
    prunebench("plugin", "new", "lamp")
    text = (tmp_path / "prunebench-lamp" / "pyproject.toml").read_text("utf-8")

    assert tomllib.loads(text)["project"]["dependencies"] == [f"prunebench>={version}"]


def test_a_name_that_is_taken_is_told(prunebench, tmp_path):
    """The project is written, and stderr says what two of one name mean."""
    done = prunebench("plugin", "new", "magnitude")

    assert done.exit_code == 0, done.output
    assert "prunebench offers a method 'magnitude' already" in done.stderr
    assert "give yours another." in done.stderr  # --no-plugin would leave out both
    assert done.stdout.splitlines()[-1].startswith("  prunebench run --methods magnitude --")
    assert (tmp_path / "prunebench-magnitude").is_dir()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["../evil"], "cannot name a plugin"),
        (["Lamp"], "lower-case letters"),
        (["a\x1b[31m"], "cannot name a plugin"),
        (["lambda"], "Python's own"),
        (["plugins"], "prunebench_plugins itself"),
        (["lamp", "--kind", "metric"], "'metric' is not one of"),
        (["lamp", "--kind", "model", "--channel"], "leave it out for a model"),
        (["lamp", "--author", "a\nb"], "the author must be one line"),
        (["lamp", "--license", "GPL"], "'GPL' is not one of"),
        (["lamp", "--dir", "full"], "is not empty"),
        ([], "Missing argument"),
    ],
)
def test_refusals_write_nothing(prunebench, tmp_path, words, reason):
    """One sentence, exit code 2, no traceback, no file."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    done = prunebench("plugin", "new", *words)

    assert done.exit_code == 2
    assert reason in done.stderr
    assert "Traceback" not in done.output
    assert "\x1b" not in done.output
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")] == ["full", "full/mine.txt"]


def test_a_second_time_is_refused(prunebench, tmp_path):
    """What an author has changed since is not written over."""
    prunebench("plugin", "new", "lamp")
    module = tmp_path / "prunebench-lamp" / "prunebench_lamp.py"
    module.write_text("mine")
    done = prunebench("plugin", "new", "lamp")

    assert done.exit_code == 2
    assert module.read_text() == "mine"


def test_a_folder_without_rights_is_one_sentence(prunebench, tmp_path):
    """What the system refuses is told without a traceback."""
    (tmp_path / "file").write_text("")
    done = prunebench("plugin", "new", "lamp", "--dir", "file/below")

    assert done.exit_code == 2
    assert done.stderr.startswith("prunebench: cannot use file")
