"""Write the parts of methods.md that are read from the code: ``cog -r docs/methods.md``."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

from generate import DISTRIBUTION, TYPED, setting_row, table

from prunebench.api import ChannelGroup, Density, Granularity, Method
from prunebench.cli.summary import settings
from prunebench.contracts.settings import describe_settings
from prunebench.plugin.registry import Registry, load_registry

SURVEY = (
    "obd",
    "magnitude",
    "magnitude-iterative",
    "l1filter",
    "thinet",
    "lasso",
    "slimming",
    "sss",
)
"""The methods that the survey compares, in its order."""

KINDS: Mapping[str, ChannelGroup] = {
    "channels": ChannelGroup("inner", 2, ()),
    "joined channels": ChannelGroup("joined", 2, (), joined=True),
    "selections": ChannelGroup("selection", 2, (), kind="selection"),
    "residual branches": ChannelGroup("block", 1, (), kind="block"),
    "residual streams": ChannelGroup("stream", 2, (), coupled=True),
}
"""One group of each kind, to ask a method what it prunes."""


def overview() -> str:
    """Compare all methods of this distribution in one table: the survey's first."""
    registry = load_registry()
    headers = ("Method", "Prunes", "Widths of the layers", "Looks at", "Trains", "Source")
    return table(headers, [row(registry.method(name).item) for name in ordered(registry)])


def ordered(registry: Registry) -> tuple[str, ...]:
    """List our methods: the survey's in its order, then the others by name."""
    ours = {
        name
        for name in registry.names("method")
        if registry.method(name).origin.distribution == DISTRIBUTION
    }
    assert ours.issuperset(SURVEY)
    return (*SURVEY, *sorted(ours.difference(SURVEY)))


def row(owner: type[Method]) -> tuple[str, ...]:
    """Write one method's row."""
    link = f"[`{owner.name}`](#{owner.name})"
    return link, units(owner), widths(owner()), looks(owner), trains(owner()), owner.paper


def units(owner: type[Method]) -> str:
    """Say what is pruned with default settings: weights, or kinds of channel groups."""
    if owner.granularity is Granularity.WEIGHT:
        return "weights"
    return ", ".join(kind for kind, group in KINDS.items() if owner().applies_to(group))


def widths(method: Method) -> str:
    """Say who decides how much of each layer stays."""
    if method.search() is not None:
        return "found, by a penalty"
    return "found, by one ranking" if method.scope == "global" else "given"


def looks(owner: type[Method]) -> str:
    """Say what the scores are made from, besides the weights."""
    known = {setting.name: setting.default for setting in describe_settings(owner)}
    network = "initial weights" if owner.scores_at == "init" else "trained weights"
    images = known.get("samples", known.get("images"))
    if images is None:
        return network
    positions = f", {known['positions']} positions each" if "positions" in known else ""
    return f"{network}, {images} images{positions}"


def trains(method: Method) -> str:
    """Say what is trained besides the shared dense network and the retraining."""
    return "; ".join(trainings(method)) or "nothing"


def trainings(method: Method) -> Iterator[str]:
    """Walk over the trainings that a method needs for itself, with default settings."""
    if method.regularizer() is not None:
        yield "a dense network of its own"
    search = method.search()
    if search is not None:
        yield f"up to {search.runs} short ones to reach a density"
    if getattr(method, "between", "nothing") != "nothing":
        yield f"between rounds ({method.between})"  # type: ignore[attr-defined] # as just asked


def method(name: str) -> str:
    """Describe one method: facts, settings, plans."""
    owner = load_registry().method(name).item
    lines = [f"- {key}: {value}" for key, value in facts(owner)]
    rows: list[Any] = settings(owner)
    return "\n".join(["\n".join(lines), "", table(TYPED, map(setting_row, rows))])


def facts(owner: type[Method]) -> Iterator[tuple[str, str]]:
    """Walk over what the class says of itself."""
    yield "source", owner.paper
    yield "granularity", str(owner.granularity)
    if owner.granularity is Granularity.CHANNEL:
        yield "prunes by default", units(owner)
    yield "scope", scope(owner)
    if owner.scores_at == "init":
        yield "scores", "before training"
    if owner.needs:
        yield "needs", ", ".join(sorted(owner.needs))
    if owner.control_for:
        yield "control for", ", ".join(sorted(owner.control_for))
    if owner.plans:
        yield "plans", ", ".join(map(plan, owner.plans.items()))


def scope(owner: type[Method]) -> str:
    """Say how units are ranked, and whether people may choose."""
    if owner().search() is not None:
        return "none; what scores above zero stays"
    choices = get_args(get_type_hints(owner)["scope"])
    settable = any(setting.name == "scope" for setting in describe_settings(owner))
    others = ", ".join(choice for choice in choices if choice != owner.scope)
    return f"{owner.scope} (or {others})" if settable else str(owner.scope)


def plan(item: tuple[str, Mapping[str, int] | Density]) -> str:
    """Write a plan's name; with its share where it is one."""
    name, kept = item
    return f"`{name}` (keeps {kept.value:.0%})" if isinstance(kept, Density) else f"`{name}`"
