"""Normal equations, also of deficient rank."""

import numpy as np
import torch
from scipy.linalg import lstsq
from scipy.linalg.lapack import dpocon, dpotrf, dpotrs
from torch import Tensor

CUTOFF = 1e-12
"""Condition of a Gram matrix beyond which directions are noise: 1e-6 for the rows, float32's."""
SAFE = 1e-10
"""Condition up to which no direction is in doubt and elimination is exact enough."""


def least_squares(gram: Tensor, target: Tensor) -> Tensor:
    """Solve normal equations of deficient rank; of all solutions the smallest.

    Parameters
    ----------
    gram
        XᵀX, (features, features), float64.
    target
        XᵀY, (features, outputs).

    Returns
    -------
    Tensor
        (features, outputs), on the CPU.
    """
    matrix, right = gram.cpu().numpy(), target.cpu().numpy()
    factor, failed = dpotrf(matrix, lower=True)
    if not failed and dpocon(factor, np.abs(matrix).sum(0).max(), uplo="L")[0] > SAFE:
        return torch.from_numpy(dpotrs(factor, right, lower=True)[0])
    # scipy, for torch's "gelsy" forgets to clear its pivots and finds wrong ranks.
    solved = lstsq(matrix, right, cond=CUTOFF, lapack_driver="gelsy")
    return torch.from_numpy(solved[0])
