"""A configured method with one target: its groups, its rounds, and where they lead."""

from dataclasses import dataclass
from functools import cached_property

from prunebench.contracts.method import Method, Round
from prunebench.contracts.protocol import Protocol, Start
from prunebench.contracts.settings import configure
from prunebench.core.granularity import Granularity
from prunebench.core.layout import ChannelGroup
from prunebench.core.quota import Quota
from prunebench.core.target import Plan, Target
from prunebench.errors import IncompatibleError
from prunebench.experiment.choice import Choice
from prunebench.plan.problem import Problem, label
from prunebench.plan.stages import Configured
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
    """

    problem: Problem
    by: Configured
    target: Target
    groups: tuple[ChannelGroup, ...]
    rounds: tuple[Round, ...]

    @cached_property
    def method_label(self) -> str:
        """The method as a person would type it, without defaults."""
        return label(self.method.name, self.method)

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
    """

    weights: str
    prunes: tuple[str, ...]
    between: tuple[str, ...]
    tested: str = ""


def lay_out(registry: Registry, problem: Problem, choice: Choice, target: Target | None) -> Pruning:
    """Configure a method and ask it for its rounds; without a target its plan decides.

    Raises
    ------
    IncompatibleError
        If the method cannot prune this model, or not so far.
    """
    offer = registry.method(choice.name)
    method = configure(offer.item, "method", choice.name, choice.settings)
    goal = published(method) if target is None else target
    groups = groups_in_play(method, problem)
    rounds = method.schedule(problem.layout.restricted(groups), goal)
    return Pruning(problem, Configured(offer, method), goal, groups, rounds)


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
    """List the channel groups that a method cuts.

    Raises
    ------
    IncompatibleError
        If it needs groups, or batch norms in them, and the model has none.
    """
    if method.granularity is not Granularity.CHANNEL:
        return ()
    groups = tuple(group for group in problem.layout.groups if method.applies_to(group))
    if not groups:
        msg = f"{method.name} cuts channels, and {problem.model_label} declares no channel groups."
        raise IncompatibleError(msg)
    bare = [group.name for group in groups if not group.norms]
    if "batchnorm" in method.needs and bare:
        msg = (
            f"{method.name} needs a batch norm after every group, and {problem.model_label} has "
            f"none after {bare[0]!r}."
        )
        raise IncompatibleError(msg)
    return groups


def published(method: Method) -> Plan:
    """Find the plan that a method's settings name.

    Raises
    ------
    IncompatibleError
        If the method has no such plan.
    """
    if method.plan not in method.plans:
        known = ", ".join(sorted(method.plans)) or "none"
        msg = f"{method.name} has no plan {method.plan!r}; its plans are: {known}."
        raise IncompatibleError(msg)
    return Plan(method.plan, method.plans[method.plan])


def inapplicable(method: Method, protocol: Protocol) -> str:
    """Say why a protocol cannot follow a method; empty if it can."""
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
