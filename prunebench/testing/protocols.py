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
    claim(f"start is {protocol.start!r}.", holds=isinstance(protocol.start, Start))
    claim(f"budget is {protocol.budget!r}.", holds=isinstance(protocol.budget, Budget))
    claim("the protocol cannot be written as JSON.", holds=bool(canonical(asdict(protocol))))
    claim(f"draws must be at least 1, got {protocol.draws}.", holds=protocol.draws >= 1)


def check_fields_are_meant(protocol: Protocol) -> None:
    """Check that a field without meaning here has its default and is no setting."""
    defaults = {f.name: f.default for f in fields(protocol)}
    for name, homes in MEANT_FOR.items():
        if homes & {protocol.start, protocol.budget}:
            continue
        untouched = getattr(protocol, name) == defaults[name] and name not in protocol.settings
        where = " or ".join(sorted(homes))
        claim(f"{name} means something only with {where}.", holds=untouched)


CHECKS = (check_fields_are_values, check_fields_are_meant)
