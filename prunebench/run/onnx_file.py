"""Write a network as ONNX, where torch's exporter has what it needs."""

import sys
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from warnings import catch_warnings, simplefilter

import torch
from torch import nn

from prunebench.errors import SpecError

NEEDED = ("onnx", "onnxscript")
IMAGES = 2
"""Of the example: torch would take one image for a constant."""


def check_onnx() -> None:
    """Check that torch's exporter can work.

    Raises
    ------
    SpecError
        If a package that it imports is absent.
    """
    absent = [name for name in NEEDED if find_spec(name) is None]
    if absent:
        msg = (
            f"--onnx needs {' and '.join(absent)}, which "
            f"{'is' if len(absent) == 1 else 'are'} not installed; "
            f"run pip install 'prunebench[onnx]'."
        )
        raise SpecError(msg)


def write_onnx(network: nn.Module, shape: tuple[int, int, int], path: Path) -> None:
    """Write a network in eval mode to one ONNX file.

    Its input ``images`` is float32, (batch, channels, height, width), preprocessed; its output
    ``scores`` is (batch, classes); the batch may have any size.
    """
    example = torch.zeros(IMAGES, *shape)
    with redirect_stdout(sys.stderr), catch_warnings():
        simplefilter("ignore")  # the exporter warns of its own code
        torch.onnx.export(
            network,
            (example,),
            path,
            input_names=["images"],
            output_names=["scores"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
