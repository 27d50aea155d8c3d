"""What a bundle's rows rest on, read from the store: predictions, kept counts, labels, weights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save

from prunebench.bundle.checks.links import base
from prunebench.bundle.document import Curve, LayerCount, Predictions
from prunebench.contracts.dataset import DatasetInfo
from prunebench.errors import StoreError
from prunebench.experiment.experiment import trial_id
from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.results.lookup import UNMEASURED
from prunebench.results.measurement import Measurement
from prunebench.run.bench import Bench
from prunebench.run.digests import tensors_digest
from prunebench.run.network import make_survivor
from prunebench.run.task import task_of


@dataclass(frozen=True)
class Evidence:
    """A run's rows beside the stages that they were read from.

    Parameters
    ----------
    bench
        Plugins and store.
    plan
        Of the rows' experiment, as it is planned today.
    rows
        To be packed.
    """

    bench: Bench
    plan: Plan
    rows: tuple[Measurement, ...]

    @cached_property
    def planned(self) -> Mapping[str, PlannedTrial]:
        """The planned trials by id."""
        return {str(trial.facts["trial"]): trial for trial in self.plan.trials}

    @property
    def measured(self) -> list[Measurement]:
        """Rows that have an outcome."""
        return [row for row in self.rows if row.status not in UNMEASURED]

    def refuse_gone(self) -> None:
        """Refuse rows that are no longer planned, or whose test or masks the store lacks.

        Raises
        ------
        StoreError
            With the first of them, how many there are, and how to mend it.
        """
        store = self.bench.store
        gone = [row for row in self.rows if row.trial not in self.planned]
        if gone:
            msg = (
                f"the run's experiment no longer plans {len(gone)} of its {len(self.rows)} rows "
                f"(trial {gone[0].trial[:12]}): a default or a data set has changed since; run "
                f"the experiment again and pack that."
            )
            raise StoreError(msg)
        for row in self.measured:
            trial = self.planned[row.trial]
            if not (store.has_tensors(trial.evaluate) and all(map(store.has, trial.prunes[-1:]))):
                gone.append(row)
        if gone:
            msg = (
                f"the store {store.root} no longer holds what {len(gone)} of {len(self.rows)} rows "
                f"were read from (trial {gone[0].trial[:12]}): it was cleared or is another one, "
                f"or the code of a plugin has changed since; name the run's own --store, or run "
                f"the experiment again."
            )
            raise StoreError(msg)

    def predictions(self) -> dict[str, Predictions]:
        """Read what every network with a test accuracy said of the test images."""
        tested = (row for row in self.measured if row.test_accuracy_last is not None)
        return {row.trial: self.predicted(row) for row in tested}

    def predicted(self, row: Measurement) -> Predictions:
        """Read one network's predictions.

        Raises
        ------
        StoreError
            If they are not those that the row names.
        """
        found = self.bench.artifact(self.planned[row.trial].evaluate)
        if found.record["predictions_digest"] != row.predictions_digest:
            msg = (
                f"the store {self.bench.store.root} holds other predictions than trial "
                f"{row.trial[:12]} names; it is another store than the run's, or the trial was "
                f"computed anew since: run the experiment again and pack that."
            )
            raise StoreError(msg)
        part = found.part("predictions")
        return Predictions(part["class"].numpy(), part["confidence"].half().numpy())

    def layers(self) -> dict[str, tuple[LayerCount, ...]]:
        """Count what every pruned row kept of the kernels of its prunable layers."""
        pruned = [row for row in self.measured if self.planned[row.trial].prunes]
        return {row.trial: self.kept(row) for row in pruned}

    def kept(self, row: Measurement) -> tuple[LayerCount, ...]:
        """Count what one row kept of every kernel."""
        record: Mapping[str, Any] = self.bench.store.record(self.planned[row.trial].prunes[-1])
        sizes: Mapping[str, int] = record["layer_sizes"]
        parts: Mapping[str, float] = record["layer_densities"]
        # A quotient of whole numbers times its divisor is within half a weight of the dividend.
        return tuple(LayerCount(name, n, round(parts[name] * n)) for name, n in sizes.items())

    def dense(self) -> dict[str, str]:
        """Name the dense row that every pruned row was made from, by trial.

        What was pruned before any training stands beside the shared dense network of its seed.
        """
        own = {
            (trial.dense, trial.facts["seed"]): name
            for name, trial in self.planned.items()
            if trial.facts["method_id"] == "dense"
        }
        pruned = [row for row in self.rows if row.method_id != "dense"]
        return {
            row.trial: own.get((self.planned[row.trial].dense, row.seed)) or trial_id(base(row))
            for row in pruned
        }

    def labels(self) -> Iterator[tuple[str, DatasetInfo, NDArray[np.uint16]]]:
        """Load every data set once, and give its label, facts and test labels."""
        seen: set[str] = set()
        for row in self.rows:
            if row.dataset not in seen:
                seen.add(row.dataset)
                task = task_of(self.plan.stages[self.planned[row.trial].evaluate])
                info, images = self.bench.data(replace(task, spec={"data": task.spec["data"]}))
                yield row.dataset, info, images.test.labels.numpy().astype(np.uint16)


class Weights(Mapping[str, bytes]):
    """Networks of rows as safetensors files, each made when it is asked for.

    Parameters
    ----------
    evidence
        The rows and their stages.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.rows = {row.trial: row for row in evidence.measured if row.weights_digest}

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def refuse_dropped(self) -> None:
        """Refuse rows whose weights the store has dropped.

        Raises
        ------
        StoreError
            With how many there are, and how to mend it.
        """
        evidence = self.evidence
        store, stages = evidence.bench.store, evidence.plan.stages
        tests = {trial: stages[evidence.planned[trial].evaluate] for trial in self.rows}
        gone = [t for t, test in tests.items() if not all(map(store.has_tensors, test.needs))]
        if gone:
            msg = (
                f"the store {store.root} has dropped the weights of {len(gone)} of "
                f"{len(self.rows)} networks (trial {gone[0][:12]}); leave --weights out, or run "
                f"the experiment again with --keep-weights."
            )
            raise StoreError(msg)

    def __getitem__(self, trial: str) -> bytes:
        """Make one network as it was tested, and write it.

        Raises
        ------
        StoreError
            If it is not the one that the row names.
        """
        evidence = self.evidence
        spec: Mapping[str, Any] = evidence.plan.stages[evidence.planned[trial].evaluate].spec
        network = make_survivor(evidence.bench, spec, trained=spec["trained"]).network
        state = network.state_dict()
        if tensors_digest(state) != self.rows[trial].weights_digest:
            msg = (
                f"the network made again is not the one that trial {trial[:12]} measured: a plugin "
                f"or a library has changed; run the experiment again, or leave --weights out."
            )
            raise StoreError(msg)
        return save({name: tensor.contiguous().clone() for name, tensor in state.items()})


def curve_of(row: Measurement) -> Curve | None:
    """Give a row's learning curve; None where nothing was trained."""
    if not row.curve.get("step"):
        return None
    found = {name: tuple(values) for name, values in row.curve.items()}
    return Curve(
        steps=tuple(int(step) for step in found["step"] if step is not None),
        train_loss=found.get("train_loss", ()),
        validation_loss=found.get("validation_loss", ()),
        validation_accuracy=found.get("validation_accuracy", ()),
    )
