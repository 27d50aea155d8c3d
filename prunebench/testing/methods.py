"""What every pruning method must do, on a network small enough to check by hand."""

from itertools import pairwise

import torch
from torch import Tensor

from prunebench.contracts.method import Method
from prunebench.testing.claim import claim, claim_equal
from prunebench.testing.pruning import (
    attempts,
    draws_at_random,
    footprint,
    full,
    grows,
    in_play,
    permute,
    permuted,
    prune,
    score,
    select_round,
    shapes,
)
from prunebench.testing.tiny import Scene, make_subject, tiny_network, training_images

NEARLY = 1e-3
"""Room for sums taken in another order, relative to the largest score."""


def check_scores_fit(owner: type[Method]) -> None:
    """Check that scores are finite, one for every unit of every layer or group."""
    method = owner()
    scores = score(method, tiny_network())
    claim(
        f"{owner.__name__}.score names {sorted(scores)}, but must name {sorted(shapes(method))}.",
        holds=set(scores) == set(shapes(method)),
    )
    for name, wanted in shapes(method).items():
        found = tuple(scores[name].shape)
        claim(f"scores of {name!r} have shape {found}, not {wanted}.", holds=found == wanted)
        claim(f"scores of {name!r} are not finite.", holds=bool(scores[name].isfinite().all()))


def check_scores_repeat(owner: type[Method]) -> None:
    """Check that scores repeat themselves, and nothing is drawn from the global generator."""
    before = torch.get_rng_state()
    first, second = score(owner(), tiny_network()), score(owner(), tiny_network())
    claim_equal(f"{owner.__name__}.score must repeat itself", second, first)
    claim(
        f"{owner.__name__}.score must draw from subject.generator, not globally.",
        holds=torch.equal(before, torch.get_rng_state()),
    )


def check_order_of_images_is_irrelevant(owner: type[Method]) -> None:
    """Check that another order of images gives nearly the same scores; not for random methods."""
    if draws_at_random(owner):
        return
    backwards = score(owner(), tiny_network(), Scene(backwards=True))
    message = f"{owner.__name__}.score must not depend on the order of the images"
    claim_equal(message, backwards, score(owner(), tiny_network()), NEARLY)


def check_model_untouched(owner: type[Method]) -> None:
    """Check that scoring leaves weights, buffers, gradients, modes and hooks as they were."""
    network = tiny_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    traces = footprint(network)
    score(owner(), network)
    claim_equal(
        f"{owner.__name__}.score must leave the network alone", network.state_dict(), before
    )
    claim(
        f"{owner.__name__}.score leaves gradients, modes or hooks behind.",
        holds=footprint(network) == traces,
    )


def check_permutation(owner: type[Method]) -> None:
    """Check that permuted channels have permuted scores; not for random methods."""
    if draws_at_random(owner):
        return
    orders = {"conv1": torch.tensor([2, 0, 3, 1]), "conv2": torch.tensor([5, 3, 0, 1, 4, 2])}
    network = tiny_network()
    expected = score(owner(), network)
    permute(network, orders)
    found = score(owner(), network)
    expected = {name: permuted(owner, name, tensor, orders) for name, tensor in expected.items()}
    message = f"{owner.__name__}: permuting channels must permute their scores"
    claim_equal(message, found, expected, NEARLY)


def check_rounds_never_grow(owner: type[Method]) -> None:
    """Check that no round keeps more than the round before."""
    method = owner()
    for rounds in attempts(method):
        claim(f"{owner.__name__}.schedule gives no round.", holds=bool(rounds))
        grown = [k for k, (a, b) in enumerate(pairwise(rounds), 1) if grows(a.keep, b.keep)]
        claim(f"{owner.__name__}.schedule keeps more again in rounds {grown}.", holds=not grown)


def check_quotas_are_met(owner: type[Method]) -> None:
    """Check that selecting by the scores keeps exactly what the rounds say."""
    method = owner()
    for rounds in attempts(method):
        selection = prune(method, rounds)
        claim(
            f"{owner.__name__} misses its last quota by {selection.shortfall}.",
            holds=selection.shortfall == 0,
        )


