"""Prune any model by any method, planned and carried out as in a run, on noise for images."""

import json
import os
import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from prunebench.api import DatasetInfo, Mask, Preprocessing
from prunebench.contracts.settings import configure, resolved
from prunebench.core.layout import Layout
from prunebench.core.random import generator
from prunebench.core.surgery import cut
from prunebench.experiment.choice import parse_choice
from prunebench.plan.problem import Problem, lay_out
from prunebench.plan.pruning import lay_out as plan_pruning
from prunebench.plugin.registry import load_registry
from prunebench.run.bench import Bench
from prunebench.run.network import build
from prunebench.run.pruning import Pruning
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped
from prunebench.testing.networks import unsettle
from prunebench.training.images import Images, Split
from prunebench.training.recipe import Recipe

CLASSES, COUNT = 5, 24
REOPEN = Path(__file__).with_name("reopen.py")


class NoiseBench(Bench):
    """Has a dense network and random images at hand, where a run reads them from disk."""

    def __init__(self, registry, info, state):
        super().__init__(registry, store=None)
        self.info, self.state = info, state
        draws = generator(0, "noise")
        pixels = torch.randint(0, 256, (COUNT, *info.shape), generator=draws, dtype=torch.uint8)
        labels = torch.randint(0, info.classes, (COUNT,), generator=draws)
        self.images = Images(Split(pixels, labels), Split(pixels, labels))

    def data(self, task):
        """Give the noise."""
        return self.info, self.images

    def artifact(self, key):
        """Give the dense network."""
        return Artifact({}, grouped(last=self.state))


@dataclass
class Operation:
    """A method planned on a model, and what carrying it out gives.

    Parameters
    ----------
    registry, problem, plan
        As planning makes them; its `IncompatibleError` comes from `Surgery.plan`.
    """

    registry: object
    problem: Problem
    plan: object

    @property
    def spec(self):
        """Say what is pruned, as a prune stage's spec does."""
        return {
            "method": self.plan.by.record(),
            "model": dict(self.problem.model_spec),
            "groups": [group.name for group in self.plan.groups],
            "prunable": [layer.name for layer in self.problem.layout.prunable],
            "seed": 0,
            "device": "cpu",
            "original": "dense",
            "data": {},
            "validation": 0,
        }

    @cached_property
    def dense(self):
        """Draw weights, biases, scales, shifts and statistics; nothing has its initial value."""
        network, groups = build(self.problem.model, self.problem.model_spec)
        self.problem.model.initialise(network, generator(0, "init"))
        unsettle(network, generator(0, "unsettle"))
        return network.eval(), groups

    @property
    def in_play(self):
        """List the groups in play."""
        return tuple(g for g in self.dense[1] if g.name in self.spec["groups"])

    def carry_out(self, dense, rounds=None):
        """Take the first rounds, or all, with no training between them; gives the `Pruning`."""
        bench = NoiseBench(self.registry, self.problem.info, dense.state_dict())
        task = Task("key", "prune", self.spec, None, {})
        work = Pruning(bench, task, self.spec, dense.state_dict())
        for number, each in enumerate(self.plan.rounds[:rounds]):
            assert work.prune(each.keep, number, finite=True) == 0
        return work

    def cut(self, dense, rounds=None):
        """Prune channels; gives the `Pruned`, its narrow network made as trainings make theirs."""
        work = self.carry_out(dense, rounds)
        repaired = deepcopy(dense)
        repaired.load_state_dict(work.repaired, strict=False)
        narrow = cut(repaired, work.all_groups, work.mask).eval()
        return Pruned(narrow, work.network, work.layout, work.mask)


@dataclass
class Pruned:
    """A network with units cut, its twin with them silenced, and what was asked."""

    narrow: nn.Module
    silent: nn.Module
    layout: Layout
    mask: Mask


class Surgery:
    """Plan what a person would type, on images of noise."""

    def __init__(self):
        self.registry = load_registry()
        self.problem = lru_cache(self.problem)

    def problem(self, model, shape, recipe=Recipe()):  # noqa: B008 - frozen
        """Make the problem of a model such as ``"resnet[depth=8]"``."""
        choice = parse_choice(model)
        offer = self.registry.model(choice.name)
        network = configure(offer.item, "model", choice.name, choice.settings)
        ones = (1.0,) * shape[0]
        pixels = Preprocessing(64.0, tuple(2 * one for one in ones), ones)
        info = DatasetInfo(shape, CLASSES, COUNT, 0, COUNT, "noise", pixels)
        layout, refused, ghost = lay_out(network, info, recipe)
        settings = resolved(network)
        spec = {"name": offer.name, "settings": settings, "shape": shape, "classes": CLASSES}
        digits = self.registry.dataset("digits").item()
        labels = ("noise", model)
        facts = (digits, network, info, recipe, layout, {}, spec, *labels, {}, "cpu")
        return Problem(*facts, network=ghost, refused=refused)

    def plan(self, method, model, shape, target, recipe=None):
        """Plan a method such as ``"sss[gamma=0.1]"``; raises where it does not apply."""
        problem = self.problem(model, shape, *([recipe] if recipe else []))
        pruning = plan_pruning(self.registry, problem, parse_choice(method), target)
        return Operation(self.registry, problem, pruning)


@pytest.fixture(scope="session")
def surgery():
    """Give what plans any method on any model."""
    return Surgery()


class FreshProcess:
    """Another process, which has seen none of the networks; it builds them from files."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", str(REOPEN)],
            env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def outputs(self, folder, operation, pruned, images):
        """Save a cut network, and give what it computes when built anew from its model's name."""
        save_file(pruned.narrow.state_dict(), folder / "network.safetensors")
        save_file(dict(pruned.mask), folder / "mask.safetensors")
        save_file({"images": images}, folder / "images.safetensors")
        (folder / "model.json").write_text(json.dumps(dict(operation.problem.model_spec)))
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"{folder}\n"
        return load_file(folder / "outputs.safetensors")["outputs"]

    def close(self):
        """Let it end."""
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def fresh_process():
    """Give a process that builds networks from files."""
    process = FreshProcess()
    yield process
    process.close()
