"""What must hold for every model."""

from collections import Counter

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from prunebench.api import ChannelGroup, ChannelSelection, Span
from prunebench.core.cost import count
from prunebench.core.describe import describe
from prunebench.core.initialise import kernels, norms
from prunebench.errors import IncompatibleError


def outputs(module):
    """Count what a module writes."""
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        return module.num_features
    return module.out_features if isinstance(module, nn.Linear) else module.out_channels


def inputs(module):
    """Count what a module reads."""
    return module.in_features if isinstance(module, nn.Linear) else module.in_channels


def touched(spans_of_groups):
    """Count how often groups name each feature of each module."""
    return Counter(
        (span.module, feature)
        for size, spans in spans_of_groups
        for span in spans
        for feature in range(span.offset * span.repeat, (span.offset + size) * span.repeat)
    )


def features(named, size):
    """List every feature of the named modules once."""
    return Counter((name, i) for name, module in named for i in range(size(module)))


def test_planning_needs_no_storage(on_meta):
    """Under the meta device no parameter or buffer holds a number."""
    tensors = [*on_meta.parameters(), *on_meta.buffers()]

    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_one_score_per_class(example):
    """Two images give two rows of scores; nothing in the network leaves the meta device."""
    model, shape = example
    with torch.device("meta"):
        network = model.build(shape, 7).eval()

    scores = network(torch.zeros(2, *shape, device="meta"))

    assert scores.shape == (2, 7)


def test_multiply_adds_as_torch_counts_them(example, on_meta):
    """Half of torch's own count of floating-point operations are the layout's multiply-adds."""
    model, shape = example
    counter = FlopCounterMode(display=False)

    with counter:
        on_meta.eval()(torch.zeros(1, *shape, device="meta"))
    layout = describe(on_meta, shape, model.groups(on_meta))

    assert 2 * layout.macs == counter.get_total_flops()
    assert (layout.params, layout.macs) == count(on_meta, shape)


def test_groups_hold_every_hidden_channel_once(example, on_meta):
    """Each channel between the first and the last layer is written in exactly one group."""
    model, _ = example
    hidden = list(kernels(on_meta))[:-1]

    written = touched((group.size, group.producers) for group in channels(model, on_meta))
    for name in shortcuts(on_meta):
        hidden.append((name, on_meta.get_submodule(name)))

    assert written == features(hidden, outputs)


def test_groups_hold_every_norm_once(example, on_meta):
    """Each channel of each batch norm belongs to exactly one group."""
    model, _ = example

    normed = touched((group.size, group.norms) for group in channels(model, on_meta))

    assert normed == features(norms(on_meta), outputs)


def test_groups_hold_every_hidden_input_once(example, on_meta):
    """Each input behind the first layer is read in exactly one group."""
    model, _ = example
    readers = list(kernels(on_meta))[1:]

    read = touched((group.size, group.consumers) for group in channels(model, on_meta))
    for name in shortcuts(on_meta):
        readers.append((name, on_meta.get_submodule(name)))

    assert read == features(readers, inputs)


def channels(model, network):
    """List the groups of channels that filters make."""
    return [group for group in model.groups(network) if group.kind == "channel"]


def running_order(network, shape, named):
    """Name some modules in the order in which they run."""
    ran = []
    handles = [
        module.register_forward_pre_hook(lambda *_, name=name: ran.append(name))
        for name, module in named
    ]
    network.eval()(torch.zeros(1, *shape, device="meta"))
    for handle in handles:
        handle.remove()
    return ran


def selections(network):
    """List the selections with their names."""
    return [(n, m) for n, m in network.named_modules() if isinstance(m, ChannelSelection)]


def selection_readers(network, shape):
    """Give, by selection, the norm and the kernel that run right after it."""
    seen = [*kernels(network), *norms(network), *selections(network)]
    ran = running_order(network, shape, seen)
    return {
        name: tuple(ran[ran.index(name) + 1 : ran.index(name) + 3])
        for name, _ in selections(network)
    }


def shortcuts(network):
    """Name the modules that must be told which of their channels remain."""
    return [name for name, module in network.named_modules() if hasattr(module, "narrow")]


def test_scored_producer_is_a_kernel(example, on_meta):
    """The first producer of every group has filters to score."""
    model, _ = example
    named = dict(kernels(on_meta))

    assert all(group.producers[0].module in named for group in channels(model, on_meta))


def test_every_selection_is_one_group(example, on_meta):
    """A group holds a selection, the norm and the kernel that read it, whole and alone."""
    model, _ = example
    readers = selection_readers(on_meta, example[1])

    groups = [group for group in model.groups(on_meta) if group.kind == "selection"]

    assert {group.producers[0].module for group in groups} == readers.keys()
    for group in groups:
        name = group.producers[0].module
        norm, kernel = readers[name]
        assert group == ChannelGroup(
            name=name,
            size=on_meta.get_submodule(name).out_channels,
            producers=(Span(name),),
            norms=(Span(norm),),
            consumers=(Span(kernel),),
            kind="selection",
        )


def test_members_of_a_block_are_its_branch(example, on_meta):
    """Every kernel and norm beside the shortcut, in the order in which they run."""
    model, shape = example
    ran = running_order(on_meta, shape, [*kernels(on_meta), *norms(on_meta)])
    named = on_meta.named_modules()
    blocks = [name for name, module in named if hasattr(module, "remove_branch")]

    groups = [group for group in model.groups(on_meta) if group.kind == "block"]

    assert [group.name for group in groups] == blocks
    for group in groups:
        inside = [name for name in ran if name.startswith(f"{group.name}.")]
        branch = [name for name in inside if not name.startswith(f"{group.name}.shortcut")]
        assert list(group.members) == branch
        assert (group.size, group.producers) == (1, (Span(group.name),))
        assert (group.norms, group.consumers) == ((), ())


def test_group_names_are_unique(example, on_meta):
    """No two groups share a name; only residual streams are coupled, and none is joined as well."""
    model, _ = example
    groups = model.groups(on_meta)

    assert len({group.name for group in groups}) == len(groups)
    assert all(group.coupled == group.name.startswith("stream") for group in groups)
    assert not any(group.coupled and group.joined for group in groups)


def test_initialise_overwrites_everything(small):
    """Nothing of what was in the network before is left."""
    model, shape = small
    network = model.build(shape, 10)
    for tensor in network.state_dict().values():
        tensor.fill_(torch.nan if tensor.is_floating_point() else 3)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert all(tensor.isfinite().all() for tensor in network.state_dict().values())
    assert all(int(norm.num_batches_tracked) == 0 for _, norm in norms(network))


def test_initialise_draws_from_the_generator(small):
    """Equal generators give equal weights, other generators others."""
    model, shape = small
    first, second = model.build(shape, 10), model.build(shape, 10)

    def draw(network, seed):
        model.initialise(network, torch.Generator().manual_seed(seed))
        return nn.utils.parameters_to_vector(network.parameters()).detach().clone()

    assert torch.equal(draw(first, 1), draw(second, 1))
    assert not torch.equal(draw(first, 1), draw(second, 2))


@pytest.mark.parametrize("classes", [0, 1])
def test_too_few_classes_are_refused(small, classes):
    """A network that tells nothing apart is refused in a sentence."""
    model, shape = small

    with pytest.raises(IncompatibleError, match=f"at least 2 classes apart, got {classes}"):
        model.build(shape, classes)


def test_empty_images_are_refused(small):
    """Images without channels are refused in a sentence."""
    model, (_, height, width) = small

    with pytest.raises(IncompatibleError, match=f"got 0x{height}x{width}"):
        model.build((0, height, width), 10)
