"""What every model must do."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from prunebench.contracts.model import Model, Shape
from prunebench.core.initialise import kernels
from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.mask import Mask
from prunebench.core.random import generator
from prunebench.core.sides import features
from prunebench.core.surgery import cut, silence
from prunebench.errors import ContractError, IncompatibleError
from prunebench.plan.problem import groups_of
from prunebench.testing.claim import alike, claim, claim_equal, contrast
from prunebench.testing.networks import unsettle

INPUTS: tuple[tuple[Shape, int], ...] = (
    ((1, 8, 8), 10),
    ((3, 32, 32), 10),
    ((1, 28, 28), 10),
    ((3, 64, 64), 10),
    ((3, 224, 224), 1000),
)
"""Images and classes to try, smallest first; the first that the model takes is used."""

NEARLY = 1e-4


def check_builds_without_storage(owner: type[Model]) -> None:
    """Check that names and shapes are the same on the meta device as on a real one."""
    model = owner()
    shape, classes = inputs(model)
    with torch.device("meta"):
        ghost = shapes(model.build(shape, classes))
    real = shapes(model.build(shape, classes))
    odd = sorted(n for n in {*ghost, *real} if ghost.get(n) != real.get(n))
    claim(
        f"{owner.__name__}.build for {shape} gives other tensors on the meta device: "
        f"{', '.join(odd[:3])}.",
        holds=not odd,
        mend="Do not look at values or devices while building.",
    )


def check_state_names_repeat(owner: type[Model]) -> None:
    """Check that building twice gives the same names in the same order."""
    model = owner()
    first, second = (list(built(model).state_dict()) for _ in range(2))
    claim(
        f"{owner.__name__}.build gives other names, or another order, the second time: "
        f"{sorted(set(first) ^ set(second))[:3]}.",
        holds=first == second,
        mend="Name modules by their place; use no counter that outlives build().",
    )


def check_forward(owner: type[Model]) -> None:
    """Check that one finite score per class comes out, in both modes."""
    model = owner()
    shape, classes = inputs(model)
    network = fresh(model)
    for mode in (True, False):
        scores = network.train(mode)(images(shape))
        size = tuple(scores.shape)
        said = f"{owner.__name__}, 4 images of {shape}, {'train' if mode else 'eval'} mode"
        claim(
            f"{said}: gives {size}, expected (4, {classes}).",
            holds=size == (4, classes),
            mend="Give one score per class and image.",
        )
        claim(
            f"{said}: scores are not finite.",
            holds=bool(scores.isfinite().all()),
            mend="Look at the initialisation, and at divisions.",
        )


def check_initialise_repeats(owner: type[Model]) -> None:
    """Check that a draw depends on the generator alone, not on earlier values or global state."""
    model = owner()
    before = torch.get_rng_state()
    network = built(model)
    torch.set_rng_state(before)
    model.initialise(network, generator(0, "init"))
    first = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.random.fork_rng(devices=[]):  # dropout draws from the global generator
        network.train()(images(inputs(model)[0]))
    unsettle(network, generator(0, "unsettle"))
    model.initialise(network, generator(0, "init"))
    message = f"{owner.__name__}.initialise must depend on the generator alone"
    mend = "Set every parameter and statistic, from the generator that you are given."
    claim_equal(message, network.state_dict(), first, 0.0, mend)
    unmoved = torch.equal(before, torch.get_rng_state())
    claim(f"{owner.__name__}.initialise must not draw globally.", holds=unmoved, mend=mend)


def check_redraw_changes_every_kernel(owner: type[Model]) -> None:
    """Check that another seed gives every kernel other weights."""
    model = owner()
    first, second = (dict(kernels(fresh(model, seed))) for seed in (0, 1))
    same = [name for name in first if torch.equal(first[name].weight, second[name].weight)]
    claim(
        f"{owner.__name__}.initialise gives {', '.join(same)} the same weights for seeds 0 and 1.",
        holds=not same,
        mend="Draw every kernel anew.",
    )


def check_groups_fit(owner: type[Model]) -> None:
    """Check that groups have names of their own and spans within modules, without overlap.

    A selection may overlap a stream or what is joined to one: a method prunes one or the other.
    """
    model = owner()
    network = built(model)
    groups = groups_for(model, network)
    twice = [name for name, n in Counter(g.name for g in groups).items() if n > 1]
    claim(
        f"{owner.__name__}.groups names {', '.join(twice)} twice.",
        holds=not twice,
        mend="Name a group after its first producer.",
    )
    for group in groups:
        said = f"{owner.__name__}: group {group.name!r}"
        mend = "Say in its ChannelGroup which modules write it and which read it."
        claim(f"{said} has no producer.", holds=bool(group.producers), mend=mend)
        claim(f"{said} has {group.size} channels.", holds=group.size > 0, mend=mend)
        if group.kind == "block":
            names = dict(network.named_modules())
            known = bool(group.members) and all(name in names for name in group.members)
            claim(f"{said} needs members that are there.", holds=known, mend=mend)
        else:
            claim(f"{said} has no consumer.", holds=bool(group.consumers), mend=mend)
    cut_by_channel = [group for group in groups if group.kind != "block"]
    claim_disjoint(network, [g for g in cut_by_channel if not (g.joined or g.coupled)])
    claim_disjoint(network, [g for g in cut_by_channel if g.kind == "channel"])


def claim_disjoint(network: nn.Module, groups: Sequence[ChannelGroup]) -> None:
    """Claim that no feature of a module belongs to two groups."""
    taken: set[tuple[str, bool, int]] = set()
    for group in groups:
        writers = [(span, False) for span in (*group.producers, *group.norms)]
        for span, reads in [*writers, *((span, True) for span in group.consumers)]:
            places = span_places(network, group, span, reads=reads)
            claim(
                f"{group.name!r}: other groups claim features of {span.module!r} too.",
                holds=not places & taken,
                mend="Give each its own offset, or make them one group.",
            )
            taken |= places


def check_cut_equals_masked(owner: type[Model]) -> None:
    """Check that a network without some channels computes what it does with them silenced."""
    model = owner()
    network = fresh(model)
    unsettle(network, generator(0, "unsettle"))
    groups = groups_for(model, network)
    mask = random_mask(groups)
    narrow, masked = cut(network, groups, mask), deepcopy(network)
    silence(masked, groups, mask)
    batch = images(inputs(model)[0])
    gone = [f"{m}." for g in groups if not mask[g.name].any() for m in g.members]
    left = [name for name in network.state_dict() if not name.startswith(tuple(gone))]
    names = list(narrow.state_dict()) == left
    mend = "Let cut channels leave no module behind, and name all that go with a block."
    claim(f"{owner.__name__}: cutting must not change names.", holds=names, mend=mend)
    for mode in modes(network):
        left, right = narrow.train(mode)(batch), masked.train(mode)(batch)
        word = "train" if mode else "eval"
        message = (
            f"{owner.__name__}, half of each of {len(groups)} groups cut: cut and masked networks "
            f"differ in {word} mode ({contrast(left, right)})."
        )
        mend = "Name every norm and every reader of a group; prunebench doctor shows what is seen."
        claim(message, holds=alike(left, right, NEARLY), mend=mend)


CHECKS = (
    check_builds_without_storage,
    check_state_names_repeat,
    check_forward,
    check_initialise_repeats,
    check_redraw_changes_every_kernel,
    check_groups_fit,
    check_cut_equals_masked,
)


def inputs(model: Model) -> tuple[Shape, int]:
    """Find images and classes that a model takes.

    Raises
    ------
    ContractError
        If it takes none of `INPUTS`.
    """
    for shape, classes in INPUTS:
        try:
            with torch.device("meta"):
                model.build(shape, classes)
        except IncompatibleError:
            continue
        return shape, classes
    msg = f"{type(model).__name__} takes none of the usual images: {INPUTS}."
    raise ContractError(msg)


def groups_for(model: Model, network: nn.Module) -> tuple[ChannelGroup, ...]:
    """Give a model's channel groups, declared or traced."""
    return groups_of(model, network, *inputs(model))


