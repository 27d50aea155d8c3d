"""Conformance checks, for built-ins and third parties alike.

In a plugin's test file::

    from prunebench.testing import parametrize_with_checks

    @parametrize_with_checks([MyMethod])
    def test_conformance(check):
        check()
"""

from prunebench.testing.check import Check
from prunebench.testing.metrics import make_tested
from prunebench.testing.suite import (
    check_dataset,
    check_method,
    check_metric,
    check_model,
    check_protocol,
    check_template,
    checks_for,
    parametrize_with_checks,
)
from prunebench.testing.tiny import make_subject, tiny_layout, tiny_network

__all__ = [
    "Check",
    "check_dataset",
    "check_method",
    "check_metric",
    "check_model",
    "check_protocol",
    "check_template",
    "checks_for",
    "make_subject",
    "make_tested",
    "parametrize_with_checks",
    "tiny_layout",
    "tiny_network",
]
