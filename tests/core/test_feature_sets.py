"""Disjoint sets of features, against an independent count of connected components."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import nn

from prunebench.core.feature_sets import Sets, block_of

EDGES = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), min_size=1, max_size=30)


class Node:
    """A node that can be told apart from others, as torch-pruning's can."""

    def __init__(self, module):
        self.module = module


@given(EDGES)
def test_sets_are_connected_components(edges):
    """Features belong together if a chain of shared features leads from one to the other."""
    node = Node(nn.Linear(20, 20))
    sets = Sets()
    for pair in edges:
        sets.add([(node, False, index) for index in pair])
    left, right = np.array(edges).T
    _, label = connected_components(
        coo_array((np.ones(len(edges)), (left, right)), shape=(20, 20)), directed=False
    )

    found = {frozenset(index for _, _, index in features) for features in sets.merged()}

    touched = {int(index) for pair in edges for index in pair}
    assert found == {frozenset(i for i in touched if label[i] == label[j]) for j in touched}


def test_block_goes_together():
    """What one block reads and writes is one set, even if nothing else connects it."""
    node = Node(nn.Conv2d(4, 6, 1, groups=2))
    sets = Sets()
    for reads, size in ((True, 4), (False, 6)):
        for index in range(size):
            sets.add([(node, reads, index)])

    found = {frozenset((reads, index) for _, reads, index in group) for group in sets.merged()}

    assert found == {
        frozenset([(True, 0), (True, 1), (False, 0), (False, 1), (False, 2)]),
        frozenset([(True, 2), (True, 3), (False, 3), (False, 4), (False, 5)]),
    }


def test_dense_kernels_have_no_blocks():
    """Only a convolution in blocks ties its inputs to its outputs."""
    assert block_of((Node(nn.Linear(4, 4)), True, 3)) is None
    assert block_of((Node(nn.Conv2d(4, 4, 1)), True, 3)) is None
    assert block_of((Node(nn.Conv2d(4, 8, 1, groups=4)), True, 3)) == 3
    assert block_of((Node(nn.Conv2d(4, 8, 1, groups=4)), False, 3)) == 1
