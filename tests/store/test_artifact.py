import torch
from safetensors.torch import save

from prunebench.store.artifact import Artifact, grouped


def test_part_gives_one_group_by_name():
    """Groups are told apart by the first part of a tensor's name; names may hold slashes."""
    tensors = {"last/a.b": torch.ones(1), "last/c/d": torch.zeros(1), "lastly/a": torch.ones(2)}

    part = Artifact({}, tensors).part("last")

    assert set(part) == {"a.b", "c/d"}
    assert part["a.b"] is tensors["last/a.b"]


def test_grouped_is_the_inverse_of_part():
    """What goes in by group comes out by group."""
    last = {"weight": torch.arange(4.0), "steps": torch.tensor(3)}
    artifact = Artifact({}, grouped(last=last, selected={"weight": torch.zeros(4)}))

    assert {name: value.tolist() for name, value in artifact.part("last").items()} == {
        "weight": [0.0, 1.0, 2.0, 3.0],
        "steps": 3,
    }
    assert artifact.part("selected")["weight"].tolist() == [0.0] * 4


def test_shared_and_transposed_tensors_can_be_saved():
    """Safetensors refuses shared and non-contiguous memory; `grouped` gives neither."""
    tied = torch.arange(6.0).view(2, 3)

    tensors = grouped(last={"a": tied, "b": tied, "c": torch.arange(6.0).view(2, 3).T})

    assert len(save(tensors)) > 0
    assert tensors["last/b"].tolist() == tied.tolist()
    assert tensors["last/c"].tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
