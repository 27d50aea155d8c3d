"""What models and data sets gave, held against their contracts before anything is computed."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from prunebench.contracts.dataset import DatasetInfo
from prunebench.contracts.model import Shape
from prunebench.errors import ContractError, PrunebenchError
from prunebench.training.images import Images, Split


def built(name: str, network: object) -> nn.Module:
    """Give what a model's `build` gave.

    Raises
    ------
    ContractError
        If it is no network.
    """
    if isinstance(network, nn.Module):
        return network
    msg = f"build() of model {name!r} must give an nn.Module, got {network!r}."
    raise ContractError(msg, ("model", name))


@contextmanager
def read_by(name: str, network: nn.Module, shape: Shape) -> Iterator[None]:
    """Let a network read images; what it raises is its model's fault, whoever's layer it was.

    Raises
    ------
    ContractError
        If it cannot read images of this shape.
    """
    try:
        yield
    except PrunebenchError:
        raise
    except Exception as error:
        if not is_inside(error, network):
            raise
        size = "x".join(map(str, shape))
        msg = f"the network of model {name!r} cannot read images of {size}: {error}"
        raise ContractError(msg, ("model", name)) from error


def is_inside(error: BaseException, network: nn.Module) -> bool:
    """Say whether an error was raised while a network, or a copy of it, was called."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    callers = (frame.f_locals.get("self") for frame in frames)
    return any(type(caller) is type(network) for caller in callers)


def described(name: str, info: object) -> DatasetInfo:
    """Give what a data set's `info` gave.

    Raises
    ------
    ContractError
        If it is no description.
    """
    if isinstance(info, DatasetInfo):
        return info
    msg = f"info() of data set {name!r} must give a DatasetInfo, got {info!r}."
    raise ContractError(msg, ("dataset", name))


def delivered(name: str, info: DatasetInfo, images: object) -> Images:
    """Give what a data set's `load` gave.

    Raises
    ------
    ContractError
        If it is not what `info` describes: number, shape and type of images and labels.
    """
    whose = ("dataset", name)
    if not isinstance(images, Images):
        msg = f"load() of data set {name!r} must give Images, got {images!r}."
        raise ContractError(msg, whose)
    if (images.validation is None) != (info.validation == 0):
        msg = f"data set {name!r} must load a validation split exactly if info() counts one."
        raise ContractError(msg, whose)
    counts = {"train": info.train, "validation": info.validation, "test": info.test}
    for split, found in vars(images).items():
        fault = "" if found is None else misfit(found, info, counts[split])
        if fault:
            msg = f"data set {name!r}: the {split} split has {fault}."
            raise ContractError(msg, whose)
    return images


def misfit(split: Split, info: DatasetInfo, count: int) -> str:
    """Say in what a split is not as described; empty where it is."""
    images, labels = split.images, split.labels
    if images.dtype != torch.uint8 or labels.dtype != torch.int64:
        return f"images of {images.dtype} and labels of {labels.dtype}, not uint8 and int64"
    if tuple(images.shape) != (count, *info.shape):
        return f"images of shape {tuple(images.shape)}, and info() says {(count, *info.shape)}"
    if tuple(labels.shape) != (count,):
        return f"labels of shape {tuple(labels.shape)} for {count} images"
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= info.classes:
        return f"labels from {low} to {high}, and info() says {info.classes} classes, from 0 on"
    return ""