def check_densities_nest(owner: type[Method]) -> None:
    """Check that a one-shot method keeps at a larger density what it keeps at a smaller one."""
    method = owner()
    masks = [prune(method, rounds).mask for rounds in attempts(method) if len(rounds) == 1]
    for large, small in pairwise(masks):
        message = f"{owner.__name__}: a smaller density revives units of a larger one."
        claim(message, holds=small.within(large))


def check_penalty(owner: type[Method]) -> None:
    """Check that a penalty is a finite scalar with a gradient, and a step keeps every shape."""
    term = owner().regularizer()
    if term is None:
        return
    network, groups = tiny_network().train(), in_play(owner())
    plain = {name: tensor.shape for name, tensor in network.state_dict().items()}
    term.attach(network, groups)
    penalty = term.penalty(network, groups)
    if penalty is not None:
        finite = penalty.dim() == 0 and bool(penalty.isfinite())
        claim(f"{type(term).__name__}.penalty must be a finite scalar.", holds=finite)
        claim(f"{type(term).__name__}.penalty has no gradient.", holds=penalty.requires_grad)
    before = {name: tensor.shape for name, tensor in network.state_dict().items()}
    term.after_step(network, groups, 0.1)
    after = {name: tensor.shape for name, tensor in network.state_dict().items()}
    claim(f"{type(term).__name__}.after_step must not change shapes.", holds=before == after)
    term.fold(network, groups)
    folded = {name: tensor.shape for name, tensor in network.state_dict().items()}
    claim(f"{type(term).__name__}.fold must leave a plain network.", holds=folded == plain)


def check_folding(owner: type[Method]) -> None:
    """Check that an attached network computes the same after folding, also with moved buffers."""
    term, groups = owner().regularizer(), in_play(owner())
    if term is None:
        return
    network = tiny_network()
    plain = set(network.state_dict())
    term.attach(network, groups)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name not in plain and tensor.is_floating_point():
                tensor.mul_(0.5)
    images = torch.cat([inputs for inputs, _ in training_images(20)])
    attached = network(images).detach()
    term.fold(network, groups)
    message = f"{type(term).__name__}.fold must not change what the network computes"
    claim_equal(message, {"scores": network(images).detach()}, {"scores": attached}, 1e-5)


def check_shared_scores(owner: type[Method]) -> None:
    """Check that scores for all densities ask for none, and that repairs need nothing of score's.

    Only of methods that declare `shares_scores`: another process may reconstruct.
    """
    method = owner()
    rounds = next(iter(attempts(method)), ()) if owner.shares_scores else ()
    if not rounds:
        return
    mask = select_round(method, rounds[0], full(method)).mask  # raises if it asks for the quota
    scene = Scene(keep=rounds[0].keep)
    after, afresh = (
        each.reconstruct(make_subject(tiny_network(), in_play(each), scene), mask) or {}
        for each in (method, owner())
    )
    message = f"{owner.__name__}.reconstruct must not need what score() left on the method"
    claim_equal(message, afresh, after)


def check_reconstruction(owner: type[Method]) -> None:
    """Check that repaired tensors are finite and fit the network's parameters and buffers."""
    method = owner()
    groups = in_play(method)
    rounds = next(iter(attempts(method)), ())
    if not rounds:
        return
    network = tiny_network()
    mask = select_round(method, rounds[0], full(method)).mask
    repaired = method.reconstruct(make_subject(network, groups, Scene(keep=rounds[0].keep)), mask)
    parameters = network.state_dict()
    for name, tensor in (repaired or {}).items():
        fits = name in parameters and tensor.shape == parameters[name].shape
        claim(f"{owner.__name__}.reconstruct: {name!r} fits no tensor.", holds=fits)
        claim(f"{owner.__name__}.reconstruct: {name!r} is not finite.", holds=finite(tensor))


CHECKS = (
    check_scores_fit,
    check_scores_repeat,
    check_order_of_images_is_irrelevant,
    check_model_untouched,
    check_permutation,
    check_rounds_never_grow,
    check_quotas_are_met,
    check_densities_nest,
    check_penalty,
    check_folding,
    check_shared_scores,
    check_reconstruction,
)


def finite(tensor: Tensor) -> bool:
    """Say whether all values are numbers."""
    return bool(tensor.isfinite().all())
