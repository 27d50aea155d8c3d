"""Rows and claims of the size of a test."""

import pytest

from prunebench.claims.file import parse_claims
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

CLAIM = """
[[claims]]
id = "C1"
title = "the ticket is better"
papers = "Nobody 2020"
[claims.{tier}]
benchmark = "bench"
{entry}
"""


@pytest.fixture
def make_row():
    """Give a factory of rows: only what a test is about needs to be said."""

    def make(**given):
        row = {
            "status": "ok",
            "dataset": "digits",
            "model": "mlp",
            "method": "magnitude",
            "protocol": "ticket",
            "recipe": "smoke",
            "target": "0.2",
            "seed": 0,
            "draw": 0,
        } | given
        ids = {name: row[name].partition("[")[0] for name in ("method", "protocol")}
        told = ("dataset", "model", "method", "protocol", "recipe", "target", "seed", "draw")
        trial = " ".join(str(row[name]) for name in told)
        return Measurement(
            **{"trial": trial, "method_id": ids["method"], "protocol_id": ids["protocol"]} | row
        )

    return make


@pytest.fixture
def make_dense(make_row):
    """Give a factory of rows of the unpruned network."""

    def make(**given):
        return make_row(**{"method": "dense", "protocol": "dense", "target": ""} | given)

    return make


@pytest.fixture
def make_cell(make_row):
    """Give a factory of the rows of a cell: one per seed, with accuracies in percent."""

    def make(accuracies, **given):
        return [
            make_row(seed=seed, test_accuracy_last=accuracy / 100, **given)
            for seed, accuracy in enumerate(accuracies)
        ]

    return make


@pytest.fixture
def make_claim():
    """Read one claim from the body of its entry."""

    def make(entry, tier="t2"):
        (claim,) = parse_claims(CLAIM.format(tier=tier, entry=entry), "claims.toml").claims
        return claim

    return make


@pytest.fixture
def make_record():
    """Give a factory of the records of runs."""

    def make(claims=None, **experiment):
        return RunRecord(
            id="20260101-000000-abcdef",
            created="2026-01-01T00:00:00+00:00",
            command="prunebench run",
            experiment=experiment,
            stages={},
            trainings_naive=0,
            trainings_planned=0,
            claims=claims or {},
        )

    return make
