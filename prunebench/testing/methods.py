"""What the scores of every pruning method must be, on networks small enough to check by hand."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from prunebench.contracts.method import Method
from prunebench.contracts.settings import configure, describe_settings
from prunebench.core.granularity import Granularity
from prunebench.core.initialise import kernels, norms
from prunebench.core.target import Density
from prunebench.testing.claim import claim, claim_applies, claim_equal, finite
from prunebench.testing.networks import BARE, PLAIN, TinyNetwork
from prunebench.testing.pruning import (
    draws_at_random,
    score,
    shapes,
    suited,
)
from prunebench.testing.tiny import Scene

NEARLY = 1e-3
"""Room for sums taken in another order, relative to the largest score."""

SEEDS = (0, 3)
"""Zero is a seed like any other."""

COUNTED = ("images", "samples")
"""Settings by which methods say how many training images they look at."""


def check_metadata(owner: type[Method]) -> None:
    """Check that what a method declares of itself is among what the host understands."""
    unknown = sorted(set(owner.needs) - {"batchnorm"})
    claim(
        f"{owner.__name__}.needs has {unknown}, but the host knows 'batchnorm' alone.",
        holds=not unknown,
        mend="Write needs = frozenset({'batchnorm'}) or leave it out; refuses() can say the rest.",
    )
    claim(
        f"{owner.__name__}.scores_at is {owner.scores_at!r}, expected 'trained' or 'init'.",
        holds=owner.scores_at in ("trained", "init"),
        mend="Use one of these, or leave it out.",
    )
    method = owner()
    claim(
        f"{owner.__name__}.scope is {method.scope!r}, expected 'layer' or 'global'.",
        holds=method.scope in ("layer", "global"),
        mend="Use one of these, or leave it out.",
    )
    wrong = [plan for plan, kept in owner.plans.items() if not is_plan(kept)]
    claim(
        f"{owner.__name__}.plans: {', '.join(wrong)} must name kept units by group, or a Density.",
        holds=not wrong,
        mend="Give whole numbers from 1 on by group name.",
    )


def is_plan(kept: Mapping[str, int] | Density) -> bool:
    """Say whether a published recipe has a form that the host understands."""
    return isinstance(kept, Density) or (bool(kept) and min(kept.values()) > 0)


def check_scores_fit(owner: type[Method]) -> None:
    """Check that scores are finite, one for every unit of every layer or group, on each network."""
    method = owner()
    networks = suited(method)
    claim_applies("prunes none of the checks' networks", holds=bool(networks))
    for tiny in networks:
        claim_fit(f"{owner.__name__}.score", method, score(method, tiny.build(), tiny=tiny), tiny)


def claim_fit(who: str, method: Method, scores: Mapping[str, Tensor], tiny: TinyNetwork) -> None:
    """Claim that scores are of the shapes that a network's units have, and are numbers."""
    wanted = shapes(method, tiny)
    claim(
        f"{who}, {tiny.name} network: names {sorted(scores)}, expected {sorted(wanted)}.",
        holds=set(scores) == set(wanted),
        mend=f"Give one tensor for each entry of subject.{places(method)}.",
    )
    for name, shape in wanted.items():
        found = tuple(scores[name].shape)
        claim(
            f"{who}, {tiny.name} network: scores of {name!r} have shape {found}, not {shape}.",
            holds=found == shape,
            mend="Every weight, or every channel of a group, has one score.",
        )
        claim(
            f"{who}, {tiny.name} network: {odd(scores[name])} scores of {name!r} are not finite.",
            holds=finite(scores[name]),
            mend="Guard divisions and logarithms against zero.",
        )


def places(method: Method) -> str:
    """Say where a method finds what it scores."""
    return "groups" if method.granularity is Granularity.CHANNEL else "weights"


def odd(tensor: Tensor) -> int:
    """Count what is no finite number."""
    return int((~tensor.isfinite()).sum())


def check_needs_honoured(owner: type[Method]) -> None:
    """Check that a method does without what it does not declare to need.

    Without ``"batchnorm"`` among its needs it gets networks that have none; with
    ``scores_at = "init"`` it gets one that is fresh from its initialisation.
    """
    method = owner()
    claim_applies(
        "its scores do not fit with batch norms either; see scores_fit", holds=scores_well(method)
    )
    if "batchnorm" not in owner.needs and not method.refuses(BARE.build()):
        told = f"{owner.__name__} does not declare that it needs batch norms"
        mend = "Declare needs = frozenset({'batchnorm'}), or allow for view.scale being None."
        scores = attempted(told, mend, method, BARE.build(), BARE)
        claim_fit(f"{told}; its scores", method, scores, BARE)
    if owner.scores_at == "init":
        told = f"{owner.__name__} declares scores_at = 'init'"
        mend = "Zero biases and fresh batch norms are what it will meet."
        scores = attempted(told, mend, method, PLAIN.build(fresh=True), PLAIN)
        claim_fit(f"{told}; its scores", method, scores, PLAIN)


def scores_well(method: Method) -> bool:
    """Say whether scores fit a trained network with batch norms; true if the method refuses it.

    What fails there too is no question of what the method declares to need.
    """
    if method.refuses(PLAIN.build()):
        return True
    try:
        claim_fit("", method, score(method, PLAIN.build()), PLAIN)
    except Exception:  # noqa: BLE001 - `check_scores_fit` tells of it
        return False
    return True


def attempted(
    told: str, mend: str, method: Method, network: nn.Module, tiny: TinyNetwork
) -> Mapping[str, Tensor]:
    """Score a network as a method has declared that it can."""
    try:
        return score(method, network, tiny=tiny)
    except Exception as error:
        claim(
            f"{told}, and its score() fails on the {tiny.name} network: "
            f"{type(error).__name__}: {error}.",
            holds=False,
            mend=mend,
        )
        raise AssertionError from error  # a claim that does not hold has raised


