"""What a method's penalty, and what it rewrites after pruning, must be."""

import torch

from prunebench.contracts.method import Method
from prunebench.contracts.regularizer import Regularizer
from prunebench.testing.claim import claim, claim_applies, claim_equal, finite
from prunebench.testing.networks import PLAIN
from prunebench.testing.pruning import attempts, full, in_play, select_round
from prunebench.testing.tiny import Scene, make_subject, training_images


def term_of(owner: type[Method]) -> Regularizer:
    """Give a method's regularizer."""
    term = owner().regularizer()
    claim_applies("has no regularizer", holds=term is not None)
    assert term is not None  # claimed
    return term


def check_penalty(owner: type[Method]) -> None:
    """Check that a penalty is a finite scalar with a gradient, and a step keeps every shape."""
    term = term_of(owner)
    who = type(term).__name__
    network, groups = PLAIN.build().train(), in_play(owner())
    plain = {name: tensor.shape for name, tensor in network.state_dict().items()}
    term.attach(network, groups)
    penalty = term.penalty(network, groups)
    if penalty is not None:
        scalar = penalty.dim() == 0 and bool(penalty.isfinite())
        found = f"shape {tuple(penalty.shape)}" if penalty.dim() else f"{float(penalty.detach()):g}"
        message = f"{who}.penalty must be a finite scalar (plain network), found {found}."
        claim(message, holds=scalar, mend="Sum it up.")
        message = f"{who}.penalty has no gradient (plain network)."
        claim(message, holds=penalty.requires_grad, mend="Compute it from the parameters.")
    before = {name: tensor.shape for name, tensor in network.state_dict().items()}
    term.after_step(network, groups, 0.1)
    after = {name: tensor.shape for name, tensor in network.state_dict().items()}
    message = f"{who}.after_step must not change shapes (plain network)."
    claim(message, holds=before == after, mend="Set what is to go to zero.")
    term.fold(network, groups)
    folded = {name: tensor.shape for name, tensor in network.state_dict().items()}
    odd = sorted(set(folded.items()) ^ set(plain.items()))
    message = f"{who}.fold must leave a plain network (plain network); odd: {[n for n, _ in odd]}."
    claim(message, holds=folded == plain, mend="Take off all that attach() put on.")


def check_folding(owner: type[Method]) -> None:
    """Check that an attached network computes the same after folding, also with moved buffers."""
    term, groups = term_of(owner), in_play(owner())
    network = PLAIN.build()
    plain = set(network.state_dict())
    term.attach(network, groups)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name not in plain and tensor.is_floating_point():
                tensor.mul_(0.5)
    images = torch.cat([inputs for inputs, _ in training_images(20)])
    attached = network(images).detach()
    term.fold(network, groups)
    message = (
        f"{type(term).__name__}.fold must not change what the network computes (plain network, "
        f"buffers halved)"
    )
    mend = "Multiply what the buffers do into the weights behind which they stand."
    claim_equal(message, {"scores": network(images).detach()}, {"scores": attached}, 1e-5, mend)


def check_shared_scores(owner: type[Method]) -> None:
    """Check that scores for all densities ask for none, and that repairs need nothing of score's.

    Only of methods that declare `shares_scores`: another process may reconstruct.
    """
    claim_applies("does not declare shares_scores", holds=owner.shares_scores)
    method = owner()
    rounds = next(iter(attempts(method)), ())
    claim_applies("takes no density", holds=bool(rounds))
    mask = select_round(method, rounds[0], full(method)).mask  # raises if it asks for the quota
    scene = Scene(keep=rounds[0].keep)
    after, afresh = (
        each.reconstruct(make_subject(PLAIN.build(), in_play(each), scene), mask) or {}
        for each in (method, owner())
    )
    message = (
        f"{owner.__name__}.reconstruct must not need what score() left on the method "
        f"(plain network)"
    )
    mend = "Compute it anew from subject, or leave out shares_scores = True."
    claim_equal(message, afresh, after, 0.0, mend)


def check_reconstruction(owner: type[Method]) -> None:
    """Check that repaired tensors are finite and fit the network's parameters and buffers."""
    rewrites = owner.reconstruct is not Method.reconstruct
    claim_applies("reconstructs nothing", holds=rewrites)
    method = owner()
    groups = in_play(method)
    rounds = next(iter(attempts(method)), ())
    claim_applies("takes no density", holds=bool(rounds))
    network = PLAIN.build()
    mask = select_round(method, rounds[0], full(method)).mask
    repaired = method.reconstruct(make_subject(network, groups, Scene(keep=rounds[0].keep)), mask)
    parameters = network.state_dict()
    who = f"{owner.__name__}.reconstruct (plain network)"
    for name, tensor in (repaired or {}).items():
        there = name in parameters and tensor.shape == parameters[name].shape
        wanted = tuple(parameters[name].shape) if name in parameters else "no such tensor"
        message = f"{who}: {name!r} has shape {tuple(tensor.shape)}, expected {wanted}."
        mend = "Name parameters and buffers of subject.model, and give their dense shapes."
        claim(message, holds=there, mend=mend)
        message = f"{who}: {name!r} is not finite."
        claim(message, holds=finite(tensor), mend="Guard the fit against singular systems.")


CHECKS = (check_penalty, check_folding, check_shared_scores, check_reconstruction)
