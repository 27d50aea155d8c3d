"""The hooks: what a plugin may implement, one function per kind of thing.

A plugin is a module (or an object) named by an entry point of the group ``prunebench``. It marks
its functions with `prunebench.api.hookimpl` and implements those it needs.
"""

from prunebench.contracts.dataset import Dataset
from prunebench.contracts.hook import hookspec
from prunebench.contracts.method import Method
from prunebench.contracts.metric import Metric
from prunebench.contracts.model import Model
from prunebench.contracts.observer import StageEvent
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.report_template import ReportTemplate


@hookspec
def prunebench_methods() -> list[type[Method]]:  # type: ignore[empty-body] # a specification
    """Offer pruning methods.

    Returns
    -------
    list of Method classes
        Classes, not instances: the host makes the instance from the settings a person wrote.
    """


@hookspec
def prunebench_models() -> list[type[Model]]:  # type: ignore[empty-body] # a specification
    """Offer network families.

    Returns
    -------
    list of Model classes
        Classes, not instances.
    """


@hookspec
def prunebench_datasets() -> list[type[Dataset]]:  # type: ignore[empty-body] # a specification
    """Offer data sets.

    Returns
    -------
    list of Dataset classes
        Classes, not instances; nothing is read or downloaded here.
    """


@hookspec
def prunebench_protocols() -> list[Protocol]:  # type: ignore[empty-body] # a specification
    """Offer retraining protocols.

    Returns
    -------
    list of Protocol
        Instances: a protocol is data.
    """


@hookspec
def prunebench_metrics() -> list[type[Metric]]:  # type: ignore[empty-body] # a specification
    """Offer metrics: numbers that a network's outputs for the test images give.

    Returns
    -------
    list of Metric classes
        Classes, not instances: the host makes the instance from the settings a person wrote.
    """


@hookspec
def prunebench_report_templates() -> list[ReportTemplate]:  # type: ignore[empty-body] # a specification
    """Offer report templates: pages that are written from a report's values.

    Returns
    -------
    list of ReportTemplate
        Instances: a template is data. ``prunebench report --template NAME`` writes its pages.
    """


@hookspec
def prunebench_stage_event(event: StageEvent) -> None:
    """Hear what happens to the stages of a run, such as for a progress display.

    An observer that raises is reported once and hears no more; the run goes on.

    Parameters
    ----------
    event
        What happened, and to which stage.
    """
