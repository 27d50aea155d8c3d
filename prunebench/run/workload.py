"""What stages ask of a machine: training steps, images passed forward, weights handled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prunebench.core.digest import canonical
from prunebench.plan.stage import Stage
from prunebench.run.sizes import Sizes
from prunebench.training.curve import interval_ends

SCORING = 3
"""A score that reads images passes them forward and back, about thrice the cost of forward."""

SAMPLE_SETTINGS = ("images", "samples")
"""Settings by which methods say how many training images they look at."""


@dataclass(frozen=True)
class Work:
    """What one stage asks of a machine.

    Parameters
    ----------
    group
        Stages of one group take about the same time for the same work.
    network
        Name of the dense network and how it computes.
    training
        Name of the training, for stages that train; the others' is empty.
    macs, params
        Of that network, for one image.
    steps, batch
        Training steps, and images in each.
    images
        Images passed forward beside the training.
    sorted
        Weights that are scored and sorted.
    share
        Multiply-adds of the network at work over the dense one's: below 1 where it is cut.
    """

    group: str
    network: str
    training: str = ""
    macs: int = 0
    params: int = 0
    steps: float = 0.0
    batch: int = 0
    images: float = 0.0
    sorted: int = 0
    share: float = 1.0


class Workloads:
    """Tells what stages ask of a machine.

    Parameters
    ----------
    sizes
        Sizes of networks and data sets, and what prunings leave.
    stages
        Those of the plan, by key.
    """

    def __init__(self, sizes: Sizes, stages: Mapping[str, Stage]) -> None:
        self.sizes, self.stages = sizes, stages
        self._kinds: Mapping[str, Callable[[Stage, Work], Work]] = {
            "train": self.train,
            "tune": self.tune,
            "prune": self.prune,
            "score": self.prune,
            "recalibrate": self.recalibrate,
            "evaluate": self.evaluate,
            "diagnose": self.diagnose,
            "latency": self.latency,
        }

    def of(self, stage: Stage) -> Work:
        """Tell what a stage asks."""
        spec: Mapping[str, Any] = stage.spec
        if stage.kind == "measure":  # outputs are read, and no network is run
            return Work(f"measure {spec['metric']['name']} on {spec['data']['name']}", "")
        layout = self.sizes.layout(spec["model"])
        network = network_name(spec)
        work = Work(f"{stage.kind} {network}", network, macs=layout.macs, params=layout.params)
        tell = self._kinds.get(stage.kind)
        return work if tell is None else tell(stage, work)

    def train(self, stage: Stage, work: Work) -> Work:
        """Tell of a training: its steps, and the validation images at every evaluation."""
        spec: Mapping[str, Any] = stage.spec
        said, mask = spec["schedule"], spec["network"]["mask"]
        start, stop = self.course(stage)
        points = interval_ends(start, stop, evaluate_interval(said))
        share = 1.0 if mask is None else self.sizes.share(self.stages[mask])
        training = training_name(spec)
        return replace(
            work,
            group=f"train {training} {'cut' if share < 1.0 else 'whole'}",
            training=training,
            steps=stop - start,
            batch=spec["batch"],
            images=len(points) * self.sizes.validation_images(stage),
            share=share,
        )

    def course(self, stage: Stage) -> tuple[int, int]:
        """Give the first step of a training and the one after the last, as far as they are known.

        Scratch-B is stretched by what its mask leaves; what an earlier stage did is left out.
        """
        spec: Mapping[str, Any] = stage.spec
        said = spec["schedule"]
        start: int = said["start"]
        if stage.resume is not None and stage.resume in self.stages:
            earlier: Mapping[str, Any] = self.stages[stage.resume].spec
            start = earlier["schedule"]["stop"]
        if said.get("rule") != "same-compute":
            return start, int(said["stop"])
        left = max(self.sizes.left(self.stages[spec["network"]["mask"]]), 1e-6)
        ratio = min(1 / left, said["cap"] or 1 / left)
        unit = said["epoch_steps"] if said["unit"] == "epochs" else 1
        return start, (int(said["length"] * ratio) + said["extra"]) * unit

    def tune(self, stage: Stage, work: Work) -> Work:
        """Tell of a search: all its short trainings, each with a pruning."""
        spec: Mapping[str, Any] = stage.spec
        runs = spec["search"]["runs"]
        name = training_name(spec)
        return replace(
            work,
            group=f"tune {name}",
            training=name,
            steps=stage.steps,
            batch=spec["batch"],
            sorted=runs * work.params,
        )

    def prune(self, stage: Stage, work: Work) -> Work:
        """Tell of a scoring or a pruning: images that its method looks at, weights it sorts."""
        spec: Mapping[str, Any] = stage.spec
        rounds = len(spec.get("quotas", ())) or 1
        said = spec.get("method") or {"name": "", "settings": {}}
        looked = next((said["settings"][n] for n in SAMPLE_SETTINGS if n in said["settings"]), 0)
        images = looked if isinstance(looked, int) and not spec.get("scores") else 0
        return replace(
            work,
            group=f"{work.group} {said['name']}",
            images=SCORING * images * rounds,
            sorted=rounds * work.params,
        )

    def recalibrate(self, stage: Stage, work: Work) -> Work:
        """Tell of a measurement of batch norms."""
        spec: Mapping[str, Any] = stage.spec
        return replace(work, images=spec["images"], share=self.share_of(spec))

    def evaluate(self, stage: Stage, work: Work) -> Work:
        """Tell of a test: twice where validation may have selected another state than the last."""
        spec: Mapping[str, Any] = stage.spec
        tested = self.sizes.info(stage).test
        source = self.stages.get(spec["network"]["weights"])
        selects = (
            spec["trained"]
            and source is not None
            and source.kind == "train"
            and self.sizes.validation_images(source)
        )
        return replace(work, images=tested * (2 if selects else 1), share=self.share_of(spec))

    def diagnose(self, stage: Stage, work: Work) -> Work:
        """Tell of a diagnosis: training images, before and after a deletion."""
        spec: Mapping[str, Any] = stage.spec
        looks = 1 if spec["what"] == "training" else 2
        images = looks * self.sizes.training_images(stage)
        return replace(work, images=images, share=self.share_of(spec))

    def latency(self, stage: Stage, work: Work) -> Work:
        """Tell of a timing: two networks at every batch size."""
        spec: Mapping[str, Any] = stage.spec
        passes = spec["warmup"] + spec["repeats"]
        return replace(work, images=2 * passes * sum(spec["batches"]))

    def share_of(self, spec: Mapping[str, Any]) -> float:
        """Give the share of the network that a stage looks at."""
        mask = spec["network"]["mask"]
        return 1.0 if mask is None else self.sizes.share(self.stages[mask])


def evaluate_interval(said: Mapping[str, Any]) -> int:
    """Give the steps between two evaluations of a schedule, which may count in epochs."""
    is_rule = said.get("rule") == "same-compute"
    unit = said["epoch_steps"] if is_rule and said["unit"] == "epochs" else 1
    return int(said["evaluate_every"] * unit)


def network_name(spec: Mapping[str, Any]) -> str:
    """Name a network and how it computes."""
    how = spec.get("numerics", spec)
    facts = [how.get(name) for name in ("device", "precision", "channels_last")]
    return canonical([spec["model"], *facts])


def training_name(spec: Mapping[str, Any]) -> str:
    """Name what decides how long a training step takes."""
    pull = spec["regularizer"]
    how = [spec[name] for name in ("model", "optimiser", "batch", "augmentation", "numerics")]
    return canonical([*how, None if pull is None else pull["name"]])