def built(model: Model) -> nn.Module:
    """Build a network for the images it takes."""
    return model.build(*inputs(model))


def fresh(model: Model, seed: int = 0) -> nn.Module:
    """Build and initialise a network."""
    network = built(model)
    model.initialise(network, generator(seed, "init"))
    return network


def images(shape: Shape) -> Tensor:
    """Draw four images."""
    return torch.randn(4, *shape, generator=generator(0, "images"))


def shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    """Give the shape of every parameter and buffer."""
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def span_places(
    network: nn.Module, group: ChannelGroup, span: Span, *, reads: bool
) -> set[tuple[str, bool, int]]:
    """List the features a span takes: module, side, index."""
    names = dict(network.named_modules())
    claim(
        f"{group.name!r} names {span.module!r}, which is not there.",
        holds=span.module in names,
        mend="Take names from network.named_modules().",
    )
    start = span.offset * span.repeat
    stop = start + group.size * span.repeat
    size = features(network, span.module, inputs=reads)
    message = f"{group.name!r} takes features {start} to {stop} of {span.module!r}, of {size}."
    mend = "Look at the group's size, and at offset and repeat of the span."
    claim(message, holds=0 <= start < stop <= size, mend=mend)
    return {(span.module, reads, index) for index in range(start, stop)}


def random_mask(groups: tuple[ChannelGroup, ...]) -> Mask:
    """Keep about half of every group and of the blocks.

    The first channel of a group stays always, its last of several never.
    """
    draws = generator(0, "mask")
    kept = {group.name: torch.rand(group.size, generator=draws) < 0.5 for group in groups}
    for group in groups:
        if group.kind != "block":
            kept[group.name][-1] = False
            kept[group.name][0] = True
    return Mask(kept)


def modes(network: nn.Module) -> tuple[bool, ...]:
    """List the modes in which two networks can be compared: not training with dropout."""
    random = any(isinstance(m, nn.modules.dropout._DropoutNd) for m in network.modules())  # noqa: SLF001 - torch has no public name for all of them
    return (False,) if random else (False, True)
