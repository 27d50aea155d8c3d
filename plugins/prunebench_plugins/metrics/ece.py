import numpy as np

from prunebench.api import Metric, Tested, hookimpl, setting
from prunebench.errors import SpecError


class Ece(Metric):
    """Expected calibration error: how far confidence is from accuracy, on average.

    Guo et al. 2017, equation 3: images are sorted by their confidence into bins of equal width,
    and ECE = sum over bins of |B| / n · |acc(B) - conf(B)|. A bin is open below and closed above.
    """

    name = "ece"
    paper = "Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3"
    unit = "%"
    scale = 100.0
    direction = "lower"
    bounds = (0.0, 1.0)

    bins: int = setting(15, "bins of equal width between 0 and 1; at least 1")

    def __post_init__(self) -> None:
        if self.bins < 1:
            msg = f"{self.name}[bins] must be at least 1, got {self.bins}."
            raise SpecError(msg)

    def compute(self, tested: Tested) -> float:
        inner = np.arange(1, self.bins) / self.bins
        places = np.searchsorted(inner, tested.confidence, side="left")
        gaps = (tested.classes == tested.labels) - tested.confidence  # acc - conf, image by image
        return float(np.abs(np.bincount(places, gaps)).sum() / len(gaps))


@hookimpl
def prunebench_metrics() -> list[type[Metric]]:
    return [Ece]
