"""The command line, run for real on a few steps."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from benchmarks.speed import command
from benchmarks.speed.cases import CASES
from benchmarks.speed.fresh import TOP
from benchmarks.speed.outcome import Outcome
from prunebench.errors import SpecError, UnknownNameError


@pytest.fixture
def speed():
    """Give a function that runs the command in this process and must succeed."""

    def run(*words):
        done = CliRunner().invoke(command.speed, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_every_case_is_listed(speed):
    """The list has every case of this device that runs without being asked for, and its purpose."""
    lines = speed("--list").splitlines()
    expected = [case for case in CASES if "cpu" in case.devices and not case.on_request]

    assert [line.split()[0] for line in lines[1:]] == [case.name for case in expected]
    assert all(case.about in line for case, line in zip(expected, lines[1:], strict=True))


def test_the_table_and_the_json_tell_the_same(speed, tmp_path):
    """One case: a table on stdout, and in the file its samples."""
    file = tmp_path / "out.json"
    lines = speed("--tiny", "--only", "update-*", "--repeats", "2", "--json", file).splitlines()
    document = json.loads(file.read_text("utf-8"))

    assert lines[0].split() == ["case", "value", "p10..p90", "goal", "met", "ours", "beside", "it"]
    assert [line.split()[0] for line in lines[1:]] == ["update-adam", "update-sgd"]
    assert [entry["case"] for entry in document["outcomes"]] == ["update-adam", "update-sgd"]
    assert all(len(entry["samples"]) == 2 for entry in document["outcomes"])
    assert set(document["outcomes"][0]["samples"][1]) == {"ours", "torch.optim"}


def test_json_alone_on_stdout(speed):
    """With a dash nothing else is printed there, and it reads as Markdown later."""
    document = json.loads(speed("--tiny", "--only", "smallconv,update-sgd", "--json", "-"))

    assert [entry["case"] for entry in document["outcomes"]] == ["smallconv", "update-sgd"]
    assert document["size"] == "tiny"


def test_a_peer_has_a_line_of_its_own(speed):
    """A peer comes after the cases."""
    words = f'{sys.executable} -c "print(\'{{\\"it_per_s\\": 2}}\')"'
    lines = speed("--tiny", "--only", "smallconv", "--peer", f"two={words}").splitlines()

    assert lines[-1].startswith("smallconv two  ")
    assert lines[-1].endswith("two 2 steps/s")


def test_a_profile_shows_the_loop(speed):
    """Profiling a case lists functions of ours by their own time."""
    text = speed("--tiny", "--profile", "lenet-adam")

    assert "Ordered by: internal time" in text
    assert "loop.py" in text


def test_results_as_markdown(speed, tmp_path):
    """A file that was written is printed as a table."""
    file = tmp_path / "now.json"
    speed("--tiny", "--only", "update-sgd", "--json", file)
    text = speed("--markdown", file)

    assert "| update-sgd | torch.optim, fused / our optimiser: sgd on resnet20 |" in text
    assert "- now: 20" in text


def test_gross_loss_is_exit_code_1(tiny, capsys):
    """A training loop below 0.6 of the tight one fails; a slow report does not."""

    def outcome(case, *, guarded):
        samples = ({"ours": 2.0, "plain": 1.0},)
        named = (case, "about", "ratio", "plain / ours", "steps", 1)
        return Outcome(*named, samples, (0.5,), is_guarded=guarded)

    command.conclude(tiny, 1, [outcome("store", guarded=False)], None)
    with pytest.raises(SystemExit) as failed:
        command.conclude(tiny, 1, [outcome("lenet", guarded=True)], None)

    assert failed.value.code == 1
    assert capsys.readouterr().err == "below 0.6 of the tight loop: lenet\n"


def test_an_unknown_case_is_refused():
    """Misspelt names are an error before anything is measured."""
    with pytest.raises(UnknownNameError, match="no case fits 'lent'"):
        CliRunner().invoke(command.speed, ["--only", "lent"], catch_exceptions=False)


def test_a_missing_folder_is_refused_at_once(tmp_path):
    """Nobody measures for half an hour to find that nothing can be written."""
    file = tmp_path / "missing" / "now.json"

    with pytest.raises(SpecError, match=r"cannot write .*now\.json: its folder does not exist"):
        CliRunner().invoke(command.speed, ["--json", str(file)], catch_exceptions=False)


@pytest.mark.slow
def test_it_runs_from_the_checkout():
    """As a module; what cannot be done is one sentence and exit code 2."""

    def run(name):
        words = [sys.executable, "-m", "benchmarks.speed", "--tiny", "--only", name]
        return subprocess.run(words, cwd=TOP, capture_output=True, text=True, check=False)

    good, bad = run("update-sgd"), run("nothing")

    assert (good.returncode, good.stdout.splitlines()[1].split()[0]) == (0, "update-sgd")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("benchmarks.speed: no case fits 'nothing' on cpu; there are: ")
    assert len(bad.stderr.splitlines()) == 1
