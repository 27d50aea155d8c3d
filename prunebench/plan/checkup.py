"""What of a model can be pruned, by whom, and what cannot and why; nothing is trained or loaded."""

from collections.abc import Iterable
from dataclasses import asdict

from prunebench.contracts.method import Method
from prunebench.contracts.settings import configure
from prunebench.core.allocation import floors
from prunebench.core.cost import narrow_cost
from prunebench.core.digest import Json
from prunebench.core.granularity import Granularity
from prunebench.core.layout import ChannelGroup, Layer, Layout, Span
from prunebench.core.target import Density
from prunebench.errors import IncompatibleError
from prunebench.experiment.choice import Choice
from prunebench.plan.problem import Problem
from prunebench.plan.pruning import groups_in_play, kind_of, lay_out
from prunebench.plugin.registry import Registry

ASKED = 0.5
"""Density that methods are asked for, unless the smallest network is larger."""


def checkup(registry: Registry, problem: Problem, methods: Iterable[Choice]) -> dict[str, Json]:
    """Examine a problem's model.

    Parameters
    ----------
    registry
        Where methods are looked up.
    problem
        Data set, model and recipe.
    methods
        Those to try on it.
    """
    layout = problem.layout
    return {
        "model": problem.model_label,
        "dataset": problem.dataset_label,
        "recipe": problem.recipe.name,
        "shape": list(problem.info.shape),
        "classes": problem.info.classes,
        "params": layout.params,
        "macs": layout.macs,
        "prunable": layout.prunable_size,
        "layers": [layer_facts(problem, layer) for layer in layout.layers],
        "groups": [group_facts(group) for group in layout.groups],
        "refused": dict(problem.refused),
        "methods": [method_facts(registry, problem, choice) for choice in methods],
    }


def layer_facts(problem: Problem, layer: Layer) -> dict[str, Json]:
    """Describe one layer: its size, and whether it is pruned by weight and by channel."""
    written = [g.name for g in problem.layout.groups if touches(g, layer.name)]
    return {
        "name": layer.name,
        "kind": layer.kind,
        "shape": list(layer.shape),
        "weights": layer.size,
        "macs": layer.macs,
        "by_weight": layer.prunable,
        "by_channel": list(written),
        "whole": whole(problem, layer, written),
    }


def touches(group: ChannelGroup, layer: str) -> bool:
    """Say whether a group holds channels that a layer writes, or the layer altogether."""
    return layer in group.members or any(span.module == layer for span in group.producers)


def whole(problem: Problem, layer: Layer, written: list[str]) -> str:
    """Say why no channel that a layer writes is cut; empty where some are."""
    if written:
        return ""
    if layer.name in problem.refused:
        return problem.refused[layer.name]
    if layer.output:
        return "writes the class scores"
    return "the model declares no group for its outputs"


def group_facts(group: ChannelGroup) -> dict[str, Json]:
    """Describe one channel group."""
    return {
        "name": group.name,
        "kind": kind_of(group),
        "size": group.size,
        "coupled": group.coupled,
        "joined": group.joined,
        "producers": [asdict(span) for span in group.producers],
        "norms": [asdict(span) for span in group.norms],
        "consumers": [asdict(span) for span in group.consumers],
        "members": list(group.members),
    }


def method_facts(registry: Registry, problem: Problem, choice: Choice) -> dict[str, Json]:
    """Say whether a method can prune the model, what it leaves whole, and how far it can go."""
    offer = registry.method(choice.name)
    method = configure(offer.item, "method", choice.name, choice.settings)
    facts: dict[str, Json] = {"method": choice.label, "granularity": str(method.granularity)}
    try:
        groups = groups_in_play(method, problem)
        least = smallest(method, problem.layout.restricted(groups))
        asked = None if method.plan else Density(ASKED if least <= ASKED else 1.0)
        rounds = lay_out(registry, problem, choice, asked).rounds
    except IncompatibleError as error:
        return {**facts, "applicable": False, "reason": str(error)}
    channels = method.granularity is Granularity.CHANNEL
    names = {group.name for group in groups}
    return {
        **facts,
        "applicable": True,
        "reason": "",
        "rounds": len(rounds),
        "groups": [group.name for group in groups],
        "left_whole": {
            group.name: not_in_play(method, group)
            for group in problem.layout.groups
            if channels and group.name not in names
        },
        "smallest_density": least,
    }


def smallest(method: Method, layout: Layout) -> float:
    """Give the kept fraction of the prunable parameters with every unit gone that may go."""
    if method.granularity is not Granularity.CHANNEL:
        kept = sum(min(method.floor, layer.size) for layer in layout.prunable)
        return kept / layout.prunable_size if layout.prunable_size else 1.0
    least = floors(method.floor, layout)
    sizes = {group.name: group.size for group in layout.groups}
    kept_units = {
        name: min(size, least if isinstance(least, int) else least[name])
        for name, size in sizes.items()
    }
    return narrow_cost(layout, kept_units).prunable / layout.prunable_size


def not_in_play(method: Method, group: ChannelGroup) -> str:
    """Say why a method leaves a group whole: by the group's kind, or for want of a batch norm."""
    if not method.applies_to(group):
        return kind_of(group)
    return "no batch norm behind it"


def span_text(span: Span) -> str:
    """Write a span as a person would.

    >>> span_text(Span("fc", 0, 4)), span_text(Span("conv"))
    ('fc (x4)', 'conv')
    """
    start = f"[{span.offset}:]" if span.offset else ""
    return f"{span.module}{start}{f' (x{span.repeat})' if span.repeat > 1 else ''}"
