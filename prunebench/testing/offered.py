"""What everything that a plugin offers must be: named, cited, described, with sound settings."""

import json
from typing import TypeAlias

from prunebench.contracts.dataset import Dataset
from prunebench.contracts.method import Method
from prunebench.contracts.metric import Metric
from prunebench.contracts.model import Model
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.report_template import ReportTemplate
from prunebench.contracts.settings import configure, describe_settings, resolved
from prunebench.plugin.contract import check_offer
from prunebench.plugin.offer import Kind
from prunebench.testing.claim import claim

Item: TypeAlias = (
    type[Method] | type[Model] | type[Dataset] | type[Metric] | Protocol | ReportTemplate
)
"""What a plugin offers."""


def kind_of(item: Item) -> Kind:
    """Say what an item is."""
    if isinstance(item, Protocol):
        return "protocol"
    if isinstance(item, ReportTemplate):
        return "template"
    if issubclass(item, Method):
        return "method"
    if issubclass(item, Metric):
        return "metric"
    return "model" if issubclass(item, Model) else "dataset"


def check_identity(item: Item) -> None:
    """Check that an item has a usable name, a cited source, and a description."""
    check_offer(kind_of(item), item)
    text = (item.__doc__ or "").strip()
    # a dataclass without a docstring is given its signature
    is_written = bool(text) and not text.startswith(f"{getattr(item, '__name__', '')}(")
    claim(
        f"{item.name} needs a docstring; found none.",
        holds=is_written,
        mend="Say in its first line what it does; prunebench show prints it.",
    )


def check_settings(owner: type[Method] | type[Model] | type[Dataset] | type[Metric]) -> None:
    """Check that every setting says what it means, is valid, and survives being JSON."""
    bare = [setting.name for setting in describe_settings(owner) if not setting.help.strip()]
    claim(
        f"{owner.__name__}: {', '.join(bare)} needs a help text.",
        holds=not bare,
        mend="Write name: type = setting(default, 'what it means, units and range').",
    )
    default = owner()
    written = json.loads(json.dumps(resolved(default)))
    again = configure(owner, kind_of(owner), owner.name, written)
    claim(
        f"{owner.__name__}: settings change when written as JSON and read again; "
        f"{resolved(default)} become {resolved(again)}.",
        holds=again == default,
        mend="Use bool, int, float, str or Literal, and defaults of the declared type.",
    )
