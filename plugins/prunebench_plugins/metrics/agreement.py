from prunebench.api import Metric, Tested, hookimpl


class Agreement(Metric):
    """Share of the test images that the dense network of the same seed puts into the same class.

    Two networks of equal accuracy may err on different images; Hooker et al. 2019 ask for the
    images on which a compressed network departs from the whole one. Right or wrong does not matter.
    """

    name = "agreement"
    paper = "Hooker et al. 2019, What Do Compressed Deep Neural Networks Forget?"
    unit = "%"
    scale = 100.0
    bounds = (0.0, 1.0)
    needs = frozenset({"dense"})

    def compute(self, tested: Tested) -> float:
        return float((tested.classes == tested.dense.classes).mean())


@hookimpl
def prunebench_metrics() -> list[type[Metric]]:
    return [Agreement]
