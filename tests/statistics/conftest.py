import pytest

from prunebench.results.frame import to_frame
from prunebench.results.measurement import Measurement

ACCURACY = "test_accuracy_last"


@pytest.fixture
def make_rows():
    """Give a factory of rows of one cell: a list of accuracies, one per seed from 0 on.

    None makes a diverged trial; a pair makes two draws.
    """

    def make(accuracies, **given):
        shared = {
            "trial": "t",
            "status": "ok",
            "dataset": "digits",
            "model": "mlp",
            "method": "magnitude",
            "protocol": "finetune",
            "recipe": "smoke",
            "target": "0.5",
        } | given
        ids = {"method_id": shared["method"], "protocol_id": shared["protocol"]}
        return [
            Measurement(**(ids | shared | seen(value) | {"seed": seed, "draw": draw}))
            for seed, values in enumerate(accuracies)
            for draw, value in enumerate(values if isinstance(values, tuple) else (values,))
        ]

    def seen(value):
        return {"status": "diverged"} if value is None else {ACCURACY: value}

    return make


@pytest.fixture
def make_frame(make_rows):
    """Give a factory of frames from ``(accuracies, coordinates)`` of several cells."""

    def make(*cells):
        return to_frame([row for values, given in cells for row in make_rows(values, **given)])

    return make
