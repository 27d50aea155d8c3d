"""What every protocol must be: consistent data."""

from collections.abc import Mapping
from dataclasses import asdict, fields

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.core.digest import canonical
from prunebench.testing.claim import claim

MEANT_FOR: Mapping[str, frozenset[Start | Budget]] = {
    "length": frozenset({Budget.FINETUNE}),
    "lr": frozenset({Budget.FINETUNE}),
    "cap": frozenset({Budget.SAME_COMPUTE}),
    "add_finetune": frozenset({Budget.SAME_COMPUTE}),
    "scale": frozenset({Start.REDRAW}),
    "draws": frozenset({Start.REDRAW, Start.NARROW}),
}
"""Fields that mean something only for some starts or budgets."""


def check_fields_are_values(protocol: Protocol) -> None:
    """Check that start and budget are of their enumerations, and all can be written as JSON."""
    said = f"protocol {protocol.name!r}"
    claim(
        f"{said}: start is {protocol.start!r}, expected one of {[str(start) for start in Start]}.",
        holds=isinstance(protocol.start, Start),
        mend="Write Start.TRAINED or another member.",
    )
    claim(
        f"{said}: budget is {protocol.budget!r}, expected one of {[str(each) for each in Budget]}.",
        holds=isinstance(protocol.budget, Budget),
        mend="Write Budget.FINETUNE or another member.",
    )
    claim(
        f"{said} cannot be written as JSON.",
        holds=bool(canonical(asdict(protocol))),
        mend="Use plain numbers and texts.",
    )
    claim(
        f"{said}: draws is {protocol.draws}, expected at least 1.",
        holds=protocol.draws >= 1,
        mend="Leave it out for one.",
    )


def check_fields_are_meant(protocol: Protocol) -> None:
    """Check that a field without meaning here has its default and is no setting."""
    defaults = {f.name: f.default for f in fields(protocol)}
    for name, homes in MEANT_FOR.items():
        if homes & {protocol.start, protocol.budget}:
            continue
        untouched = getattr(protocol, name) == defaults[name] and name not in protocol.settings
        where = " or ".join(sorted(homes))
        claim(
            f"protocol {protocol.name!r}: {name} means something only with {where}.",
            holds=untouched,
            mend="Leave it out, and out of settings.",
        )


CHECKS = (check_fields_are_values, check_fields_are_meant)
