"""What the inspecting commands say of an offer, as JSON facts."""

import inspect
from collections.abc import Mapping
from dataclasses import fields
from typing import get_type_hints

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.contracts.report_template import ReportTemplate
from prunebench.contracts.settings import describe_settings, type_text
from prunebench.core.digest import Json
from prunebench.plugin.offer import Offer, Origin

FACTS = (
    "granularity",
    "scores_at",
    "needs",
    "control_for",
    "start",
    "budget",
    "model",
    "recipe",
    "unit",
    "scale",
    "decimals",
    "direction",
    "bounds",
    "formats",
)
"""Attributes worth printing where an item has them."""

RARE = ("plans",)
"""Attributes worth printing where they are not empty."""


STARTS = {
    Start.TRAINED: "Keep the trained weights",
    Start.REWIND: "Go back to the weights at the rewind point",
    Start.REDRAW: "Draw the weights anew",
    Start.NARROW: "Initialise the pruned network anew",
}
BUDGETS = {
    Budget.NONE: "do not train",
    Budget.FINETUNE: "train for the recipe's short fine-tuning",
    Budget.SAME_EPOCHS: "train for as many epochs as the dense network",
    Budget.SAME_COMPUTE: "train for as many multiply-adds as the dense network, up to a cap",
}
MEANINGS = {
    "length": "length of the fine-tuning in the recipe's unit; None takes the recipe's",
    "lr": "learning rate of the fine-tuning; None takes the recipe's",
    "cap": "upper bound of dense / kept multiply-adds, at least 1; 'recipe' or 'none'",
    "add_finetune": "whether the fine-tuning's length is added",
    "scale": "'same' as the dense network's, or 'sparse-he' from the kept weights of each layer",
    "recalibrate": "whether batch norms are measured anew",
    "images": "training images on which batch norms are measured anew",
    "draws": "independent draws for each seed",
}
"""What the settings of a protocol mean."""


def summary(offer: Offer[object]) -> dict[str, Json]:
    """Give name, first line of the description, source and plugin."""
    return {
        "name": offer.name,
        "summary": description(offer.item).partition("\n")[0],
        "paper": str(getattr(offer.item, "paper", "")),
        "plugin": whose(offer.origin),
    }


def details(offer: Offer[object]) -> dict[str, Json]:
    """Give all that is known: the summary, version, facts, settings and source."""
    item = offer.item
    facts = {name: fact(getattr(item, name)) for name in FACTS if hasattr(item, name)}
    facts |= {name: fact(getattr(item, name)) for name in RARE if getattr(item, name, None)}
    return {
        "kind": offer.kind,
        **summary(offer),
        "description": description(item),
        **({"version": getattr(item, "version", 1)} if isinstance(item, type) else {}),
        **facts,
        "settings": settings(item),
        "api": offer.api or "none declared",
        "module": offer.source.module,
        "file": offer.source.file,
        "source_digest": offer.source.digest,
    }


def description(item: object) -> str:
    """Give the docstring of a class; of a protocol say where it starts and how long it trains.

    Of a template, what it says of itself.
    """
    if isinstance(item, ReportTemplate):
        return item.about
    if isinstance(item, Protocol):
        more = ", plus the fine-tuning" if item.add_finetune else ""
        more = ", but measure the batch norms anew" if item.recalibrate else more
        return f"{STARTS[item.start]}; {BUDGETS[item.budget]}{more}."
    return inspect.cleandoc(getattr(item, "__doc__", None) or "")


def fact(value: object) -> Json:
    """Write an attribute as JSON: sets and names as sorted arrays, enumerations as text."""
    if isinstance(value, frozenset | set | Mapping):
        return tuple(sorted(map(str, value)))
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return value
    return str(value)


def settings(item: object) -> list[Json]:
    """List the settings with type, default and help."""
    if isinstance(item, Protocol):
        hints = get_type_hints(Protocol)
        return [
            {
                "name": f.name,
                "type": type_text(hints[f.name]),
                "default": getattr(item, f.name),
                "help": MEANINGS[f.name],
            }
            for f in fields(item)
            if f.name in item.settings
        ]
    if not isinstance(item, type):
        return []
    return [
        {"name": s.name, "type": s.type, "default": s.default, "help": s.help}
        for s in describe_settings(item)
    ]


def whose(origin: Origin) -> str:
    """Name the distribution a thing comes from."""
    return f"{origin.distribution} {origin.version}"
