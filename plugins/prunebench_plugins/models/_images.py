"""What all models ask first: whether the network can take such images."""

from prunebench.api import Shape
from prunebench.errors import IncompatibleError


def check_images(model: str, shape: Shape, classes: int, multiple: int = 1) -> None:
    """Refuse images or classes that a network cannot take.

    Parameters
    ----------
    model
        The model's id, for the message.
    shape, classes
        As in `Model.build`.
    multiple
        Height and width must be multiples of it: the product of the network's strides.

    Raises
    ------
    IncompatibleError
        If a dimension of `shape` is not positive, height or width is not a multiple of
        `multiple`, or there are fewer than two classes.
    """
    _, height, width = shape
    if min(shape) < 1 or height % multiple or width % multiple:
        size = "x".join(map(str, shape))
        msg = (
            f"{model} takes images whose height and width are multiples of {multiple}, "
            f"got {size}; choose another model or data set."
        )
        raise IncompatibleError(msg)
    if classes < 2:
        msg = f"{model} tells at least 2 classes apart, got {classes}; choose another data set."
        raise IncompatibleError(msg)
