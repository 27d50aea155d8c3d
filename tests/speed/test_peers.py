"""Commands of others: what is read of them, and real ones that are run."""

import shlex
import sys

import pytest

from benchmarks.speed.cases import chosen
from benchmarks.speed.outcome import outcome_of
from benchmarks.speed.peers import Peer, peer_case, read_peer, steps_per_second, told
from prunebench.errors import SpecError


def python(source):
    """Write a command that runs Python source."""
    return shlex.join([sys.executable, "-c", source])


@pytest.fixture
def cases(tiny):
    """Give two trainings and a case without steps."""
    return chosen(["lenet-adam", "smallconv", "store-read"], tiny)


def test_a_peer_is_a_name_a_case_and_a_command(cases):
    """Words are split as a shell splits them; further signs of equality belong to the command."""
    got = read_peer("tight@smallconv=run.py --mask 'for each' --batch=60", cases)

    assert got == Peer("tight", "smallconv", ("run.py", "--mask", "for each", "--batch=60"))


def test_the_only_training_need_not_be_named(cases):
    """Without a case the one training that was chosen is meant."""
    assert read_peer("tight=run.py", cases[:1]).case == "lenet-adam"
    with pytest.raises(SpecError, match="names none of these cases: lenet-adam, smallconv; write"):
        read_peer("tight=run.py", cases)


@pytest.mark.parametrize(
    "text", ["tight", "tight@lenet-adam", "=run.py", "@lenet-adam=run.py", "tight=", "tight='run"]
)
def test_what_is_no_peer_is_refused(text, cases):
    """A name and a command that can be split are needed."""
    with pytest.raises(SpecError, match=r"cannot read the peer .*; write --peer 'name@case"):
        read_peer(text, cases)


@pytest.mark.parametrize("case", ["store-read", "lent"])
def test_a_peer_takes_the_steps_of_a_training(case, cases):
    """Cases without steps, and unknown ones, are refused."""
    with pytest.raises(SpecError, match="names none of these cases"):
        read_peer(f"tight@{case}=run.py", cases)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ('{"it_per_s": 5}\n{"it_per_s": 7.5}\n', 7.5),
        ('  {"it_per_s": 5}  \nbye\n[1]\n3\n', 5.0),
        ('{"it_per_s": 5}\n{"name": "x"}\n', 0.0),
        ('{"it_per_s": "fast"}', 0.0),
        ("", 0.0),
    ],
)
def test_the_last_object_counts(output, expected):
    """Of all lines the last JSON object tells the speed, or nothing does."""
    assert told(output) == expected


def test_a_command_is_run_and_read():
    """A real command without a shell: its words arrive as they were written."""
    source = "import json, sys; print(json.dumps({'it_per_s': len(sys.argv[1])}))"
    peer = Peer("x", "lenet-adam", (sys.executable, "-c", source, "a b; $HOME"))

    assert steps_per_second(peer) == len("a b; $HOME")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("no-such-command-here",), "cannot start the peer 'x': No such file .*'no-such-command"),
        ((sys.executable, "-c", "raise SystemExit('no data')"), "ended with code 1: no data"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with code 3: it said nothing"),
        ((sys.executable, "-c", "print('done')"), "printed no line of JSON with a number"),
        ((sys.executable, "-c", "print('{\"it_per_s\": 0}')"), "'it_per_s' above 0"),
    ],
)
def test_a_command_that_says_nothing_useful_is_refused(words, complaint):
    """One sentence names the peer and what went wrong."""
    with pytest.raises(SpecError, match=complaint):
        steps_per_second(Peer("x", "lenet-adam", words))


def test_ours_is_set_beside_a_peer(cases, tiny):
    """A peer that claims a step a second takes as many seconds as there are steps."""
    command = python("print('{\"it_per_s\": 1.0}')")
    peer = read_peer(f"slow@lenet-adam={command}", cases)
    case = peer_case(peer, cases[0])
    got = outcome_of(case, tiny, 2)

    assert got.case == "lenet-adam slow"
    assert got.about == "slow / our loop: lenet300100, batch 60, adam, masked"
    assert [sample["slow"] for sample in got.samples] == [3.0, 3.0]
    assert got.values == tuple(3.0 / sample["ours"] for sample in got.samples)
    assert got.goal is None
    assert not got.is_gross
