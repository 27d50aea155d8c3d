"""Metrics in a plan: one stage for each network that is tested and each metric.

One for each trial would be fewer. But a stage takes some 20 ms with its files, beside a training of
seconds, and a tenth of a millisecond to plan; and so another metric, or an edit of one, computes no
other anew, one that fails takes no other with it, and a test that several trials share is measured
once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from prunebench.contracts.metric import Metric
from prunebench.contracts.settings import configure, resolved
from prunebench.core.digest import Fragment, Json
from prunebench.experiment.choice import Choice
from prunebench.plan.dense import Stages
from prunebench.plan.problem import Problem, label
from prunebench.plan.stage import Stage
from prunebench.plugin.offer import Offer
from prunebench.plugin.registry import Registry

DENSE = "dense"
"""What a metric may need beside the network's own outputs."""


@dataclass(frozen=True)
class Measure:
    """A metric with its settings, and whose it is."""

    offer: Offer[type[Metric]]
    metric: Metric

    @cached_property
    def label(self) -> str:
        """The metric as a person would type it, without defaults."""
        return label(self.offer.name, self.metric)

    @cached_property
    def record(self) -> Fragment:
        """What it contributes to a key."""
        return Fragment(
            {
                "name": self.offer.name,
                "settings": resolved(self.metric),
                "version": self.metric.version,
                "source": self.offer.source.digest,
            }
        )

    def facts(self) -> dict[str, Json]:
        """Give what a report must know to print its values."""
        metric = self.metric
        return {
            "paper": metric.paper,
            "unit": metric.unit,
            "scale": float(metric.scale),
            "decimals": metric.decimals,
            "direction": metric.direction,
        }


def configure_measures(registry: Registry, choices: Iterable[Choice]) -> tuple[Measure, ...]:
    """Look metrics up, each once; raises as the registry, and for settings as `configure`."""
    found: dict[str, Measure] = {}
    for choice in choices:
        offer = registry.metric(choice.name)
        metric = configure(offer.item, "metric", choice.name, choice.settings)
        measure = Measure(offer, metric)
        found.setdefault(measure.label, measure)
    return tuple(found.values())


def enter_measures(
    stages: Stages,
    problem: Problem,
    measures: Iterable[Measure],
    tests: tuple[str, str | None],
    title: str,
) -> dict[str, str]:
    """Enter the metrics of a network that is tested; gives the keys by label.

    Parameters
    ----------
    stages
        Where they are entered.
    problem
        Whose test images.
    measures
        The metrics.
    tests
        Keys of the evaluations: of the network, and of the dense one that it is compared with.
        Without the second, metrics that need it are left out.
    title
        What the network is called in the progress display.
    """
    network, dense = tests
    return {
        one.label: stages.enter(
            measure_stage(
                problem,
                one,
                (network, dense if DENSE in one.metric.needs else None),
                f"{one.label} of {title}",
            )
        )
        for one in measures
        if dense is not None or DENSE not in one.metric.needs
    }


def measure_stage(
    problem: Problem, measure: Measure, tests: tuple[str, str | None], title: str
) -> Stage:
    """Compute a metric of outputs that evaluations have left, and of the test images' labels."""
    network, dense = tests
    spec: dict[str, Json] = {
        "metric": measure.record,
        "data": problem.dataset_spec,
        "network": network,
        "dense": dense,
    }
    needs = (network,) if dense is None else (network, dense)
    return Stage("measure", spec, needs, title, place=problem.place)
