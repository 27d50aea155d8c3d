"""The command line's frame and the inspecting commands."""

import io
import json
import os
import subprocess
import sys
from dataclasses import fields
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from prunebench.cli import COMMANDS, main
from prunebench.cli.group import BorderGroup, LazyCommand
from prunebench.cli.summary import MEANINGS
from prunebench.cli.text import aligned, one_line, print_ruled, printable
from prunebench.contracts.protocol import Protocol
from prunebench.errors import PluginLoadError


@pytest.fixture
def prunebench():
    """Give a function that runs a command line in this process."""

    def run(*words):
        return CliRunner().invoke(main, words, prog_name="prunebench")

    return run


@pytest.fixture
def halves(strangers, method_source):
    """Install a method that nobody ships."""
    strangers.install("far-away", ["far = far_away"], {"far_away.py": method_source()}, "2.1")


@pytest.fixture
def broken(strangers):
    """Install a plugin that cannot be imported."""
    strangers.install("sad", ["broken = sad_module"], {"sad_module.py": "import not_there"})


@pytest.fixture
def twins(strangers, method_source):
    """Install two distributions that offer one name."""
    for name in ("castor", "pollux"):
        source = method_source("gemini")
        strangers.install(name, [f"{name} = {name}_module"], {f"{name}_module.py": source})


