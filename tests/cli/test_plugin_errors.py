"""Errors out of plugin code end with the plugin and the same command without it."""

import json
from importlib.metadata import version

import pytest

from prunebench.cli.without import without_names
from prunebench.results.folder import latest_run, read_rows

METHOD = """
from prunebench.api import Granularity, Method, hookimpl
from prunebench.errors import SpecError


class Odd(Method):
    \"\"\"Fail somewhere (Nobody 2020).\"\"\"

    name = "odd"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def {function}(self, *given):
        {body}

    {more}


@hookimpl
def prunebench_methods():
    return [Odd]
"""
SCORE = "def score(self, subject): return {}"


@pytest.fixture
def odd(strangers):
    """Give a function that installs a method which fails in a function of its own."""

    def install(function, body, more=SCORE):
        source = METHOD.format(function=function, body=body, more=more)
        strangers.install("prunebench-odd", ["strange = odd_module"], {"odd_module.py": source})

    return install


def ending(*words):
    """Write how a message about the plugin ends, for a command without it."""
    command = " ".join(["prunebench", "--no-plugin", "strange", *map(str, words)])
    return f"(plugin strange of prunebench-odd 1.0; the same command without it: {command})\n"


@pytest.mark.parametrize(
    ("body", "reason", "code"),
    [
        ("raise ValueError('two\\nlines')", "ValueError: two lines", 3),
        ("import sys; sys.exit(0)", "SystemExit: 0", 3),
        ("open('/nowhere/at all')", "cannot use /nowhere/at all: No such file or directory; mend "
         "that, or name another place.", 2),
        ("raise SpecError('odd[p] must be even.')", "odd[p] must be even.", 2),
    ],
)  # fmt: skip
def test_planning_ends_in_a_sentence(prunebench, odd, tiny, body, reason, code):
    """Whatever a schedule raises: one line without a traceback, and who and what to do."""
    odd("schedule", body)
    done = prunebench("run", tiny, "--methods", "magnitude,odd", "--store", "store")

    assert done.exit_code == code
    assert done.stderr == (
        f"prunebench: {reason} " + ending("run", tiny, "--methods", "magnitude", "--store", "store")
    )


def test_the_command_that_is_named_works(prunebench, odd, tiny):
    """What is left of the command plans what it planned, without the plugin."""
    odd("schedule", "1 / 0")
    failed = prunebench("plan", tiny, "--methods=odd,magnitude", "--json")
    words = failed.stderr.partition("without it: prunebench ")[2].rstrip(")\n").split()
    done = prunebench(*words)

    assert failed.exit_code == 3
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == 2


def test_debug_shows_the_traceback_of_a_plugin(prunebench, odd, tiny):
    """Its author sees the line; message and exit code stay."""
    odd("schedule", "1 / 0")
    done = prunebench("--debug", "plan", tiny, "--methods", "odd")

    assert done.exit_code == 3
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert "odd_module.py" in done.stderr
    assert done.stderr.endswith(ending("--debug", "plan", tiny))


@pytest.mark.parametrize(("command", "option"), [("doctor", "--method"), ("plan", "--methods")])
def test_every_command_that_asks_a_plugin(prunebench, odd, command, option):
    """The border is the same for all; an option that named nothing else is left out."""
    odd("refuses", "1 / 0")
    done = prunebench(command, "--model", "smallconv[width=4]", option, "odd")

    assert done.exit_code == 3
    assert done.stderr == "prunebench: ZeroDivisionError: division by zero " + ending(
        command, "--model", "'smallconv[width=4]'"
    )


def test_own_plugins_have_no_privilege(prunebench, strangers, tiny):
    """A model of a stranger's that makes an own method fail names the stranger."""
    source = (
        "from prunebench.api import Model, hookimpl\n\n"
        "class Bad(Model):\n    name = 'bad-net'\n    paper = 'Nobody 2020'\n\n"
        "    def build(self, shape, classes):\n        return shape.depth\n\n"
        "@hookimpl\ndef prunebench_models():\n    return [Bad]\n"
    )
    strangers.install("bad", ["bad = bad_net_module"], {"bad_net_module.py": source})
    done = prunebench("plan", tiny, "--model", "bad-net")

    assert done.exit_code == 3
    assert done.stderr == (
        "prunebench: AttributeError: 'tuple' object has no attribute 'depth' (plugin bad of bad "
        f"1.0; the same command without it: prunebench --no-plugin bad plan {tiny})\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
def test_a_failed_stage_names_the_plugin(prunebench, odd, tiny, tmp_path, workers):
    """The row keeps who it was; the end of the run says the command that does without."""
    odd("score", "raise RuntimeError('no scores today')", "")
    words = ("run", tiny, "--methods", "odd,magnitude", "--workers", workers, "--store", "store")
    done = prunebench(*words)
    rows = {row.method: row for row in read_rows(latest_run(tmp_path / "store"))}
    [story] = (json.loads(p.read_text()) for p in (tmp_path / "store/failures").glob("*.json"))
    without = ("run", tiny, "--methods", "magnitude", *words[4:])

    assert done.exit_code == 1
    assert rows["magnitude"].status == "ok"
    assert rows["odd"].reason == (
        "RuntimeError: no scores today (plugin strange of prunebench-odd 1.0; the same command "
        "without it: prunebench --no-plugin strange ...)"
    )
    assert story["reason"] == rows["odd"].reason
    assert "odd_module.py" in story["traceback"]
    assert f"1 stage failed {ending(*without)}" in done.stderr


def test_names_are_taken_out_of_lists():
    """Settings with commas stay whole; options of other things are left alone."""
    offered = {("method", "lamp"), ("dataset", "lamp")}
    words = [
        "run",
        "lamp.toml",
        "--methods=lamp[p=1,q=2],obd[x=1,y=2]",
        "--store",
        "lamp",
        "--dataset",
    ]

    assert without_names([*words, "lamp"], offered) == [
        "run", "lamp.toml", "--methods=obd[x=1,y=2]", "--store", "lamp",
    ]  # fmt: skip
    assert without_names([*words], offered)[-1] == "--dataset"
    assert without_names(["--protocols", "lamp"], offered) == ["--protocols", "lamp"]


def test_a_required_plugin_that_is_absent_ends_the_command(prunebench, tiny):
    """Before anything is planned: one sentence with the line for pip, exit code 2."""
    tiny.write_text('required_plugins = ["nobodys-plugin>=1.0"]\n' + tiny.read_text())
    done = prunebench("run", tiny, "--store", "store")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "prunebench: the experiment requires the plugin nobodys-plugin>=1.0, which is not "
        "installed; run: pip install 'nobodys-plugin>=1.0'\n"
    )


def test_show_tells_the_range(prunebench, odd):
    """Of each thing it is said for which API its plugin was written."""
    odd("schedule", "1 / 0")

    assert "\napi: none declared\n" in prunebench("show", "method", "odd").stdout
    assert "\napi: >=1.0,<2\n" in prunebench("show", "method", "magnitude").stdout
    assert f"prunebench {version('prunebench')}" in prunebench("show", "method", "obd").stdout
