"""Checks that cannot hold for an item: declared with a reason, and held to failing."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from prunebench.errors import ContractError
from prunebench.plugin.unknown import suggestion
from prunebench.testing.claim import InapplicableError

if TYPE_CHECKING:
    from prunebench.testing.check import Check
    from prunebench.testing.offered import Item

ATTRIBUTE = "expected_to_fail"


def reasons_of(item: "Item", names: Sequence[str]) -> Mapping[str, str]:
    """Read what an item says of its own checks.

    Parameters
    ----------
    item
        Whose class attribute ``expected_to_fail`` may map names of checks to reasons.
    names
        The checks of its kind.

    Raises
    ------
    ContractError
        If it names another check, or gives no reason.
    """
    said = getattr(item, ATTRIBUTE, {})
    if not isinstance(said, Mapping):
        msg = f"{item.name}: {ATTRIBUTE} must map names of checks to reasons, got {said!r}."
        raise ContractError(msg)
    refuse(said, names, item.name)
    return said


def with_reasons(checks: Sequence["Check"], reasons: Mapping[str, str]) -> "list[Check]":
    """Add reasons that were given from outside, for a check of every item or of one.

    Raises
    ------
    ContractError
        If a reason is empty, or for a check that there is not.
    """
    names = {name for check in checks for name in (check.name, check.label)}
    refuse(reasons, names, ATTRIBUTE)
    return [
        replace(check, reason=reasons.get(check.label, reasons.get(check.name, check.reason)))
        for check in checks
    ]


def refuse(reasons: Mapping[str, str], names: Collection[str], who: str) -> None:
    """Refuse a reason that is none, or is for no check."""
    for name, reason in reasons.items():
        if name not in names:
            msg = f"{who} expects {name!r} to fail, which is no check{suggestion(name, names)}"
            raise ContractError(msg)
        if not str(reason).strip():
            msg = f"{who} expects {name!r} to fail and gives no reason; write why, in a sentence."
            raise ContractError(msg)


def run(check: "Check") -> None:
    """Run a check; one that is expected to fail must, and one with nothing to look at may.

    Raises
    ------
    ContractError
        If it holds against its plugin's word, or fails.
    """
    if not check.reason:
        with suppress(InapplicableError):
            check()
        return
    try:
        check()
    except Exception:  # noqa: BLE001 - it was to fail, in whichever way
        return
    raise ContractError(surprise(check))


def surprise(check: "Check") -> str:
    """Say that a check holds that was to fail."""
    return (
        f"{check.subject}: {check.name} holds, though it is expected to fail ({check.reason}); "
        f"take it out of {ATTRIBUTE}."
    )
