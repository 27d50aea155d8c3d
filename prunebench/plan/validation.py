"""Validation images: whether a recipe can hold out as many as it says, or must."""

from prunebench.contracts.dataset import DatasetInfo
from prunebench.errors import SpecError
from prunebench.training.recipe import Recipe


def check_validation(name: str, info: DatasetInfo, chosen: Recipe, *, asked: bool) -> None:
    """Check that images can be held out as the recipe says.

    Raises
    ------
    SpecError
        If that is asked of a data set with a fixed split, or leaves no training image.
    """
    if asked and info.validation:
        msg = f"{name} brings its own validation images; leave validation out of [recipe]."
        raise SpecError(msg)
    if not info.validation and chosen.validation >= info.train:
        msg = (
            f"validation = {chosen.validation} leaves no training image of {info.train}; "
            f"hold out fewer."
        )
        raise SpecError(msg)


def check_sweep(name: str, info: DatasetInfo, chosen: Recipe, rates: tuple[float, ...]) -> None:
    """Check that there are validation images, where a rate is to be chosen by them.

    Raises
    ------
    SpecError
        If nothing is held out: the test set must choose nothing.
    """
    if rates and not (info.validation or chosen.validation):
        msg = (
            f"finetune_lrs chooses a rate by validation, and recipe {chosen.name!r} holds out no "
            f"image of {name}; set validation under [recipe]."
        )
        raise SpecError(msg)
