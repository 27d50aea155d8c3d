"""A configured method with one target: its groups, its rounds, and where they lead."""

from dataclasses import dataclass
from functools import cached_property

from prunebench.contracts.method import Method, Round
from prunebench.contracts.protocol import Protocol, Start
from prunebench.contracts.settings import configure
from prunebench.core.granularity import Granularity
from prunebench.core.layout import ChannelGroup
from prunebench.core.quota import Quota
from prunebench.core.target import Density, Target
from prunebench.errors import IncompatibleError
from prunebench.experiment.choice import Choice
from prunebench.plan.configured import Configured
from prunebench.plan.given import Given
from prunebench.plan.problem import Problem, label
from prunebench.plugin.registry import Registry


@dataclass(frozen=True)
class Pruning:
    """A configured method with one target on one problem: what its rounds are.

    Parameters
    ----------
    problem, by, target
        What is pruned, by whom, how far.
    groups
        Channel groups in play.
    rounds
        The method's schedule for the target.
    like
        For a control, the pruning whose kept counts it takes over layer by layer.
    """

    problem: Problem
    by: Configured
    target: Target
    groups: tuple[ChannelGroup, ...]
    rounds: tuple[Round, ...]
    like: "Pruning | None" = None

    @cached_property
    def method_label(self) -> str:
        """The method as a person would type it, without defaults; a control says whose it is."""
        own = label(self.method.name, self.method)
        return own if self.like is None else f"{own} like {self.like.method_label}"

    @property
    def goal(self) -> Density | None:
        """The density that a tuning stage must find a setting for; None where nothing is tuned."""
        is_tuned = self.like is None and self.method.search() is not None
        return self.target if is_tuned and isinstance(self.target, Density) else None

    @property
    def method(self) -> Method:
        """The configured method."""
        return self.by.method

    @cached_property
    def label(self) -> str:
        """Method and target in a few words."""
        return f"{self.method_label} {self.target.label}"


@dataclass(frozen=True)
class Pruned:
    """A pruned network in the plan.

    Parameters
    ----------
    weights
        Key of the stage that the last round scored.
    prunes, between
        Keys of the prune stages and of the trainings between them.
    tested
        Key of the evaluation after the last round; empty while there are rounds to come.
    scores
        Keys of the score stages, where the method scores once for all densities.
    """

    weights: str
    prunes: tuple[str, ...]
    between: tuple[str, ...]
    tested: str = ""
    scores: tuple[str, ...] = ()


def lay_out(registry: Registry, problem: Problem, choice: Choice, target: Target | None) -> Pruning:
    """Configure a method and ask it for its rounds; without a target its plan decides.

    Raises
    ------
    IncompatibleError
        If the method cannot prune this model, or not so far.
    """
    offer = registry.method(choice.name)
    method = configure(offer.item, "method", choice.name, choice.settings)
    reason = "" if problem.network is None else method.refuses(problem.network)
    if reason:
        raise IncompatibleError(reason)
    goal = method.goal(target)
    groups = groups_in_play(method, problem)
    rounds = method.schedule(problem.layout.restricted(groups), goal)
    if problem.weights is not None and any(step.after == "rewind" for step in rounds[:-1]):
        raise IncompatibleError(no_early_weights(label(method.name, method), problem.weights))
    return Pruning(problem, Configured(offer, method), goal, groups, rounds)


def no_early_weights(who: str, weights: Given) -> str:
    """Say why nothing returns to the rewind point of a network that was given."""
    return (
        f"{who} returns to the dense network's early weights, and {weights.name} holds the "
        f"trained ones alone; leave the given weights out."
    )


def batches(rounds: tuple[Round, ...]) -> list[tuple[int, tuple[Quota, ...], str | None]]:
    """Group rounds with no training between them; gives (first round, quotas, what follows)."""
    found: list[tuple[int, tuple[Quota, ...], str | None]] = []
    first, quotas = 0, []
    for number, step in enumerate(rounds):
        quotas.append(step.keep)
        last = number == len(rounds) - 1
        if last or step.after != "nothing":
            found.append((first, tuple(quotas), None if last else step.after))
            first, quotas = number + 1, []
    return found