def test_help_imports_nothing_heavy():
    """Help and version do without torch, pandas, pydantic, pluggy and rich."""
    program = (
        "import sys\n"
        "from prunebench.cli import main\n"
        "try:\n    main([word for word in sys.argv[1:]])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'pydantic', 'pluggy', 'rich', 'numpy', 'jinja2'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    for words in (
        ["--help"],
        ["run", "--help"],
        ["plan", "-h"],
        ["report", "-h"],
        ["list", "--help"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert "Usage:" in done.stdout


def test_module_and_version():
    """`python -m prunebench` is the same program and knows its version."""
    done = subprocess.run(
        [sys.executable, "-m", "prunebench", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"prunebench, version {version('prunebench')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_short_help_is_the_commands_own(prunebench, name):
    """The line in the list of commands is the first line of the command's help, with an example."""
    command = COMMANDS[name].load()

    assert command.help.partition("\n")[0] == COMMANDS[name].help
    assert command.epilog.startswith(f"Example: prunebench {name}")
    assert COMMANDS[name].help in prunebench("--help").stdout


def test_unknown_command_is_a_usage_error(prunebench):
    """Click's own errors keep exit code 2."""
    result = prunebench("frobnicate")

    assert result.exit_code == 2
    assert "No such command 'frobnicate'" in result.stderr


@pytest.mark.parametrize("words", [["runn"], ["list", "method"]])
def test_misspelt_command_suggests_the_nearest(prunebench, words):
    """A command and one of a group's own are both guessed."""
    result = prunebench(*words)

    assert result.exit_code == 2
    assert f"did you mean '{'run' if words == ['runn'] else 'methods'}'?" in result.stderr


def test_user_error_is_one_line(prunebench, halves):
    """An expected error is one message on stderr, without a traceback, with its exit code."""
    result = prunebench("show", "method", "halve")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("prunebench: unknown method 'halve'; did you mean 'halves'?")
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback(prunebench, halves):
    """With --debug the traceback comes first; message and exit code stay."""
    result = prunebench("--debug", "show", "method", "halve")

    assert result.exit_code == 2
    assert result.stderr.startswith("Traceback (most recent call last):")
    assert "\nprunebench: unknown method 'halve'" in result.stderr


def group_with(action):
    """Make a program whose one command does something."""
    command = click.Command("do", callback=action)
    lazy = LazyCommand("unused:unused", "Do it.")

    class Program(BorderGroup):
        """A program with the command at hand."""

        def get_command(self, ctx, cmd_name):
            """Give the command."""
            return command

    option = click.Option(["--debug"], is_flag=True)
    return Program(name="p", lazy={"do": lazy}, params=[option], callback=lambda debug: None)


def test_own_bugs_keep_their_traceback():
    """An error that is not ours to expect passes the border."""
    result = CliRunner().invoke(group_with(lambda: 1 // 0), ["do"])

    assert isinstance(result.exception, ZeroDivisionError)


def test_interrupt_has_its_exit_code():
    """Control-C ends with 130 and one line."""

    def interrupt():
        raise KeyboardInterrupt

    result = CliRunner().invoke(group_with(interrupt), ["do"])

    assert (result.exit_code, result.stderr) == (130, "prunebench: interrupted.\n")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "Permission denied", "a/report.md"), "a/report.md: Permission denied"),
        (OSError(28, "No space left on device"), "a file: No space left on device"),
    ],
)
def test_what_the_system_refuses_is_told_in_a_sentence(error, sentence):
    """A folder without rights or a full disk is nobody's bug; --debug shows where it was met."""

    def fail():
        raise error

    result = CliRunner().invoke(group_with(fail), ["do"])

    assert result.exit_code == 2
    assert result.stderr == (
        f"prunebench: cannot use {sentence}; mend that, or name another place.\n"
    )
    assert CliRunner().invoke(group_with(fail), ["--debug", "do"]).exception is error


def test_letters_that_a_terminal_lacks_become_escapes():
    """A table with an en dash can be printed in Latin-1."""
    words = "import click; from prunebench.cli.group import spell_out; spell_out(); "
    program = [sys.executable, "-c", words + "click.echo('93.76 \u2013 \u00b1')"]
    shown = subprocess.run(
        program, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=True
    )

    assert shown.stdout == b"93.76 \\u2013 \xb1\n"


def test_messages_cannot_steer_the_terminal():
    """Control characters in an error's text are dropped."""

    def fail():
        msg = "bad \x1b[31mname\x07\nsecond line"
        raise PluginLoadError(msg)

    result = CliRunner().invoke(group_with(fail), ["do"])

    assert result.exit_code == 3
    assert result.stderr == "prunebench: bad [31mname\nsecond line\n"


def test_list_names_and_origins(prunebench, halves):
    """The list has one line per name, aligned, with its description and distribution."""
    result = prunebench("list", "methods")
    lines = result.stdout.splitlines()

    assert result.exit_code == 0
    assert lines[0].split() == ["name", "summary", "plugin"]
    [line] = [line for line in lines if line.startswith("halves ")]
    assert "Remove by magnitude, halved (Nobody 2020)." in line
    assert line.endswith("far-away 2.1")
    assert line.index("Remove") == lines[0].index("summary")


def test_list_as_json(prunebench, halves):
    """Machines get the same facts."""
    facts = json.loads(prunebench("list", "methods", "--json").stdout)

    assert {
        "name": "halves",
        "summary": "Remove by magnitude, halved (Nobody 2020).",
        "paper": "Nobody 2020, section 1",
        "plugin": "far-away 2.1",
    } in facts


@pytest.mark.parametrize("kind", ["methods", "models", "datasets", "protocols", "metrics"])
def test_every_kind_can_be_listed(prunebench, kind):
    """Each kind has its command, and something is installed of each."""
    assert json.loads(prunebench("list", kind, "--json").stdout)


def test_blocked_plugin_is_not_listed(prunebench, halves):
    """--no-plugin before the command leaves a plugin out; the list of plugins says so."""
    assert "halves" not in prunebench("--no-plugin", "far", "list", "methods").stdout

    facts = json.loads(prunebench("--no-plugin", "far-away", "plugins", "--json").stdout)
    [fact] = [f for f in facts["plugins"] if f["entry_point"] == "far"]

    assert (fact["state"], fact["offers"]) == ("blocked", [])


def test_blocking_nobody_is_an_error(prunebench, halves):
    """A misspelt --no-plugin is refused."""
    result = prunebench("--no-plugin", "farr", "list", "methods")

    assert result.exit_code == 2
    assert "unknown plugin 'farr'; did you mean 'far'?" in result.stderr


def test_show_metric(prunebench):
    """A metric is shown with what a table needs to know of it."""
    shown = prunebench("show", "metric", "ece").stdout.splitlines()
    facts = json.loads(prunebench("show", "metric", "agreement", "--json").stdout)

    assert shown[0] == "metric ece"
    assert {"unit: %", "scale: 100.0", "decimals: 2", "direction: lower"} <= set(shown)
    assert shown[-1].split()[:3] == ["bins", "int", "15"]
    assert (facts["kind"], facts["needs"], facts["settings"]) == ("metric", ["dense"], [])


def test_show_method(prunebench, halves):
    """A method is shown with source, version, plugin and settings."""
    result = prunebench("show", "method", "halves")

    assert result.exit_code == 0
    assert result.stdout.startswith("method halves\n\nRemove by magnitude, halved (Nobody 2020).\n")
    assert "\npaper: Nobody 2020, section 1\n" in result.stdout
    assert "\nversion: 1\n" in result.stdout
    assert "\ngranularity: weight\n" in result.stdout
    assert "\nplugin: far-away 2.1\n" in result.stdout
    assert result.stdout.splitlines()[-2:] == [
        "setting  type   default  help",
        "factor   float  0.5      multiplies every score; above 0",
    ]


def test_show_as_json(prunebench, halves):
    """Settings come with type, default and help."""
    facts = json.loads(prunebench("show", "method", "halves", "--json").stdout)

    assert facts["settings"] == [
        {
            "name": "factor",
            "type": "float",
            "default": 0.5,
            "help": "multiplies every score; above 0",
        }
    ]
    assert len(facts["source_digest"]) == 32


def test_show_protocol(prunebench):
    """A protocol is shown with start, budget and the settings it opens."""
    facts = json.loads(prunebench("show", "protocol", "scratch-b", "--json").stdout)

    assert (facts["start"], facts["budget"]) == ("narrow", "same-compute")
    assert [s["name"] for s in facts["settings"]] == ["cap", "draws"]
    assert "version" not in facts
    assert {s["name"]: s["type"] for s in facts["settings"]}["draws"] == "int"
    assert "independent draws for each seed" in prunebench("show", "protocol", "random").stdout


def test_protocols_are_listed_in_plain_words(prunebench):
    """Where it starts and how long it trains, as a sentence."""
    facts = json.loads(prunebench("list", "protocols", "--json").stdout)

    assert {fact["name"]: fact["summary"] for fact in facts}["ticket"] == (
        "Go back to the weights at the rewind point; train for as many epochs as the dense network."
    )


def test_every_setting_of_a_protocol_has_a_meaning():
    """A field that people may change is explained."""
    own = {"name", "start", "budget", "paper", "settings"}

    assert set(MEANINGS) == {field.name for field in fields(Protocol)} - own


def test_plugins_table(prunebench, halves, broken, twins):
    """Every entry point has a line; failures and collisions follow with their reasons."""
    result = prunebench("plugins")
    rows = [line.split() for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert ["far", "far-away", "2.1", "none", "loaded", "1", "method"] in rows
    assert ["broken", "sad", "1.0", "none", "failed"] in rows
    assert ["castor", "castor", "1.0", "none", "collides", "1", "method"] in rows
    assert ["magnitude", "prunebench", version("prunebench"), ">=1.0,<2", "loaded"] == next(
        row[:5] for row in rows if row[:1] == ["magnitude"]
    )
    assert (
        "broken of sad 1.0 failed: ModuleNotFoundError: No module named 'not_there'"
        in result.stdout.splitlines()
    )
    assert (
        "method 'gemini' is offered by castor of castor 1.0 and by pollux of pollux 1.0; "
        "leave one out with --no-plugin NAME." in result.stdout.splitlines()
    )
    assert "prunebench plugins --why NAME" in result.stderr


def test_plugins_as_json(prunebench, halves, broken):
    """The records hold state, offers, source, reason and story."""
    facts = json.loads(prunebench("plugins", "--json").stdout)["plugins"]
    by_name = {fact["entry_point"]: fact for fact in facts}

    assert by_name["far"]["offers"] == ["method halves"]
    assert by_name["far"]["source_module"] == "far_away"
    assert by_name["broken"]["reason"] == "ModuleNotFoundError: No module named 'not_there'"
    assert by_name["broken"]["story"].startswith("Traceback")


def test_why_tells_the_whole_story(prunebench, broken):
    """--why prints the stored traceback, by entry point or by distribution."""
    for name in ("broken", "sad"):
        result = prunebench("plugins", "--why", name)

        assert result.exit_code == 0
        assert "state: failed\n" in result.stdout
        assert "import not_there\n" in result.stdout
        assert "\nModuleNotFoundError: No module named 'not_there'" in result.stdout


def test_why_mentions_collisions(prunebench, twins):
    """A plugin whose name is contested says with whom."""
    output = prunebench("plugins", "--why", "castor").stdout

    assert "state: collides\n" in output
    assert "method 'gemini' is offered by castor of castor 1.0 and by pollux of" in output


def test_why_of_nobody(prunebench):
    """--why of an unknown name is an error."""
    result = prunebench("plugins", "--why", "nobody-at-all")

    assert result.exit_code == 2
    assert "unknown plugin 'nobody-at-all'" in result.stderr


def test_failures_are_mentioned_beside_a_list(prunebench, broken):
    """A list that may lack something says so on stderr, not among the results."""
    result = prunebench("list", "methods")

    assert result.exit_code == 0
    assert "run 'prunebench plugins'" in result.stderr
    assert "run 'prunebench plugins'" not in result.stdout


def test_talkative_plugin_does_not_spoil_json(prunebench, strangers, method_source):
    """What a plugin prints while it loads goes to stderr."""
    source = "print('hello from a plugin')\n" + method_source()
    strangers.install("talker", ["talker = talker"], {"talker.py": source})
    result = prunebench("list", "methods", "--json")

    assert "halves" in [fact["name"] for fact in json.loads(result.stdout)]
    assert "hello from a plugin" in result.stderr


def test_texts_of_plugins_are_made_printable(prunebench, strangers, method_source):
    """Escapes and line breaks in a plugin's texts reach no terminal."""
    source = method_source().replace("Nobody 2020, section 1", r"Nobody\x1b[2J 2020")
    strangers.install(
        "evil", ["evil = evil_module"], {"evil_module.py": source}, version="1\x1b[0m"
    )
    for words in (["list", "methods"], ["show", "method", "halves"], ["plugins"]):
        result = prunebench(*words)

        assert result.exit_code == 0
        assert "\x1b" not in result.stdout


def test_printable_keeps_lines_and_letters():
    """Accents and line breaks stay; control, format and private characters go."""
    assert printable("é\n\x00\u202e\x1b[0m") == "é\n[0m"
    assert printable("a\tb") == "a       b"
    assert one_line("a\n  b\tc") == "a b c"


def test_aligned_columns():
    """Each column is as wide as its widest cell, two spaces apart, without trailing spaces."""
    assert aligned([["a", "bb", "c"], ["aaa", "b", ""]]) == ["a    bb  c", "aaa  b"]


def test_ruled_table_shows_markup_as_text(monkeypatch):
    """On a terminal, square brackets of a plugin's text are no markup."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    print_ruled(["name"], [["[red]x[/red]"], ["[link=http://x]y"]])

    assert "[red]x[/red]" in stream.getvalue()
    assert "[link=http://x]y" in stream.getvalue()


def test_ruled_table_breaks_no_number(monkeypatch):
    """However narrow the terminal: numbers, deviations and short labels stay whole."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "60")
    headers = ["Method", *(["Before retraining"] * 6)]
    print_ruled(headers, [["magnitude-iterative", *(["93.76 (± 0.20) · 4 of 5 seeds"] * 6)]])
    words = stream.getvalue()

    assert words.count("93.76") == words.count("(± 0.20)") == words.count("retraining") == 6
    assert "magnitude-iterative" in words
