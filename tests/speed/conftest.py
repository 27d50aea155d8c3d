"""The speed benchmarks are no part of the package: they are imported from the checkout."""

import sys
from pathlib import Path

import pytest

# Last, so that prunebench itself stays the installed one.
sys.path.append(str(Path(__file__).parents[2]))


@pytest.fixture
def tiny(tmp_path):
    """Give surroundings in which every case takes a few steps."""
    import torch

    from benchmarks.speed.case import Surroundings

    return Surroundings("tiny", torch.device("cpu"), tmp_path)
