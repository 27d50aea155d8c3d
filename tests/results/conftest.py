import pytest

from prunebench.results.measurement import Measurement


@pytest.fixture
def make_row():
    """Give a factory of rows: only what a test is about needs to be said."""

    def make(**given):
        row = {
            "trial": "t0",
            "status": "ok",
            "dataset": "digits",
            "model": "mlp",
            "method": "magnitude",
            "protocol": "finetune",
            "method_id": "magnitude",
            "protocol_id": "finetune",
            "recipe": "smoke",
            "seed": 0,
        }
        return Measurement(**(row | given))

    return make
