"""The contract of a pruning method: score the units; everything else is optional."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, dataclass_transform

from torch import Tensor, nn

from prunebench.contracts.regularizer import Regularizer, Search
from prunebench.contracts.settings import freeze, setting
from prunebench.contracts.subject import Scores, Subject
from prunebench.core.allocation import allocate
from prunebench.core.granularity import Granularity, Scope
from prunebench.core.layout import ChannelGroup, Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import Quota
from prunebench.core.target import Density, Plan, Target
from prunebench.errors import IncompatibleError, SpecError


@dataclass(frozen=True)
class Round:
    """One pruning step.

    Parameters
    ----------
    keep
        Cumulative: what is left of the original network after this round.
    after
        What happens before the next round: ``"nothing"``, ``"finetune"`` (survivors go on from
        their trained weights) or ``"rewind"`` (survivors return to the recipe's rewind point and
        the whole training is repeated). Ignored for the last round.
    """

    keep: Quota
    after: Literal["nothing", "finetune", "rewind"] = "nothing"


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class Method(ABC):
    """A pruning method.

    Subclasses become frozen dataclasses: annotated attributes with defaults are the settings that
    people write as ``name[key=value]``. Only `name`, `granularity`, `paper` and `score` are needed.

    Attributes
    ----------
    name
        Public id, lower case with hyphens.
    paper
        The source: authors, year, section.
    granularity
        `Granularity.WEIGHT` or `Granularity.CHANNEL`.
    version
        Raise it when the same settings give another mask.
    needs
        What a group must have to be in play: ``"batchnorm"`` for a batch norm.
    scores_at
        ``"trained"``, or ``"init"`` for methods that prune before training.
    shares_scores
        Whether a network is scored once and the scores serve every density: worth declaring where
        scoring takes longer than reading the scores from disk, as with training images. A method
        that declares it cannot ask for ``subject.keep`` and ``subject.active``, and keeps nothing
        between `score` and `reconstruct`, which may be called in another process.
    control_for
        Where controls are asked for, every other method that prunes nothing but these is held
        against this one, with its own kept counts layer by layer: ``"weight"``, or kinds of
        channel groups. Empty for a method that is no control.
    plans
        Published recipes: plan name to (group name to kept channels), whole groups included, so
        that a recipe cannot pass for another network's, or to a density where the paper gives one
        ratio for the whole network; the ``plan`` setting, where a method has one, chooses.
    scope
        ``"layer"`` or ``"global"``.
    min_keep
        Units of each layer or group that always stay.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    granularity: ClassVar[Granularity]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset()
    scores_at: ClassVar[Literal["trained", "init"]] = "trained"
    shares_scores: ClassVar[bool] = False
    control_for: ClassVar[frozenset[str]] = frozenset()
    plans: ClassVar[Mapping[str, Mapping[str, int] | Density]] = {}

    # Not settings by themselves: a method that declares one as a setting lets people change it.
    scope: Scope = "layer"
    min_keep: int = 0
    plan: str = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        freeze(cls)

    @abstractmethod
    def score(self, subject: Subject) -> Scores:
        """Score every unit; larger is kept longer.

        Returns
        -------
        Scores
            For weights one tensor per entry of ``subject.weights``, of the same shape; for
            channels one tensor of shape ``(channels,)`` per entry of ``subject.groups``.
        """

    @property
    def floor(self) -> int:
        """Units of each layer or group that always stay: `min_keep`, and 1 for channels.

        Raises
        ------
        SpecError
            If `min_keep` is negative.
        """
        if self.min_keep < 0:
            msg = f"{self.name}[min_keep] must be at least 0, got {self.min_keep}."
            raise SpecError(msg)
        return max(self.min_keep, 1 if self.granularity is Granularity.CHANNEL else 0)

    def applies_to(self, group: ChannelGroup) -> bool:
        """Say whether a channel group is in play.

        Residual streams, selections and blocks are not unless asked for.
        """
        return group.kind == "channel" and not group.coupled

    def goal(self, asked: Target | None) -> Target:
        """Turn what the person asked for into this method's target.

        Parameters
        ----------
        asked
            A density of the experiment, or None where the ``plan`` setting decides.

        Raises
        ------
        IncompatibleError
            If the method has no such plan.
        """
        if not self.plan and asked is not None:
            return asked
        if self.plan not in self.plans:
            known = ", ".join(sorted(self.plans)) or "none"
            msg = f"{self.name} has no plan {self.plan!r}; its plans are: {known}."
            raise IncompatibleError(msg)
        recipe = self.plans[self.plan]
        return recipe if isinstance(recipe, Density) else Plan(self.plan, recipe)

    def refuses(self, network: nn.Module) -> str:  # noqa: ARG002 - nothing is refused
        """Say why this method cannot prune such a network; empty if it can.

        Planning asks with the dense network on the meta device, which has names, kinds and shapes
        but no values.
        """
        return ""

    def search(self) -> Search | None:
        """Say how a density is reached by a method that finds its size itself; None if it does not.

        With a search the schedule's quota is usually `Positive`; what was reached is measured.
        """
        return None

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:
        """Turn a target into pruning rounds; one round unless overridden.

        Parameters
        ----------
        layout
            The network, with `layout.groups` already restricted by `applies_to`.
        target
            What the person asked for.
        """
        return (Round(allocate(layout, target, self.granularity, self.scope, self.floor)),)

    def regularizer(self) -> Regularizer | None:
        """Give the term this method adds to its own dense training, or None for the shared one."""
        return None

    def reconstruct(self, subject: Subject, mask: Mask) -> Mapping[str, Tensor] | None:  # noqa: ARG002
        """Give repaired parameters and buffers by name, of the dense shapes, or None.

        Parameters
        ----------
        subject
            As it was scored; its network is not pruned yet.
        mask
            Units that stay.
        """
        return None
