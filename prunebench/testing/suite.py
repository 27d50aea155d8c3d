"""The checks of each kind, put together for pytest and for one call."""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prunebench.contracts.dataset import Dataset
from prunebench.contracts.method import Method
from prunebench.contracts.metric import Metric
from prunebench.contracts.model import Model
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.report_template import ReportTemplate
from prunebench.errors import DataError
from prunebench.testing import (
    counts,
    datasets,
    degenerate,
    expected,
    leakage,
    methods,
    metrics,
    models,
    offered,
    protocols,
    removal,
    repairs,
    short_run,
    surroundings,
    templates,
    widths,
)
from prunebench.testing.check import Check
from prunebench.testing.claim import InapplicableError
from prunebench.testing.offered import Item, kind_of

if TYPE_CHECKING:
    import pytest

Bound: TypeAlias = "partial[None]"

OF_KIND: Mapping[str, tuple[Callable[..., None], ...]] = {
    "method": (
        *methods.CHECKS,
        *surroundings.CHECKS,
        *counts.CHECKS,
        *repairs.CHECKS,
        *removal.CHECKS,
        *degenerate.CHECKS,
        short_run.check_run_end_to_end,
    ),
    "model": (*models.CHECKS, *widths.CHECKS),
    "metric": metrics.CHECKS,
    "protocol": (*protocols.CHECKS, short_run.check_protocol_runs),
    "dataset": (*datasets.CHECKS, *leakage.CHECKS),
    "template": templates.CHECKS,
}


def checks_for(item: Item, data_dir: Path | None = None) -> tuple[Check, ...]:
    """Give every check that applies to an item's kind.

    Parameters
    ----------
    item
        A method, model, data set or metric class, a protocol, or a report template.
    data_dir
        Where a data set finds its files; ``$PRUNEBENCH_DATA``, or ``data``, if None.

    Raises
    ------
    ContractError
        When a check is called and does not hold; at once if the item's ``expected_to_fail`` names
        no check of its kind, or gives no reason.
    DataError
        When a check of a data set is called and its files are not there.
    InapplicableError
        When a check is called that has nothing to look at in this item.
    """
    kind = kind_of(item)
    bound: list[Bound] = [partial(offered.check_identity, item)]
    if not isinstance(item, Protocol | ReportTemplate):
        bound.append(partial(offered.check_settings, item))
    folder = (data_dir or Path(os.environ.get("PRUNEBENCH_DATA", "data")),)
    more = folder if kind == "dataset" else ()
    bound += [partial(check, item, *more) for check in OF_KIND[kind]]
    named = [(b.func.__name__.removeprefix("check_"), b) for b in bound]
    reasons = expected.reasons_of(item, [name for name, _ in named])
    return tuple(Check(item.name, name, b, reasons.get(name, "")) for name, b in named)


def check_method(owner: type[Method]) -> None:
    """Run every check on a method; the first that does not hold raises ContractError."""
    run_all(owner)


def check_model(owner: type[Model]) -> None:
    """Run every check on a model; the first that does not hold raises ContractError."""
    run_all(owner)


def check_dataset(owner: type[Dataset], data_dir: Path | None = None) -> None:
    """Run every check on a data set; raises ContractError, or DataError without its files."""
    run_all(owner, data_dir)


def check_protocol(protocol: Protocol) -> None:
    """Run every check on a protocol; the first that does not hold raises ContractError."""
    run_all(protocol)


def check_metric(owner: type[Metric]) -> None:
    """Run every check on a metric; the first that does not hold raises ContractError."""
    run_all(owner)


def check_template(template: ReportTemplate) -> None:
    """Run every check on a report template; the first that does not hold raises ContractError."""
    run_all(template)


def run_all(item: Item, data_dir: Path | None = None) -> None:
    """Run every check on an item; those that it expects to fail must."""
    for check in checks_for(item, data_dir):
        expected.run(check)


def parametrize_with_checks(
    items: Iterable[Item],
    expected_to_fail: Mapping[str, str] | None = None,
    data_dir: Path | None = None,
) -> "pytest.MarkDecorator":
    """Decorate a test function whose one argument is called with every check of every item.

    Parameters
    ----------
    items
        What to check.
    expected_to_fail
        Name of a check, such as ``"permutation"``, or of one item's check, such as
        ``"lamp-permutation"``, to the reason why it fails; it must then fail. What an item says
        itself, as a class attribute of the same name, counts too.
    data_dir
        As in `checks_for`; checks of a data set without its files are skipped, and so are those
        that have nothing to look at.

    Raises
    ------
    ContractError
        If a reason is empty, or is given for a check that there is not.

    Examples
    --------
    >>> @parametrize_with_checks([])
    ... def test_conformance(check):
    ...     check()
    """
    import pytest

    checks = [check for item in items for check in checks_for(item, data_dir)]
    cases = [
        pytest.param(
            partial(run_or_skip, check),
            id=check.label,
            marks=(pytest.mark.xfail(reason=check.reason, strict=True),) if check.reason else (),
        )
        for check in expected.with_reasons(checks, expected_to_fail or {})
    ]
    return pytest.mark.parametrize("check", cases)


def run_or_skip(check: Check) -> None:
    """Run a check under pytest; skip it where there is nothing to look at."""
    import pytest

    try:
        check()
    except (DataError, InapplicableError) as error:
        pytest.skip(str(error))
