"""One trial as one flat row. Needs no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from prunebench.core.digest import Json

SCHEMA = 1
"""Raised when a field changes its meaning; old rows stay readable for ever."""

Status: TypeAlias = Literal["ok", "diverged", "collapsed", "failed", "blocked"]


@dataclass(frozen=True)
class Measurement:
    """Everything measured of one trial.

    The dense network of a seed is a row too: method ``"dense"``, protocol ``"dense"``. Accuracies
    are fractions in [0, 1]; sizes count trainable parameters; macs are multiply-adds for one
    image; seconds are wall time of the machine that ran the stage. Numbers that a failed or
    blocked trial lacks are None.

    Parameters
    ----------
    trial
        Digest of the scientific coordinates: equal for two people who asked for the same thing.
    status, reason
        What became of it; diverged (a loss that is not finite) and collapsed (a layer without
        units) are results, failed and blocked are not. A reason beside ``"ok"`` says what of a
        timing, a diagnosis or a metric is missing.
    dataset, model, method, protocol
        Labels as a person would type them, with the settings that differ from the defaults.
    method_id, protocol_id
        The bare ids.
    settings
        Every resolved setting of dataset, model, method and protocol.
    recipe
        Name of the recipe.
    seed, draw
        The seed; the number of the fresh draw within it (0 where there is only one).
    granularity, scope, target, target_density, target_of
        What was asked: ``target`` is the label, ``target_density`` None for plans.
    control_of
        Label of the method that this trial is a control of; empty for what was asked for itself.
    regularized_by
        Of a dense row: label of the method whose regularizer took part; empty for the shared one.
    rewind_step
        Step of the dense run to which rewinding returns.
    scale
        Init scale of a redraw, ``"same"`` or ``"sparse-he"``; empty for other starts.
    test_accuracy_last, test_loss_last, test_top5_last
        At the last step; top-5 from 100 classes on.
    test_accuracy_selected, test_loss_selected, test_top5_selected, selected_step
        At the step that validation chose; equal to last where there is no validation.
    test_accuracy_best
        Largest test accuracy of the two declared points; never more than that is looked at.
    validation_accuracy, validation_loss
        At the selected step.
    train_loss
        Mean training loss of the last interval.
    train_accuracy
        On the training images without augmentation, at the last step; None without diagnostics,
        like the next five.
    train_loss_before_pruning, train_loss_after_pruning
        Mean cross entropy on the training images of the network that the last pruning round
        scored, and of what the round left, with no training between.
    weight_distance
        ‖θ_T - θ_0‖ / ‖θ_0‖ over the kept entries of the prunable kernels; θ_0 is where the
        retraining started (for a dense row: the dense training), θ_T its end.
    dense_distance_kept, dense_distance_pruned
        The same of the dense training, over the entries that the mask keeps and that it removes.
    accuracy_after_pruning
        Test accuracy of the pruned network before any retraining.
    params_dense, params_kept
        Whole network.
    prunable_dense, prunable_kept, density
        Prunable set, and its kept fraction.
    macs_dense, macs_physical, macs_sparse
        Dense; of the network that was run (masks save nothing); counting kept weights only.
    compression_ratio, theoretical_speedup
        params_dense / params_kept; macs_dense / macs_sparse.
    realised
        True where channels were physically removed, False where weights are only masked.
    layer_densities
        Kept fraction of every prunable layer's kernel.
    shortfall
        Units (weights or channels) by which the target was missed; 0 normally.
    density_after_pruning, density_after_training, density_evaluated
        Kept fraction of the prunable set at three moments; they must agree.
    steps, epochs
        Length of the retraining.
    lr
        Its initial learning rate.
    overridden
        Protocol settings that replaced the recipe's, such as ``"lr=0.01"``; empty normally.
    budget_ratio, budget_cap
        R and cap of Scratch-B; None elsewhere.
    dense_epochs, pruning_epochs, total_epochs
        Ledger: dense training, training between pruning rounds, and all including retraining.
    dense_macs, pruning_macs, retraining_macs, total_macs
        Ledger in forward multiply-adds: images seen times `macs_sparse` of the network they went
        through.
    seconds, dense_seconds, pruning_seconds
        Retraining; dense training; scoring and training between rounds.
    peak_memory
        Largest resident size above the stage's start in bytes, without what processes share, of the
        retraining.
    latency
        Forward passes of the cut network beside its dense counterpart in the same session:
        ``device``, ``threads``, ``precision``, ``channels_last``, ``warmup``, ``repeats``,
        ``environment``, and ``batches`` from images at a time to ``dense`` and ``pruned`` (each
        ``median``, ``p10``, ``p90`` in milliseconds for the whole batch) and ``speedup``, the ratio
        of the medians. Of a masked network ``masked`` (dense kernels) and ``sparse`` instead, with
        ``masked_speedup`` and ``sparse_speedup``; then also ``backend``, ``library``, ``run_up``
        (passes right before each that counts), and of the layers that ran sparse their number
        ``sparse_layers``, dense multiply-adds ``sparse_macs``, and kernels in ``bytes_dense`` and
        ``bytes_sparse``. Only ``untimed``, a reason, where a mask was not timed though it was asked
        for; empty where it was not.
    metrics
        What metrics gave at the last step, by their labels such as ``"ece[bins=10]"``; empty where
        none was asked for, and without those that failed. ``run.json`` says how to print them.
    tuned_setting, tuned_value
        Setting of the method's regularizer that a tuning stage chose, and its value.
    tuning_epochs, tuning_macs, tuning_seconds
        Ledger: what the tuning cost; part of the totals.
    method_seconds, method_samples, method_memory
        Cost of the method itself over all rounds: scoring, selecting and reconstructing; training
        images drawn for it; largest resident size above a stage's start in bytes.
    curve
        Learning curve of the retraining: lists ``step``, ``train_loss``, ``validation_loss``,
        ``validation_accuracy`` (the last two empty without validation); None where a value was
        not finite.
    weights_digest, mask_digest, predictions_digest
        Content digests of the evaluated weights, the mask and the predictions.
    environment
        Digest of the environment that evaluated it.
    """

    trial: str
    status: Status
    dataset: str
    model: str
    method: str
    protocol: str
    method_id: str
    protocol_id: str
    recipe: str
    seed: int
    draw: int = 0
    reason: str = ""
    settings: dict[str, Json] = field(default_factory=dict)
    granularity: str = ""
    scope: str = ""
    target: str = ""
    target_density: float | None = None
    control_of: str = ""
    regularized_by: str = ""
    target_of: str = "params"
    rewind_step: int | None = None
    scale: str = ""
    test_accuracy_last: float | None = None
    test_loss_last: float | None = None
    test_top5_last: float | None = None
    test_accuracy_selected: float | None = None
    test_loss_selected: float | None = None
    test_top5_selected: float | None = None
    selected_step: int | None = None
    test_accuracy_best: float | None = None
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    train_loss: float | None = None
    train_accuracy: float | None = None
    train_loss_before_pruning: float | None = None
    train_loss_after_pruning: float | None = None
    weight_distance: float | None = None
    dense_distance_kept: float | None = None
    dense_distance_pruned: float | None = None
    accuracy_after_pruning: float | None = None
    params_dense: int | None = None
    params_kept: int | None = None
    prunable_dense: int | None = None
    prunable_kept: int | None = None
    density: float | None = None
    macs_dense: int | None = None
    macs_physical: int | None = None
    macs_sparse: int | None = None
    compression_ratio: float | None = None
    theoretical_speedup: float | None = None
    realised: bool | None = None
    layer_densities: dict[str, float] = field(default_factory=dict)
    shortfall: int | None = None
    density_after_pruning: float | None = None
    density_after_training: float | None = None
    density_evaluated: float | None = None
    steps: int | None = None
    epochs: float | None = None
    lr: float | None = None
    overridden: str = ""
    budget_ratio: float | None = None
    budget_cap: float | None = None
    dense_epochs: float | None = None
    pruning_epochs: float | None = None
    total_epochs: float | None = None
    dense_macs: int | None = None
    pruning_macs: int | None = None
    retraining_macs: int | None = None
    total_macs: int | None = None
    seconds: float | None = None
    dense_seconds: float | None = None
    pruning_seconds: float | None = None
    peak_memory: int | None = None
    latency: dict[str, Json] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tuned_setting: str = ""
    tuned_value: float | None = None
    tuning_epochs: float | None = None
    tuning_macs: int | None = None
    tuning_seconds: float | None = None
    method_seconds: float | None = None
    method_samples: int | None = None
    method_memory: int | None = None
    curve: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    weights_digest: str = ""
    mask_digest: str = ""
    predictions_digest: str = ""
    environment: str = ""
    schema: int = SCHEMA


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Measurement))
"""Column names in order."""
