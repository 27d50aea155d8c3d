"""A run's folder and its store become a bundle."""

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load

from prunebench.bundle.archive import read_bundle, write_bundle
from prunebench.bundle.document import Submitter
from prunebench.errors import SpecError, StoreError, UnknownNameError
from prunebench.plugin.registry import load_registry
from prunebench.results.folder import read_record, read_rows, write_record, write_results
from prunebench.run.bundling import (
    Submission,
    chosen_rows,
    in_utc,
    make_bundle,
    read_source,
)
from prunebench.run.digests import tensors_digest
from prunebench.run.run import Places


@pytest.fixture
def copied(packable, tmp_path):
    """Copy the run with its store, to be spoilt."""
    store = tmp_path / "store"
    shutil.copytree(packable.places.store, store)
    return Places(store, tmp_path), store / "runs" / packable.folder.name


def test_a_bundle_has_every_row_without_its_curve(packed, packable):
    """Rows are the run's; curves lie beside them, of every row that was trained."""
    rows = {row.trial: row for row in read_rows(packable.folder)}

    assert [entry.row.trial for entry in packed.entries] == sorted(rows)
    for entry in packed.entries:
        row = rows[entry.row.trial]
        assert replace(entry.row, curve=row.curve) == row
        assert list(packed.curves[row.trial].steps) == row.curve["step"]
        assert list(packed.curves[row.trial].train_loss) == row.curve["train_loss"]


def test_scores_follow_from_predictions_and_labels(packed):
    """The accuracy of every row is the share of test images whose class its network predicts."""
    labels = packed.labels["digits"]

    assert len(labels) == 359
    for entry in packed.entries:
        predictions = packed.predictions[entry.row.trial]
        right = int(np.count_nonzero(predictions.classes == labels))
        assert right / 359 == pytest.approx(entry.row.test_accuracy_last, abs=1e-12)
        assert (predictions.classes.dtype, predictions.confidence.dtype) == (np.int16, np.float16)
        assert 0.1 <= predictions.confidence.min() <= predictions.confidence.max() <= 1


def test_layers_add_up_to_what_was_kept(packed):
    """Kept weights of the kernels are half of them; every pruned row has its layers."""
    pruned = [entry.row for entry in packed.entries if entry.row.method_id != "dense"]

    assert set(packed.layers) == {row.trial for row in pruned}
    for row in pruned:
        counts = packed.layers[row.trial]
        assert sum(count.kept for count in counts) == row.prunable_kept
        assert sum(count.size for count in counts) == row.prunable_dense
        assert {c.layer: c.kept / c.size for c in counts} == row.layer_densities


def test_a_row_names_the_dense_network_it_was_pruned_from(packed):
    """Pruned rows name the dense row and its weights; the dense row names none."""
    dense = next(e.row for e in packed.entries if e.row.method_id == "dense")
    links = {(e.row.method_id, e.dense, e.dense_weights) for e in packed.entries}

    assert links == {
        ("dense", "", ""),
        ("magnitude", dense.trial, dense.weights_digest),
        ("l1filter", dense.trial, dense.weights_digest),
        ("random-channel", dense.trial, dense.weights_digest),
        ("random-mask", dense.trial, dense.weights_digest),
    }


def test_a_manifest_says_where_rows_come_from(packed, packable, registry):
    """Environment, plugins with digests of their code, data and pairs are those of the rows."""
    record, facts = read_record(packable.folder), packed.manifest
    used = {
        plugin.origin.entry_point: plugin.source.digest for plugin in registry.inventory.plugins
    }

    assert facts.environments == {record.environment["id"]: record.environment}
    assert [plugin.entry_point for plugin in facts.plugins] == [
        "digits",
        "finetune",
        "l1filter",
        "magnitude",
        "random-channel",
        "random-mask",
        "scratch",
        "smallconv",
    ]
    assert all(plugin.source_digest == used[plugin.entry_point] for plugin in facts.plugins)
    assert {plugin.entry_point: plugin.file_digest for plugin in facts.plugins} == {
        plugin.origin.entry_point: sha256(Path(plugin.source.file).read_bytes()).hexdigest()
        for plugin in registry.inventory.plugins
        if plugin.origin.entry_point in {used.entry_point for used in facts.plugins}
    }
    assert [(one.label, one.classes, one.test) for one in facts.datasets] == [("digits", 10, 359)]
    assert [(pair.model, pair.test) for pair in facts.pairs] == [("smallconv[width=4]", 359)]
    assert facts.counts == {"ok": len(packed.entries)}


def test_packing_twice_gives_the_same_bytes(packable, registry, tmp_path):
    """Nothing in a bundle comes from the clock or the order of a dictionary; it reads back."""
    source = read_source(packable.folder)
    submission = Submission(submitter=Submitter("A. Person", "https://example.org"), title="a run")
    paths = [
        write_bundle(make_bundle(registry, packable.places, source, submission), tmp_path / name)
        for name in ("one", "two")
    ]

    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()
    again = read_bundle(paths[0])
    assert again.manifest.submitter == Submitter("A. Person", "https://example.org")
    assert again.manifest.title == "a run"


def test_one_method_is_packed_with_its_controls_and_dense_networks(packable, registry):
    """A submission of one method has no row, and no plugin, of another."""
    source = read_source(packable.folder)
    found = make_bundle(registry, packable.places, source, Submission(methods=("l1filter",)))
    methods = {(entry.row.method, entry.row.control_of) for entry in found.entries}

    assert methods == {
        ("dense", ""),
        ("l1filter", ""),
        ("l1filter", "l1filter"),  # trained from scratch
        ("random-channel like l1filter", "l1filter"),
    }
    assert found.manifest.experiment["methods"] == ["l1filter"]
    assert "magnitude" not in {plugin.entry_point for plugin in found.manifest.plugins}
    assert set(found.manifest.papers) >= {"method l1filter", "protocol finetune"}
    assert "method magnitude" not in found.manifest.papers


