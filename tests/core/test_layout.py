"""Layouts answer from plain data."""

import pytest

from prunebench.errors import IncompatibleError


def test_sizes(pair_layout):
    """Weights, parameters and multiply-adds of layers and of the whole, worked out by hand."""
    assert [layer.size for layer in pair_layout.layers] == [36, 216, 288]
    assert [layer.macs for layer in pair_layout.layers] == [576, 3456, 288]
    assert (pair_layout.prunable_size, pair_layout.params, pair_layout.macs) == (540, 559, 4320)
    assert pair_layout.by_name["second"].shape == (6, 4, 3, 3)


def test_groups_are_found_by_name(pair_layout, pair_groups):
    """An unknown name is answered with the known ones."""
    assert pair_layout.group("second") == pair_groups[1]
    with pytest.raises(IncompatibleError, match="group 'third'; its groups are: first, second"):
        pair_layout.group("third")
