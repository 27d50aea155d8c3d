import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from safetensors.torch import save as save_torch

from prunebench.bundle.archive import read_bundle, write_bundle
from prunebench.bundle.check import check_bundle
from prunebench.bundle.forms.weights import weights_digest
from prunebench.run.digests import tensors_digest

TENSORS = {
    "fc.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "bn.num_batches_tracked": torch.tensor(7),
    "half": torch.ones(3, dtype=torch.float16),
    "double": torch.zeros(1, 2, 3, dtype=torch.float64),
    "mask": torch.tensor([True, False]),
    "bytes": torch.tensor([1, 2], dtype=torch.uint8),
    "short": torch.tensor([-1], dtype=torch.int16),
}


def test_the_digest_is_that_of_the_tensors():
    """What numpy computes of a file is what torch computed of the network."""
    assert weights_digest(save_torch(TENSORS)) == tensors_digest(TENSORS)


def test_a_type_without_counterpart_is_refused():
    """bfloat16 is refused with its name and what can be read instead."""
    with pytest.raises(ValueError, match=r"'BF16'; save it as one of .*F32"):
        weights_digest(save_torch({"w": torch.ones(2, dtype=torch.bfloat16)}))


def header(document, body=b""):
    """Write a file with any header."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return len(text).to_bytes(8, "little") + text + body


def tensor(begin, end, shape, kind="F32"):
    """Say of a tensor what a header says."""
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        (2**63).to_bytes(8, "little"),
        header(b"{"),
        header(b"[]"),
        header(b"[" * 100_000),
        header({"w": 1}),
        header({"w": tensor(0, 4, [1], kind="F8_E4M3")}, bytes(4)),
        header({"w": tensor(0, 4, [1], kind=["F32"])}, bytes(4)),
        header({"w": tensor(0, 4, [2])}, bytes(4)),
        header({"w": tensor(0, 4, [1])}, bytes(5)),
        header({"w": tensor(0, 4, [1])}, bytes(3)),
        header({"w": tensor(1, 5, [1])}, bytes(5)),
        header({"a": tensor(0, 4, [1]), "b": tensor(0, 4, [1])}, bytes(4)),
        header({"w": tensor(0, 4, [-1, -1])}, bytes(4)),
        header({"w": tensor(0, 4, [True])}, bytes(4)),
        header({"w": tensor(0, 0, [0] * 17)}),
        header(b'{"w":1,"w":2}'),
        header({"w": tensor(0, 4, [2**60, 2**60])}, bytes(4)),
    ],
)
def test_damage_is_a_sentence(data):
    """A header that is none, or tensors that overlap or leave gaps, are refused."""
    with pytest.raises(ValueError, match=r"\w"):
        weights_digest(data)


@pytest.fixture
def weighed(make_bundle):
    """Give a bundle with the weights of all rows."""
    bundle = make_bundle(seeds=1, densities=(0.5,))
    data = {
        e.row.trial: save({"w": np.full(3, i, np.float32)}) for i, e in enumerate(bundle.entries)
    }
    digests = {trial: weights_digest(file) for trial, file in data.items()}
    rows = [replace(e.row, weights_digest=digests[e.row.trial]) for e in bundle.entries]
    entries = [
        replace(e, row=row, dense_weights=digests[e.dense] if e.dense else "")
        for e, row in zip(bundle.entries, rows, strict=True)
    ]
    facts = replace(bundle.manifest, weights=True)
    return replace(bundle, manifest=facts, entries=tuple(entries), weights=data)


def test_weights_travel_with_their_bundle(weighed, tmp_path):
    """Weights that are those of their rows are accepted, and read back as they were."""
    path = write_bundle(weighed, tmp_path)

    assert check_bundle(path).findings == ()
    assert read_bundle(path).weights == weighed.weights


def test_other_weights_are_found(weighed, tmp_path):
    """Weights of another network than the row was tested on are found; damaged ones too."""
    first, second = weighed.weights
    other = replace(weighed, weights={first: weighed.weights[second], second: b"junk"})
    got = {f.trial: f.field for f in check_bundle(write_bundle(other, tmp_path)).findings}

    assert got == {first: "weights_digest", second: "content"}
