"""Commands of others, timed beside ours: ``name@case=command``.

The command is the user's own. It is split as a shell would and started without one, trains by
itself, and prints as its last line of JSON an object with ``it_per_s``, its optimiser steps per
second. It inherits one thread.
"""

import json
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmarks.speed.case import Case, Contest, Surroundings, ratio
from prunebench.errors import SpecError

FORM = "write --peer 'name@case=command', such as 'theirs@lenet-adam=python theirs.py'"


@dataclass(frozen=True)
class Peer:
    """A command to be timed.

    Parameters
    ----------
    name
        For the table.
    case
        Whose steps it takes.
    words
        The command, split.
    """

    name: str
    case: str
    words: tuple[str, ...]


def read_peer(text: str, cases: Sequence[Case]) -> Peer:
    """Read what a person wrote; without ``@case`` the only training among `cases` is meant.

    Raises
    ------
    SpecError
        If it does not have the form, or names no case with steps.
    """
    head, _, command = text.partition("=")
    name, _, named = head.partition("@")
    trained = [case.name for case in cases if case.amount.unit == "steps"]
    case = named or (trained[0] if len(trained) == 1 else "")
    if not (name and split(command)):
        msg = f"cannot read the peer {text!r}; {FORM}."
        raise SpecError(msg)
    if case not in trained:
        msg = f"the peer {text!r} names none of these cases: {', '.join(trained)}; {FORM}."
        raise SpecError(msg)
    return Peer(name, case, tuple(split(command)))


def split(command: str) -> list[str]:
    """Split a command into words; none if its quotes do not match."""
    try:
        return shlex.split(command)
    except ValueError:
        return []


def steps_per_second(peer: Peer) -> float:
    """Run a peer's command and read its last line of JSON.

    Raises
    ------
    SpecError
        If it cannot be started, fails, or prints no ``it_per_s`` above 0.
    """
    try:
        done = subprocess.run(peer.words, capture_output=True, text=True, check=False)
    except OSError as error:
        msg = f"cannot start the peer {peer.name!r}: {error.strerror}: {peer.words[0]!r}."
        raise SpecError(msg) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        msg = f"the peer {peer.name!r} ended with code {done.returncode}: {last}."
        raise SpecError(msg)
    rate = told(done.stdout)
    if rate <= 0:
        msg = (
            f"the peer {peer.name!r} printed no line of JSON with a number 'it_per_s' above 0; "
            "its last such line counts."
        )
        raise SpecError(msg)
    return rate


def told(output: str) -> float:
    """Find the number in the last line that is a JSON object; 0 if there is none.

    >>> told('loading' + chr(10) + '{"name": "x", "it_per_s": 512.5}' + chr(10) + 'done')
    512.5
    """
    objects = [found for line in output.splitlines() if (found := as_object(line)) is not None]
    rate = objects[-1].get("it_per_s") if objects else None
    return float(rate) if isinstance(rate, int | float) else 0.0


def as_object(line: str) -> dict[str, Any] | None:
    """Read a line as a JSON object; None if it is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def peer_case(peer: Peer, case: Case) -> Case:
    """Make the case that sets our loop against a peer."""
    return replace(
        case,
        name=f"{case.name} {peer.name}",
        about=f"{peer.name} / our loop: {case.about.partition(': ')[2]}",
        value=ratio(peer.name, "ours"),
        prepare=partial(beside, peer, case.prepare),
        goal=None,
        is_guarded=False,
    )


def beside(
    peer: Peer,
    prepare: Callable[[Surroundings, int], Contest],
    where: Surroundings,
    steps: int,
) -> Contest:
    """Set our turn of a case against a peer's command."""
    contest = prepare(where, steps)
    return Contest(
        (contest.turns[0], lambda: {peer.name: steps / steps_per_second(peer)}), contest.warm
    )
