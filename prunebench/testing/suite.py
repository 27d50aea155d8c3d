"""The checks of each kind, put together for pytest and for one call."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from prunebench.contracts.dataset import Dataset
from prunebench.contracts.method import Method
from prunebench.contracts.model import Model
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.settings import configure, describe_settings, resolved
from prunebench.errors import DataError
from prunebench.plugin.contract import check_offer
from prunebench.plugin.offer import Kind
from prunebench.testing import datasets, methods, models, protocols
from prunebench.testing.claim import claim

if TYPE_CHECKING:
    import pytest

Item: TypeAlias = type[Method] | type[Model] | type[Dataset] | Protocol
"""What a plugin offers."""


@dataclass(frozen=True)
class Check:
    """One claim about one item; calling it raises where the claim does not hold.

    Parameters
    ----------
    subject
        The item's public id.
    name
        What is checked.
    run
        The check itself.
    """

    subject: str
    name: str
    run: Callable[[], None]

    def __call__(self) -> None:
        """Run the check; it raises where the claim does not hold."""
        self.run()


def checks_for(item: Item, data_dir: Path | None = None) -> tuple[Check, ...]:
    """Give every check that applies to an item.

    Parameters
    ----------
    item
        A method, model or data set class, or a protocol.
    data_dir
        Where a data set finds its files; ``$PRUNEBENCH_DATA``, or ``data``, if None.

    Raises
    ------
    ContractError
        When a check is called and does not hold.
    DataError
        When a check of a data set is called and its files are not there.
    """
    folder = data_dir or Path(os.environ.get("PRUNEBENCH_DATA", "data"))
    bound: list[partial[None]] = [partial(check_identity, item)]
    if isinstance(item, Protocol):
        bound += [partial(check, item) for check in protocols.CHECKS]
    else:
        bound.append(partial(check_settings, item))
        if issubclass(item, Method):
            bound += [partial(check, item) for check in methods.CHECKS]
        elif issubclass(item, Model):
            bound += [partial(check, item) for check in models.CHECKS]
        else:
            bound += [partial(check, item, folder) for check in datasets.CHECKS]
    return tuple(Check(item.name, b.func.__name__.removeprefix("check_"), b) for b in bound)


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


def run_all(item: Item, data_dir: Path | None = None) -> None:
    """Run every check on an item."""
    for check in checks_for(item, data_dir):
        check()


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
        Name of a check, such as ``"permutation"``, to the reason why it fails; it must then fail.
    data_dir
        As in `checks_for`; checks of a data set without its files are skipped.

    Examples
    --------
    >>> @parametrize_with_checks([])
    ... def test_conformance(check):
    ...     check()
    """
    import pytest

    reasons = expected_to_fail or {}
    cases = [
        pytest.param(
            partial(run_or_skip, check),
            id=f"{check.subject}-{check.name}",
            marks=(pytest.mark.xfail(reason=reasons[check.name], strict=True),)
            if check.name in reasons
            else (),
        )
        for item in items
        for check in checks_for(item, data_dir)
    ]
    return pytest.mark.parametrize("check", cases)


def run_or_skip(check: Check) -> None:
    """Run a check under pytest; skip it where a data set's files are not there."""
    import pytest

    try:
        check()
    except DataError as error:
        pytest.skip(str(error))


def check_identity(item: Item) -> None:
    """Check that an item has a usable name, a cited source, and a description."""
    check_offer(kind_of(item), item)
    text = (item.__doc__ or "").strip()
    # a dataclass without a docstring is given its signature
    is_written = bool(text) and not text.startswith(f"{getattr(item, '__name__', '')}(")
    claim(f"{item.name} needs a docstring.", holds=is_written)


def kind_of(item: Item) -> Kind:
    """Say what an item is."""
    if isinstance(item, Protocol):
        return "protocol"
    if issubclass(item, Method):
        return "method"
    return "model" if issubclass(item, Model) else "dataset"


def check_settings(owner: type[Method] | type[Model] | type[Dataset]) -> None:
    """Check that every setting says what it means, and survives being written as JSON."""
    bare = [setting.name for setting in describe_settings(owner) if not setting.help.strip()]
    claim(f"{owner.__name__}: {', '.join(bare)} needs a help text.", holds=not bare)
    default = owner()
    written = json.loads(json.dumps(resolved(default)))
    again = configure(owner, kind_of(owner), owner.name, written)
    claim(f"{owner.__name__}: settings change when written as JSON.", holds=again == default)
