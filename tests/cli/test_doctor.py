"""``prunebench doctor``: what of a model can be pruned, and by which methods."""

import json

import pytest

from prunebench.core.cost import narrow_cost
from prunebench.core.layout import ChannelGroup, Span
from prunebench.experiment.choice import Choice
from prunebench.experiment.schema import validate
from prunebench.plan.checkup import span_text, whole
from prunebench.plan.problem import make_problem
from prunebench.plugin.registry import load_registry

TWIST = '''
import torch
from torch import nn
from prunebench.api import Model, hookimpl


class Twisted(nn.Module):
    """Adds a map to its own mirror image, over channels: no channel can go alone."""

    def __init__(self, channels, classes):
        super().__init__()
        self.first = nn.Conv2d(channels, 6, 3)
        self.last = nn.Linear(6, classes)

    def forward(self, images):
        found = torch.relu(self.first(images)).mean((2, 3))
        return self.last(found + found.flip(1))


class Twist(Model):
    """A model that declares no groups."""

    name, paper = "twist", "Nobody 2020"

    def build(self, shape, classes):
        return Twisted(shape[0], classes)


@hookimpl
def prunebench_models():
    return [Twist]
'''


@pytest.fixture
def facts(prunebench):
    """Give a function that runs the doctor with --json."""

    def ask(*words):
        done = prunebench("doctor", *words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return ask


def method(found, name):
    """Find what is said of one method."""
    return next(entry for entry in found["methods"] if entry["method"] == name)


def test_sizes_are_the_networks_own(facts):
    """Layers, weights and multiply-adds are counted from the built network."""
    network = load_registry().model("smallconv").item(width=4).build((1, 8, 8), 10)
    found = facts("--model", "smallconv[width=4]", "--method", "magnitude")
    sizes = {layer["name"]: layer["weights"] for layer in found["layers"]}

    assert sizes == {
        name.removesuffix(".weight"): tensor.numel()
        for name, tensor in network.named_parameters()
        if name.endswith("weight") and tensor.dim() > 1
    }
    assert found["params"] == sum(p.numel() for p in network.parameters())
    assert found["prunable"] == sum(sizes.values())
    assert [group["name"] for group in found["groups"]] == ["conv1", "conv2", "conv3"]
    assert found["groups"][2]["consumers"] == [{"module": "fc", "offset": 0, "repeat": 4}]


def test_every_method_is_tried_by_default(facts):
    """Without --method each registered one is told of, applicable or with its reason."""
    found = facts("--model", "smallconv[width=4]")

    assert {entry["method"] for entry in found["methods"]} == set(load_registry().names("method"))
    for entry in found["methods"]:
        assert entry["applicable"] is not bool(entry["reason"])


def test_streams_and_blocks_stay_whole_unless_asked_for(facts):
    """What a method leaves whole is named with its kind; a setting brings streams into play."""
    words = ("--model", "resnet[depth=8]", "--method", "l1filter,l1filter[coupled=true]")
    found = facts(*words)
    plain, coupled = found["methods"]
    kinds = {group["name"]: group["kind"] for group in found["groups"]}

    assert plain["left_whole"] == {n: k for n, k in kinds.items() if k != "channel"}
    assert set(plain["left_whole"].values()) == {"residual stream", "block"}
    assert set(coupled["left_whole"].values()) == {"block"}
    assert coupled["smallest_density"] < plain["smallest_density"]


def test_the_smallest_density_is_that_of_one_channel_each(facts, tmp_path):
    """The floor is what is left when each group in play keeps its floor."""
    found = facts("--model", "smallconv[width=4]", "--method", "l1filter,l1filter[min_keep=2]")
    asked = validate({"model": ["smallconv[width=4]"]}, "test")
    problem = make_problem(
        load_registry(), asked, (Choice("digits"), Choice("smallconv", {"width": 4})), tmp_path
    )
    for entry, floor in zip(found["methods"], (1, 2), strict=True):
        kept = {group.name: floor for group in problem.layout.groups}
        expected = narrow_cost(problem.layout, kept).prunable / problem.layout.prunable_size
        assert entry["smallest_density"] == pytest.approx(expected)
    # 9 + 9 + 9 weights of one-channel convolutions and 10 x 4 of the classifier
    assert found["methods"][0]["smallest_density"] == pytest.approx(67 / found["prunable"])


def test_what_does_not_apply_has_its_reason(facts):
    """A method that needs batch norms says so of a network without."""
    found = facts("--model", "conv2", "--method", "slimming,l1filter")

    assert not method(found, "slimming")["applicable"]
    assert "batch norm" in method(found, "slimming")["reason"]
    assert method(found, "l1filter")["applicable"]


def test_refused_layers_have_their_reason(facts, prunebench, strangers):
    """Where tracing finds no safe cut, layer and method both say why."""
    strangers.install("twist", ["twist = twist_one"], {"twist_one.py": TWIST})
    found = facts("--model", "twist", "--method", "l1filter,magnitude")
    said = prunebench("doctor", "--model", "twist", "--method", "l1filter").stdout
    first, last = found["layers"]

    assert first["by_channel"] == []
    assert first["whole"] == found["refused"]["first"]
    assert last["whole"] == "writes the class scores"
    assert "none of twist can be cut safely: 'first'" in method(found, "l1filter")["reason"]
    assert method(found, "magnitude")["applicable"]
    assert "No channel groups." in said
    assert found["refused"]["first"] in said


def test_what_the_recipe_leaves_out_is_told(prunebench):
    """Linear layers of a VGG are not in its recipe's prunable set, and its channels are cut."""
    done = prunebench("doctor", "--model", "vgg16", "--dataset", "cifar10", "--method", "l1filter")
    title, layers, groups, methods = done.stdout.split("\n\n")
    [fc1] = (line for line in layers.splitlines() if line.startswith("fc1 "))

    assert done.exit_code == 0, done.output
    assert "313,463,808 multiply-adds" in title
    assert fc1.split()[1:5] == ["linear", "512x512", "262,144", "262,144"]
    assert fc1.endswith("no: the recipe leaves it out  fc1")
    assert groups.splitlines()[-1].split() == ["fc1", "channel", "512", "fc1", "fc2"]
    assert methods.splitlines()[-1].split()[:3] == ["l1filter", "channel", "yes"]


@pytest.mark.parametrize("words", [("--model", "smalcon"), ("--dataset", "digit")])
def test_unknown_names_are_one_sentence(prunebench, words):
    """As everywhere, a misspelt name suggests the nearest."""
    done = prunebench("doctor", *words)

    assert done.exit_code == 2
    assert "did you mean" in done.stderr


def test_a_model_that_cannot_take_the_images_is_told_of(prunebench):
    """Images that are too small for a model end with the model's own sentence."""
    done = prunebench("doctor", "--model", "mobilenet_v2")

    assert done.exit_code == 2
    assert "mobilenet_v2 takes images of 3 channels" in done.stderr


def test_undeclared_outputs_have_a_reason(registry_problem):
    """A layer that neither a group nor the tracer names is the model's choice."""
    layer = next(layer for layer in registry_problem.layout.layers if not layer.output)

    assert whole(registry_problem, layer, []) == "the model declares no group for its outputs"
    assert whole(registry_problem, layer, ["conv1"]) == ""


@pytest.fixture
def registry_problem(tmp_path):
    """Describe the default model on the digits."""
    return make_problem(load_registry(), validate({}, "test"), (Choice("digits"), None), tmp_path)


def test_spans_read_as_a_person_writes_them():
    """Offsets and repeats are shown only where there are some."""
    group = ChannelGroup("a", 2, (Span("a", 4, 3),))

    assert span_text(group.producers[0]) == "a[4:] (x3)"
