"""torchvision beside any build of torch.

PyPI's Linux wheels of torchvision are CUDA builds. On a CPU-only torch their compiled operators do
not load, and importing torchvision then fails because it registers shape functions for two
operators that nobody declared. Declaring the two is enough; they stay unusable, and
prunebench needs neither.
"""

import importlib
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from types import ModuleType

import torch

OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
"""Schemas of the operators that torchvision's import takes for granted."""


@cache
def torchvision() -> ModuleType:
    """Import torchvision, on a CPU-only torch as well; the only way to it in this house.

    Costs a second the first time, so call it inside the function that needs it.

    Raises
    ------
    ModuleNotFoundError
        If torchvision is not installed.
    """
    spec = find_spec("torchvision")
    places = spec.submodule_search_locations if spec else None
    if places and not operators_load(list(places)):
        declare_operators()
    return importlib.import_module("torchvision")


def operators_load(places: list[str]) -> bool:
    """Load torchvision's compiled operators from its package folders; say whether that worked."""
    library = PathFinder.find_spec("_C", places)
    if library is None or library.origin is None:
        return False
    try:
        torch.ops.load_library(library.origin)
    except OSError:
        return False
    return True


@cache  # torch forgets a declaration when its library object is collected
def declare_operators() -> torch.library.Library:
    """Declare `OPERATORS` without implementations, for as long as the process lives."""
    library = torch.library.Library("torchvision", "DEF")
    for schema in OPERATORS:
        library.define(schema)
    return library
