"""Whose numbers ours are compared with: parts of an experiment stand for published networks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import parse_choice
from prunebench.report.asked import PAPER_TIER, parts
from prunebench.report.grid import names
from prunebench.report.papers.recipes import is_recipe, recipe_of
from prunebench.report.tables.methods import inner
from prunebench.results.measurement import Measurement


@dataclass(frozen=True)
class Stand:
    """Networks of an experiment and the published one that they stand for.

    Parameters
    ----------
    datasets, models, methods, protocols
        What is asked for, as it is written; no models: the data set brought its own.
    dataset, model
        The publication's names.
    """

    datasets: tuple[str, ...]
    models: tuple[str, ...]
    methods: tuple[str, ...]
    protocols: tuple[str, ...]
    dataset: str
    model: str

    def covers(self, row: Measurement) -> bool:
        """Say whether a trial's network is one of them."""
        return covered(self.datasets, row.dataset, inner(row.settings, "dataset")) and (
            not self.models or covered(self.models, row.model, inner(row.settings, "model"))
        )


@dataclass(frozen=True)
class Asked:
    """What an experiment asked for, as far as it says whose numbers ours are compared with.

    Parameters
    ----------
    stands
        Networks that stand for published ones.
    recipes
        Labels of the parts' recipes, in their order.
    is_strict
        Whether a recipe with other learning rates than the published ones is never compared with
        them. A reduced tier stands in for another training anyway, and says so.
    """

    stands: tuple[Stand, ...]
    recipes: tuple[str, ...] = ()
    is_strict: bool = True

    def place(self, recipe: str) -> int:
        """Give the place of a trial's recipe among the parts; what none asked for comes last."""
        found = (n for n, known in enumerate(self.recipes) if is_recipe(known, recipe))
        return next(found, len(self.recipes))


def asked(experiment: Mapping[str, Json], more: Iterable[Stand] = ()) -> Asked:
    """Read what an experiment's parts stand for, and their recipes; `more` stands come after."""
    tier = experiment.get("tier")
    return Asked(
        (*stands(experiment), *more),
        tuple(map(recipe_of, parts(experiment))),
        is_strict=not tier or tier == PAPER_TIER,
    )


def stands(experiment: Mapping[str, Json]) -> list[Stand]:
    """List what parts of an experiment stand for; parts with equal networks are one.

    An experiment without parts is its own.
    """
    found: dict[tuple[object, ...], Stand] = {}
    for part in parts(experiment):
        made = stand(part)
        if made:
            key = (made.datasets, made.models, made.dataset, made.model)
            found[key] = joined(found.get(key, made), made)
    return list(found.values())


def joined(first: Stand, more: Stand) -> Stand:
    """Add what another part asks of the same networks."""
    return replace(
        first,
        methods=tuple(dict.fromkeys((*first.methods, *more.methods))),
        protocols=tuple(dict.fromkeys((*first.protocols, *more.protocols))),
    )


def stand(part: Mapping[str, Json]) -> Stand | None:
    """Read what one part stands for; None for nothing."""
    meant = inner(part, "stands_for")
    if not ("dataset" in meant and "model" in meant):
        return None
    return Stand(
        datasets=labels(part, "dataset"),
        models=labels(part, "model"),
        methods=labels(part, "methods"),
        protocols=labels(part, "protocols"),
        dataset=str(meant["dataset"]),
        model=str(meant["model"]),
    )


def labels(part: Mapping[str, Json], key: str) -> tuple[str, ...]:
    """Read one label, or a list of them."""
    found = part.get(key)
    return (found,) if isinstance(found, str) else tuple(names(part, key))


def stand_of(row: Measurement, known: Iterable[Stand]) -> Stand | None:
    """Find the first that a trial's network belongs to."""
    return next((stand for stand in known if stand.covers(row)), None)


def covered(written: Iterable[str], label: str, resolved: Mapping[str, Json]) -> bool:
    """Say whether one of some choices means a label."""
    return any(means(choice, label, resolved) for choice in written)


def means(written: str, label: str, resolved: Mapping[str, Json]) -> bool:
    """Say whether a choice, as somebody wrote it, means what a row calls by its label.

    A row's label leaves out what is the default, so what it does not say is looked up.

    Parameters
    ----------
    written, label
        Such as ``"random[scale=same]"`` and ``"random"``.
    resolved
        All settings, as the row has them.

    Examples
    --------
    >>> means("random[scale=same]", "random", {"scale": "same"})
    True
    """
    if written == label:
        return True
    try:
        choice, shown = parse_choice(written), parse_choice(label)
    except SpecError:
        return False
    settings = {**resolved, **inner(resolved, "settings"), **shown.settings}
    return choice.name == shown.name and all(
        key in settings and settings[key] == value for key, value in choice.settings.items()
    )


def rank(label: str, resolved: Mapping[str, Json], asked: Sequence[str]) -> tuple[int, str]:
    """Give the sort key of a label: where it was asked for; what was not comes last."""
    places = (place for place, text in enumerate(asked) if means(text, label, resolved))
    return next(places, len(asked)), label
