"""Preprocessing as part of keys."""

from prunebench.core.digest import canonical
from prunebench.training.images import Preprocessing


def test_record_is_canonical_json():
    """Every number that decides inputs is in the record."""
    record = Preprocessing(255.0, (0.5, 0.25), (1.0, 2.0)).record()

    assert canonical(record) == '{"mean":[0.5,0.25],"scale":255.0,"std":[1.0,2.0]}'
