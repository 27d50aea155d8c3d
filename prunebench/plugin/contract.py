"""What an offered item must look like before it gets a name in the registry."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from prunebench.contracts.dataset import Dataset
from prunebench.contracts.method import Method
from prunebench.contracts.metric import Metric
from prunebench.contracts.model import Model
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.report_template import ReportTemplate
from prunebench.core.granularity import Granularity
from prunebench.errors import ContractError
from prunebench.plugin.metric_facts import METRIC_FACTS
from prunebench.plugin.offer import Kind
from prunebench.plugin.template_facts import check_template_fields

NAME = re.compile(r"[a-z0-9]+([-_+][a-z0-9]+)*")


@dataclass(frozen=True)
class Contract:
    """The contract of one kind.

    Parameters
    ----------
    hook
        The hook that offers such items.
    owner
        The class that items derive from, or are instances of.
    words
        Class attributes that must be texts beside name and paper.
    """

    hook: str
    owner: type
    words: tuple[str, ...] = ()


CONTRACTS: Mapping[Kind, Contract] = {
    "method": Contract("prunebench_methods", Method),
    "model": Contract("prunebench_models", Model),
    "dataset": Contract("prunebench_datasets", Dataset, words=("model", "recipe")),
    "protocol": Contract("prunebench_protocols", Protocol),
    "metric": Contract("prunebench_metrics", Metric),
    "template": Contract("prunebench_report_templates", ReportTemplate, words=("about",)),
}


def check_offer(kind: Kind, item: object) -> str:
    """Check one item that a hook returned and give its public id.

    Raises
    ------
    ContractError
        If it is no concrete class (for a protocol or a template: instance) of its contract, or
        lacks a usable name, a source or a version.
    """
    if kind == "protocol":
        check_protocol_fields(item)
    elif kind == "template":
        check_template_fields(item)
    else:
        check_class(kind, item)
    check_name(item)
    for word in ("paper", *CONTRACTS[kind].words):
        check_text(item, word)
    return str(getattr(item, "name", ""))


def check_class(kind: Kind, item: object) -> None:
    """Check that an item is a concrete class of its kind with a version."""
    owner = CONTRACTS[kind].owner
    if not (isinstance(item, type) and issubclass(item, owner)):
        article = "an instance" if isinstance(item, owner) else repr(item)
        msg = f"{CONTRACTS[kind].hook} must give {owner.__name__} classes, got {article}."
        raise ContractError(msg)
    if inspect.isabstract(item):
        missing = ", ".join(sorted(getattr(item, "__abstractmethods__", ())))
        msg = f"{label(item)} is abstract; implement {missing}."
        raise ContractError(msg)
    version = getattr(item, "version", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        msg = f"{label(item)}: version must be an integer, got {version!r}."
        raise ContractError(msg)
    if kind == "method" and not isinstance(getattr(item, "granularity", None), Granularity):
        msg = f"{label(item)}: granularity must be Granularity.WEIGHT or Granularity.CHANNEL."
        raise ContractError(msg)
    for name, (wanted, holds) in METRIC_FACTS.items() if kind == "metric" else ():
        if not holds(getattr(item, name)):
            msg = f"{label(item)}: {name} must be {wanted}, got {getattr(item, name)!r}."
            raise ContractError(msg)


def check_protocol_fields(item: object) -> None:
    """Check that an item is a `Protocol` whose settings are fields of it."""
    if not isinstance(item, Protocol):
        msg = f"prunebench_protocols must give Protocol instances, got {item!r}."
        raise ContractError(msg)
    changeable = {f.name for f in fields(item)} - {"name", "paper", "settings"}
    for name in item.settings:
        if name not in changeable:
            msg = f"{label(item)}: {name!r} cannot be a setting; choose among {sorted(changeable)}."
            raise ContractError(msg)


def check_name(item: object) -> None:
    """Check that an item has a public id: lower case, digits, joined by ``-``, ``_`` or ``+``."""
    name = getattr(item, "name", None)
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        msg = (
            f"{label(item)}: name must be lower-case letters and digits joined by '-', '_' or '+', "
            f"got {name!r}."
        )
        raise ContractError(msg)


def check_text(item: object, attribute: str) -> None:
    """Check that an attribute of an item is a text with something in it."""
    text = getattr(item, attribute, None)
    if not (isinstance(text, str) and text.strip()):
        msg = f"{label(item)}: {attribute} must be a non-empty text, got {text!r}."
        raise ContractError(msg)


def label(item: object) -> str:
    """Name an item for a message: the class, or an instance by its own name."""
    if isinstance(item, type):
        return item.__qualname__
    return f"{type(item).__name__} {getattr(item, 'name', '')!r}"