def test_a_method_that_was_not_run_is_refused(packable):
    """The sentence names the methods that were."""
    rows = read_rows(packable.folder)

    with pytest.raises(SpecError, match="'obd'; its methods are: l1filter, magnitude"):
        chosen_rows(rows, ["magnitude", "obd"])


def test_settings_are_told_apart(packable):
    """A bare id means all settings of a method, a label one of them."""
    row = next(r for r in read_rows(packable.folder) if r.method == "magnitude")
    rows = [row, replace(row, trial="f" * 32, method="magnitude[scope=layer]")]

    assert len(chosen_rows(rows, ["magnitude[scope=layer]"])) == 1
    assert len(chosen_rows(rows, ["magnitude"])) == 2


def test_what_the_store_has_lost_is_told(copied, registry):
    """Without the predictions nothing can be packed; the sentence says how to mend it."""
    places, folder = copied
    shutil.rmtree(places.store / "objects")
    (places.store / "objects").mkdir()

    with pytest.raises(StoreError, match="no longer holds what 6 of 6 rows were read from"):
        make_bundle(registry, places, read_source(folder), Submission())


def test_another_folder_than_a_store_is_refused(packable, registry, tmp_path):
    """Nothing is made where there is no store."""
    places = Places(tmp_path / "nowhere", tmp_path)

    with pytest.raises(SpecError, match="there is no store"):
        make_bundle(registry, places, read_source(packable.folder), Submission())
    assert not places.store.exists()


def test_rows_of_another_store_are_refused(copied, registry):
    """A row whose predictions are not those in the store is not packed with them."""
    places, folder = copied
    rows = read_rows(folder)
    write_results(folder, [replace(rows[-1], predictions_digest="0" * 32), *rows[:-1]])

    with pytest.raises(StoreError, match="holds other predictions than trial"):
        make_bundle(registry, places, read_source(folder), Submission())


def test_an_environment_is_found_in_another_run_of_the_store(copied, registry):
    """A row that was taken over names the environment of the run that measured it."""
    places, folder = copied
    record = read_record(folder)
    other = folder.with_name("19990101-000000-abcdef")
    other.mkdir()
    write_record(other, record)
    write_record(folder, replace(record, environment={**record.environment, "id": "0" * 32}))

    found = make_bundle(registry, places, read_source(folder), Submission())

    assert found.manifest.environments == {record.environment["id"]: record.environment}


def test_an_environment_that_no_run_knows_is_refused(copied, registry):
    """The sentence says of how many rows it is, and how to mend it."""
    places, folder = copied
    record = read_record(folder)
    write_record(folder, replace(record, environment={"id": "0" * 32}))

    with pytest.raises(StoreError, match=r"6 rows were measured .*copy the folder of the run"):
        make_bundle(registry, places, read_source(folder), Submission())


def test_a_blocked_plugin_is_named(packable):
    """A run cannot be planned again without the plugin of a packed method."""
    source = read_source(packable.folder)

    with pytest.raises(UnknownNameError, match="unknown method 'magnitude'"):
        make_bundle(load_registry(["magnitude"]), packable.places, source, Submission())
    found = make_bundle(
        load_registry(["magnitude"]), packable.places, source, Submission(methods=("l1filter",))
    )
    assert {entry.row.method_id for entry in found.entries} == {
        "dense",
        "l1filter",
        "random-channel",
    }


def test_weights_are_the_networks_that_were_tested(packable, registry):
    """Each file holds the network of its row, masked or cut."""
    submission = Submission(weights=True)
    found = make_bundle(registry, packable.places, read_source(packable.folder), submission)

    assert found.manifest.weights
    assert {trial: tensors_digest(load(data)) for trial, data in found.weights.items()} == {
        row.trial: row.weights_digest for row in packable.rows
    }


def test_dropped_weights_are_told(copied, registry):
    """The sentence counts the networks, and says how to keep them or do without."""
    places, folder = copied
    rows = [row for row in read_rows(folder) if row.method_id == "magnitude"]
    for tensors in places.store.glob("objects/*/*/tensors.safetensors"):
        if tensors_digest_of(tensors) in {row.weights_digest for row in rows}:
            tensors.unlink()
    source, submission = read_source(folder), Submission(weights=True)

    with pytest.raises(
        StoreError, match=r"dropped the weights of 1 of 6 networks .*--keep-weights"
    ):
        make_bundle(registry, places, source, submission)
    assert len(make_bundle(registry, places, source, Submission()).entries) == 6


def tensors_digest_of(file: Path) -> str:
    """Give the digest of an artifact's last state; of nothing where it has none."""
    tensors = load(file.read_bytes())
    return tensors_digest({n[5:]: t for n, t in tensors.items() if n.startswith("last/")})


@pytest.mark.parametrize(
    ("created", "utc"),
    [
        ("2025-01-31T12:00:00+00:00", "2025-01-31T12:00:00Z"),
        ("2025-01-31T00:30:00+02:00", "2025-01-30T22:30:00Z"),
    ],
)
def test_times_are_written_in_utc(created, utc):
    """A run's local time becomes the same moment in UTC."""
    assert in_utc(created, Path("run")) == utc


@pytest.mark.parametrize("created", ["", "yesterday", "2025-01-31T12:00:00"])
def test_a_time_without_an_offset_is_refused(created):
    """Nobody can say which moment it was."""
    with pytest.raises(StoreError, match="no time with an offset"):
        in_utc(created, Path("run"))
