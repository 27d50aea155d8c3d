"""A configured method and its regularizer, as keys name them."""

from dataclasses import dataclass

from prunebench.contracts.method import Method
from prunebench.contracts.regularizer import Regularizer
from prunebench.contracts.settings import resolved
from prunebench.core.digest import Json
from prunebench.core.target import Density
from prunebench.plugin.offer import Offer


@dataclass(frozen=True)
class Configured:
    """A method with its settings, and whose it is."""

    offer: Offer[type[Method]]
    method: Method

    def record(self) -> dict[str, Json]:
        """Give what it contributes to a key."""
        return {
            "name": self.offer.name,
            "settings": resolved(self.method),
            "version": self.method.version,
            "source": self.offer.source.digest,
        }


@dataclass(frozen=True)
class Pull:
    """A method's regularizer at work on channel groups.

    Parameters
    ----------
    by
        The method.
    regularizer
        What it adds to its dense training.
    groups
        Channel groups in play, by name.
    tuned
        Key of the tuning stage that decides one of its settings; None where all are given.
    goal
        Density that is tuned for.
    """

    by: Configured
    regularizer: Regularizer
    groups: tuple[str, ...]
    tuned: str | None = None
    goal: Density | None = None

    def record(self) -> dict[str, Json]:
        """Give what enters a key: of its method's settings nothing but the regularizer's own."""
        return {
            "name": type(self.regularizer).__qualname__,
            "version": self.regularizer.version,
            "source": self.by.offer.source.digest,
            "settings": resolved(self.regularizer),
            "groups": list(self.groups),
            "tuned": self.tuned,
        }
