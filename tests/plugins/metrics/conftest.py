"""Outputs of networks, drawn by hypothesis."""

import numpy as np
import pytest
from hypothesis import strategies as st

from prunebench.api import Outputs, Tested

CLASSES = 4


@pytest.fixture(scope="session")
def tests():
    """Give a strategy of tests with a few images each, and a dense network beside."""
    probability = st.floats(0.0, 1.0, width=32)
    one_class = st.integers(0, CLASSES - 1)
    image = st.tuples(one_class, one_class, probability, one_class, probability)
    return st.lists(image, min_size=1, max_size=60).map(tested_of)


def tested_of(images):
    """Turn (label, class, confidence, dense class, dense confidence) of each into a test."""
    labels, classes, confidence, dense, sure = map(np.array, zip(*images, strict=True))
    return Tested(
        labels=labels,
        classes=classes,
        confidence=confidence,
        class_count=CLASSES,
        reference=Outputs(dense, sure),
    )
