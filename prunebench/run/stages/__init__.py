"""Stage bodies: one function per kind, ``(bench, task) -> Artifact``."""

from collections.abc import Callable, Mapping

from prunebench.plan.stage import Kind
from prunebench.run.bench import Bench
from prunebench.run.stages.diagnose import diagnose_stage
from prunebench.run.stages.evaluate import evaluate_stage
from prunebench.run.stages.init import init_stage
from prunebench.run.stages.latency import latency_stage
from prunebench.run.stages.load import load_stage
from prunebench.run.stages.measure import measure_stage
from prunebench.run.stages.prune import prune_stage
from prunebench.run.stages.recalibrate import recalibrate_stage
from prunebench.run.stages.score import score_stage
from prunebench.run.stages.train import train_stage
from prunebench.run.stages.tune import tune_stage
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact

BODIES: Mapping[Kind, Callable[[Bench, Task], Artifact]] = {
    "init": init_stage,
    "load": load_stage,
    "tune": tune_stage,
    "train": train_stage,
    "score": score_stage,
    "prune": prune_stage,
    "recalibrate": recalibrate_stage,
    "evaluate": evaluate_stage,
    "measure": measure_stage,
    "diagnose": diagnose_stage,
    "latency": latency_stage,
}
