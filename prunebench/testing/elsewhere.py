"""Ask a fresh process: one helper per process is kept, and forks for every question.

Questions and answers are lines of JSON; tensors lie beside them in safetensors files. Where the
system cannot fork, each question starts a process of its own.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from prunebench.core.digest import Json

HASH_SEED = "20"
"""Of the helper: sets of names come in another order than here."""


LIBRARIES = ("torchvision", "sklearn.linear_model")
"""What takes seconds to import and is no plugin: the helper has it, once it is in use here."""


@dataclass(frozen=True)
class Answer:
    """What a fresh process says.

    Parameters
    ----------
    tensors
        By name.
    facts
        What else it found.
    opened
        Files and addresses that were opened, code apart.
    failure
        Why there is no answer; empty if there is.
    """

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Json]
    opened: tuple[str, ...] = ()
    failure: str = ""


def address(owner: type) -> dict[str, Json] | None:
    """Say how another process finds a class; None where it has no place in a module."""
    module = sys.modules.get(owner.__module__)
    if module is None or getattr(module, owner.__qualname__, None) is not owner:
        return None
    return {
        "module": owner.__module__,
        "file": str(getattr(module, "__file__", "") or ""),
        "name": owner.__qualname__,
    }


def ask(question: Mapping[str, Json], tensors: Mapping[str, Tensor]) -> Answer:
    """Ask a fresh process.

    Parameters
    ----------
    question
        ``"what"`` is wanted, and of whom; see `prunebench.testing.answers`.
    tensors
        Sent along.
    """
    with TemporaryDirectory(prefix="prunebench-") as folder:
        sent, found = Path(folder, "sent.safetensors"), Path(folder, "found.safetensors")
        save_file({name: separate(tensor) for name, tensor in tensors.items()}, sent)
        line = json.dumps(
            {
                **question,
                "path": sys.path,
                "libraries": [name for name in LIBRARIES if name in sys.modules],
                "threads": torch.get_num_threads(),
                "sent": str(sent),
                "found": str(found),
            }
        )
        said = json.loads(answered(line))
        return Answer(
            tensors=load_file(found) if found.exists() else {},
            facts=said.get("facts", {}),
            opened=tuple(said.get("opened", ())),
            failure=str(said.get("failure", "")),
        )


def separate(tensor: Tensor) -> Tensor:
    """Copy a tensor: two that share memory cannot be saved."""
    return tensor.detach().clone().contiguous()


def answered(line: str) -> str:
    """Hand a question to the helper and wait for its line."""
    if not hasattr(os, "fork"):
        process = started()
        said, _ = process.communicate(line + "\n")
        return said.strip() or lost(process)
    process = helper()
    assert process.stdin is not None  # both are pipes
    assert process.stdout is not None
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        said = process.stdout.readline()
    except BaseException:  # interrupted between question and answer: the next would get this one
        stop(process)
        raise
    if not said.strip():
        stop(process)
        return lost(process)
    return said


def lost(process: "subprocess.Popen[str]") -> str:
    """Write an answer for a process that gave none."""
    return json.dumps({"failure": f"the process ended with code {process.wait()}."})


@cache
def helper() -> "subprocess.Popen[str]":
    """Start the helper, once; it ends with this process."""
    process = started()
    atexit.register(stop, process)
    return process


def started() -> "subprocess.Popen[str]":
    """Start a process that answers."""
    surroundings = {**os.environ, "PYTHONHASHSEED": HASH_SEED, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "prunebench.testing.answers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings,
    )


def stop(process: "subprocess.Popen[str]") -> None:
    """End a helper; the next question starts another."""
    helper.cache_clear()
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
