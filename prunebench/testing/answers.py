"""The fresh process: reads questions from stdin, answers each in a fork of its own."""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from prunebench.core.mask import Mask
from prunebench.core.surgery import cut
from prunebench.core.vision import torchvision
from prunebench.testing.networks import NETWORKS, PLAIN
from prunebench.testing.pruning import score

CODE = (".py", ".pyc", ".so", ".pyd", ".dll", ".pth", ".egg-link", ".dylib", ".zip", ".nbi", ".nbc")
SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/")
METADATA = (".dist-info", ".egg-info")
"""What importing and computing may open."""


class Watch:
    """Notes what is opened while it is on: an audit hook stays for good."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Hear one event."""
        if not self.on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.fsdecode(arguments[0])
            if not (path.endswith(CODE) or is_known(path) or is_importing()):
                self.seen.append(path)
        elif event == "socket.connect":
            self.seen.append(f"the address {arguments[1]}")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while a block runs."""
        self.on = True
        try:
            yield
        finally:
            self.on = False


def is_known(path: str) -> bool:
    """Say whether a path is the system's, or says what is installed."""
    return path.startswith(SYSTEM) or any(mark in path for mark in METADATA)


def is_importing() -> bool:
    """Say whether a module is being imported further up: what that opens is no data."""
    frame = sys._getframe(1)  # noqa: SLF001 - nothing else tells who calls
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back  # type: ignore[assignment] # None ends the loop
    return False


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        if not hasattr(os, "fork"):
            say(line)
            return
        warm_up(json.loads(line)["libraries"])
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            say(line)
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(json.dumps({"failure": f"the process ended with status {status}."}), flush=True)  # noqa: T201 - stdout is the answer


def warm_up(libraries: Sequence[str]) -> None:
    """Import what is in use where the question comes from, once for all forks."""
    for name in libraries:
        with suppress(ImportError):
            torchvision() if name == "torchvision" else importlib.import_module(name)


def say(line: str) -> None:
    """Answer one question on stdout; what a stranger's code prints goes to stderr."""
    question = json.loads(line)
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        said = answer(question)
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's code raises
        said = {"failure": f"{type(error).__name__}: {error}"}
    finally:
        sys.stdout = out
    print(json.dumps(said), flush=True)  # noqa: T201 - stdout is the answer


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is asked and write the tensors down."""
    sys.path[:] = question["path"]
    torch.set_num_threads(question["threads"])
    tensors, said = ANSWERS[question["what"]](question, load_file(question["sent"]))
    whole = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    save_file(whole, question["found"])
    return said


Tensors = Mapping[str, Tensor]


def scores(question: Mapping[str, Any], sent: Tensors) -> tuple[Tensors, dict[str, Any]]:  # noqa: ARG001 - one signature
    """Score the plain network with a method that is imported here."""
    owner = found(question["method"])
    watch = Watch()
    network = PLAIN.build()
    with watch.watching():
        given = score(owner(), network)
    return given, {"opened": sorted(set(watch.seen))}


def outputs(question: Mapping[str, Any], sent: Tensors) -> tuple[Tensors, dict[str, Any]]:
    """Build a tiny network anew, load what was saved and run it."""
    tiny = NETWORKS[question["network"]]
    network = tiny.build(seed=1)
    mask = Mask({n.removeprefix("mask "): kept for n, kept in sent.items() if n[:5] == "mask "})
    if question["cut"]:
        network = cut(network, tiny.groups, mask)
    state = {n: tensor for n, tensor in sent.items() if n[:5] != "mask " and n != "input"}
    network.load_state_dict(state)
    return {"outputs": network.eval()(sent["input"])}, {}


def model_outputs(question: Mapping[str, Any], sent: Tensors) -> tuple[Tensors, dict[str, Any]]:
    """Build a stranger's model anew; load what was saved, where anything was, and run it."""
    model = found(question["model"])()
    shape, classes = tuple(question["shape"]), question["classes"]
    if not sent:
        with torch.device("meta"):
            network = model.build(shape, classes)
        named = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
        return {}, {"facts": named}
    network = model.build(shape, classes)
    network.load_state_dict({n: tensor for n, tensor in sent.items() if n != "input"})
    with torch.no_grad():
        return {"outputs": network.eval()(sent["input"])}, {}


ANSWERS: Mapping[str, Callable[[Mapping[str, Any], Tensors], tuple[Tensors, dict[str, Any]]]] = {
    "scores": scores,
    "outputs of a tiny network": outputs,
    "outputs of a model": model_outputs,
}


def found(place: Mapping[str, str]) -> Any:
    """Import a class by module and name; by the module's file where its name is not importable."""
    with suppress(ImportError, ValueError):
        if importlib.util.find_spec(place["module"]) is not None:
            return getattr(importlib.import_module(place["module"]), place["name"])
    return getattr(from_file(place["module"], Path(place["file"])), place["name"])


def from_file(name: str, path: Path) -> ModuleType:
    """Run a file as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"{path} is no Python file."
        raise ImportError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
