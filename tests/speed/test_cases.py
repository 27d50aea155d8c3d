"""Every case is named well, is listed, and runs with a few steps."""

import json
from dataclasses import replace

import pytest
import torch

from benchmarks.speed import bookkeeping
from benchmarks.speed.cases import CASES, chosen, find_device
from benchmarks.speed.fresh import in_fresh
from benchmarks.speed.outcome import outcome_of
from benchmarks.speed.rows import made_up
from prunebench.errors import UnknownNameError

PROCESSES = ("report", "plan", "workers", "processes-lenet")
"""Cases that start several interpreters, seconds each."""

NAMES = [case.name for case in CASES if case.name != "processes-resnet20"]
"""All but the twin of another: what it starts is the same."""


def named(name):
    """Find a case."""
    [case] = [case for case in CASES if case.name == name]
    return case


def test_names_are_ids():
    """Names are different, lower-case and hyphenated, so that a command line can hold them."""
    names = [case.name for case in CASES]

    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() and name == name.lower() for name in names)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PROCESSES])
def test_every_case_runs(name, tiny):
    """Cases run on the processor too, those for a card included: sides take time, values come."""
    got = outcome_of(named(name), tiny, 1)

    assert next(iter(got.seconds)) == "ours"
    assert all(seconds > 0 for seconds in got.seconds.values())
    assert len(got.values) == 1
    assert got.spread.median > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", PROCESSES)
def test_cases_with_processes_run(name, tiny):
    """The same holds of those that start interpreters."""
    got = outcome_of(named(name), tiny, 1)

    assert all(seconds > 0 for seconds in got.seconds.values())
    assert got.spread.median > 0


def test_the_plan_has_as_many_trials_as_it_says(tiny):
    """Two methods, five protocols and twenty densities are two hundred trials a seed."""
    assert 2 * 5 * len(bookkeeping.GRID["densities"]) == bookkeeping.TRIALS_PER_SEED
    assert named("plan").amount.full == 10_000
    assert bookkeeping.plan(200, tiny.folder) > 0


def test_made_up_rows_are_a_grid():
    """Ten thousand rows are 5 networks, 8 methods, 5 targets, 5 protocols and 10 seeds."""
    rows = [made_up(number) for number in range(10_000)]
    fields = ("model", "method", "target", "protocol", "seed")

    assert [len({getattr(row, name) for row in rows}) for name in fields] == [5, 8, 5, 5, 10]
    assert len({tuple(getattr(row, name) for name in fields) for row in rows}) == 10_000


def test_patterns_choose_cases(tiny):
    """A star stands for anything; without patterns all are chosen that need not be asked for."""
    names = [case.name for case in chosen(["store-*", "vgg16"], tiny)]
    everything = {case.name for case in chosen([], tiny)}

    assert names == ["vgg16", "store-write", "store-read"]
    assert everything == {
        case.name for case in CASES if "cpu" in case.devices and not case.on_request
    }


def test_a_whole_training_must_be_asked_for(tiny):
    """The training of 160 epochs runs only if its name is written in full."""
    full = replace(tiny, size="full")

    assert "cell-vgg16-whole" not in {case.name for case in chosen(["cell-*"], full)}
    assert [case.name for case in chosen(["cell-vgg16-whole"], full)] == ["cell-vgg16-whole"]
    assert named("cell-vgg16-whole").amount.full == 160 * 782 == 125_120


def test_the_short_form_has_every_tight_loop(tiny):
    """Continuous integration guards the loops of all networks, and leaves out what takes long."""
    short = {case.name for case in chosen([], replace(tiny, size="short"))}
    guarded = {case.name for case in CASES if case.is_guarded}

    assert guarded == {
        "lenet-adam",
        "lenet-validation",
        "lenet-sgd",
        "smallconv",
        "resnet20",
        "vgg16",
    }
    assert guarded < short
    assert not short & {"workers", "processes-resnet20", "peak-vgg16", "cell-vgg16"}


def test_a_card_has_cases_of_its_own(tiny):
    """On a card networks are trained, evaluated and recorded as graphs; bookkeeping is not."""
    card = replace(tiny, device=torch.device("cuda", 0))
    names = {case.name for case in chosen([], replace(card, size="full"))}

    assert {"lenet-adam", "resnet20", "vgg16", "graphs-lenet", "processes-lenet"} < names
    assert {"peak-vgg16-tf32", "cell-vgg16"} < names
    assert not names & {"plan", "report", "store-read", "start-help", "overhead", "workers"}


def test_an_unknown_case_is_refused_with_all_names(tiny):
    """The refusal quotes the pattern and lists what there is."""
    with pytest.raises(UnknownNameError, match=r"no case fits 'lent\*' on cpu; .* lenet-adam,"):
        chosen(["resnet20", "lent*"], tiny)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_card_is_one_sentence():
    """Asking for a card where there is none says what to do."""
    with pytest.raises(UnknownNameError, match="torch finds no GPU here; leave --device out"):
        find_device("cuda")


def test_a_failure_in_a_fresh_interpreter_shows_its_traceback(tmp_path):
    """What went wrong there is told here."""
    with pytest.raises(RuntimeError, match="No module named 'nowhere'"):
        in_fresh("nowhere:nothing", 1, tmp_path)


def test_what_a_fresh_interpreter_prints(capsys, tmp_path):
    """Its last line is JSON with the seconds."""
    from benchmarks.speed.fresh import main

    main("benchmarks.speed.bookkeeping:report", "4", str(tmp_path))

    assert json.loads(capsys.readouterr().out)["seconds"] > 0