def repairs(method: Method) -> bool:
    """Say whether a method rewrites weights after pruning."""
    return type(method).reconstruct is not Method.reconstruct


def groups_in_play(method: Method, problem: Problem) -> tuple[ChannelGroup, ...]:
    """List the channel groups that a method cuts: those with batch norms, where it needs them.

    Raises
    ------
    IncompatibleError
        If it needs groups, or batch norms in them, and the model has none.
    """
    if method.granularity is not Granularity.CHANNEL:
        return ()
    groups = tuple(group for group in problem.layout.groups if method.applies_to(group))
    if not groups:
        raise IncompatibleError(nothing_to_cut(method, problem))
    if "batchnorm" in method.needs:
        groups = normed(method, problem, groups)
    refuse_overlap(method, groups)
    return groups


def normed(
    method: Method, problem: Problem, groups: tuple[ChannelGroup, ...]
) -> tuple[ChannelGroup, ...]:
    """List the groups that have batch norms.

    Raises
    ------
    IncompatibleError
        If none has.
    """
    found = tuple(group for group in groups if group.norms)
    if not found:
        names = ", ".join(repr(group.name) for group in groups[:3])
        msg = (
            f"{method.name} needs a batch norm behind the channels it prunes, and "
            f"{problem.model_label} has none behind {names}{' or later' if groups[3:] else ''}."
        )
        raise IncompatibleError(msg)
    return found


def nothing_to_cut(method: Method, problem: Problem) -> str:
    """Say why a method finds no channel group."""
    if problem.refused:
        name, reason = next(iter(problem.refused.items()))
        others = f" and {len(problem.refused) - 1} more" if len(problem.refused) > 1 else ""
        return (
            f"{method.name} cuts channels, and none of {problem.model_label} can be cut safely: "
            f"{name!r}{others}: {reason}"
        )
    if problem.layout.groups:
        kinds = ", ".join(sorted({kind_of(group) for group in problem.layout.groups}))
        return f"{method.name} prunes none of {problem.model_label}'s groups, which are: {kinds}."
    return f"{method.name} cuts channels, and {problem.model_label} has no channel groups."


def kind_of(group: ChannelGroup) -> str:
    """Name a group's kind for people."""
    return "residual stream" if group.coupled else group.kind


def refuse_overlap(method: Method, groups: tuple[ChannelGroup, ...]) -> None:
    """Make sure that no two groups in play cut the same channels: their sizes could not be told.

    Raises
    ------
    IncompatibleError
        If two do.
    """
    taken: dict[str, list[tuple[range, str]]] = {}
    for group in groups:
        for span in group.producers:
            start = span.offset * span.repeat
            channels = range(start, start + group.size * span.repeat)
            others = taken.setdefault(span.module, [])
            for theirs, other in others:
                if other != group.name and overlap(channels, theirs):
                    msg = (
                        f"{method.name} prunes {other!r} and {group.name!r}, which share channels "
                        f"of {span.module!r}; its applies_to must choose one of them."
                    )
                    raise IncompatibleError(msg)
            others.append((channels, group.name))


def overlap(one: range, other: range) -> bool:
    """Say whether two runs of places have one in common."""
    return max(one.start, other.start) < min(one.stop, other.stop)


def inapplicable(problem: Problem, method: Method, protocol: Protocol) -> str:
    """Say why a protocol cannot follow a method; empty if it can."""
    if problem.weights is not None and protocol.start is Start.REWIND:
        return no_early_weights(protocol.name, problem.weights)
    if method.scores_at == "init" and protocol.start is Start.TRAINED:
        return (
            f"{method.name} prunes before training, so there are no trained weights for "
            f"{protocol.name} to start from."
        )
    if method.granularity is Granularity.CHANNEL and protocol.scale == "sparse-he":
        return (
            f"{protocol.name}[scale=sparse-he] is a rule for masked weights; for cut channels "
            f"Liu et al. draw from the dense distribution, which is scale=same."
        )
    return ""