def check_scores_repeat(owner: type[Method]) -> None:
    """Check that scores repeat themselves, seed by seed, and nothing is drawn globally."""
    before = torch.get_rng_state()
    for seed in SEEDS:
        method = owner()
        first = score(method, PLAIN.build(), Scene(seed=seed))
        where = f"plain network, seed {seed}"
        mend = "Draw from subject.generator alone, and keep nothing between calls."
        again = score(owner(), PLAIN.build(), Scene(seed=seed))
        claim_equal(f"{owner.__name__}.score must repeat itself ({where})", again, first, 0.0, mend)
        same = score(method, PLAIN.build(), Scene(seed=seed))
        message = f"{owner.__name__}.score must give the same when called again ({where})"
        claim_equal(message, same, first, 0.0, mend)
    claim(
        f"{owner.__name__}.score must draw from subject.generator, not globally.",
        holds=torch.equal(before, torch.get_rng_state()),
        mend="Pass generator=subject.generator to whatever draws.",
    )


def check_order_of_images_is_irrelevant(owner: type[Method]) -> None:
    """Check that another order of images gives nearly the same scores; not for random methods."""
    claim_applies("scores are drawn at random", holds=not draws_at_random(owner))
    backwards = score(owner(), PLAIN.build(), Scene(backwards=True))
    message = (
        f"{owner.__name__}.score must not depend on the order of the images "
        f"(plain network, batches reversed)"
    )
    mend = "Sum or average over all batches that subject.batches gives."
    claim_equal(message, backwards, score(owner(), PLAIN.build()), NEARLY, mend)


def check_permutation(owner: type[Method]) -> None:
    """Check that permuted channels have permuted scores; not for random methods."""
    claim_applies("scores are drawn at random", holds=not draws_at_random(owner))
    orders = {"conv1": torch.tensor([2, 0, 3, 1]), "conv2": torch.tensor([5, 3, 0, 1, 4, 2])}
    network = PLAIN.build()
    expected = score(owner(), network)
    permute(network, orders)
    found = score(owner(), network)
    expected = {name: permuted(owner, name, tensor, orders) for name, tensor in expected.items()}
    message = (
        f"{owner.__name__}: permuting channels must permute their scores (plain network, conv1 in "
        f"order 2 0 3 1)"
    )
    mend = "Score by what a unit holds, never by where it stands."
    claim_equal(message, found, expected, NEARLY, mend)


def check_data_use(owner: type[Method]) -> None:
    """Check that a method asks for as many images as it says, and each time for the same."""
    asked: list[list[int]] = [[], []]
    for numbers in asked:
        score(owner(), PLAIN.build(), Scene(asked=numbers))
    claim(
        f"{owner.__name__}.score asks for {asked[1]} images the second time, {asked[0]} the first.",
        holds=asked[0] == asked[1],
        mend="Take the number from a setting.",
    )
    wrong = [count for count in asked[0] if count < 1]
    claim(
        f"{owner.__name__}.score asks for {wrong} images; expected 1 or more.",
        holds=not wrong,
        mend="Refuse such a setting in __post_init__ with a SpecError.",
    )
    names = [s.name for s in describe_settings(owner) if s.name in COUNTED]
    if names:
        most = max(int(getattr(owner(), name)) for name in names)
        more = [count for count in asked[0] if count > most]
        claim(
            f"{owner.__name__}.score asks for {more} images at once, but {names[0]} = {most}.",
            holds=not more,
            mend=f"Ask subject for self.{names[0]} images.",
        )
        few = configure(owner, "method", owner.name, dict.fromkeys(names, 7))
        follow: list[int] = []
        score(few, PLAIN.build(), Scene(asked=follow))
        claim(
            f"{owner.__name__}[{names[0]}=7].score asks for {follow} images.",
            holds=all(count <= 7 for count in follow),
            mend=f"Ask subject for self.{names[0]} images.",
        )


CHECKS = (
    check_metadata,
    check_scores_fit,
    check_needs_honoured,
    check_scores_repeat,
    check_order_of_images_is_irrelevant,
    check_permutation,
    check_data_use,
)


@torch.no_grad()
def permute(network: nn.Module, orders: Mapping[str, Tensor]) -> None:
    """Change the tiny network: new channel i of a group is the old channel ``order[i]``."""
    kernel, norm = dict(kernels(network)), dict(norms(network))
    first, second = orders["conv1"], orders["conv2"]
    kernel["conv1"].weight.copy_(kernel["conv1"].weight[first].clone())
    kernel["conv2"].weight.copy_(kernel["conv2"].weight[second][:, first].clone())
    kernel["fc"].weight.copy_(kernel["fc"].weight[:, flattened(second)].clone())
    for name, order in (("bn1", first), ("bn2", second)):
        for tensor in norm[name].state_dict().values():
            if tensor.dim():
                tensor.copy_(tensor[order].clone())


def flattened(order: Tensor) -> Tensor:
    """Give the order of the features of a flattened 3x3 map."""
    return (order.unsqueeze(1) * 9 + torch.arange(9)).flatten()


def permuted(
    owner: type[Method], name: str, tensor: Tensor, orders: Mapping[str, Tensor]
) -> Tensor:
    """Permute the scores of one layer or group as the network was."""
    rows = tensor[orders[name]] if name in orders else tensor
    if owner.granularity is Granularity.CHANNEL or name == "conv1":
        return rows
    columns = orders["conv1"] if name == "conv2" else flattened(orders["conv2"])
    return rows[:, columns]
