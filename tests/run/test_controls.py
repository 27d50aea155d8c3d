"""Controls run: their masks have another method's counts and their own choice of units."""

import torch

from prunebench.store.store import Store


def test_controls_keep_as_many_units_of_every_layer(run_tiny, plan_of, tmp_path):
    """Global magnitude's layer profile, with random weights and with per-layer magnitude."""
    asked = {"methods": ["magnitude[scope=global]"], "protocols": ["none"], "controls": True}
    finished = run_tiny(**asked)
    store = Store(tmp_path / "store")
    rows = {row.method: row for row in finished.rows if row.method != "dense"}
    masks = {
        trial.facts["method"]: store.get(trial.prunes[-1])
        for trial in plan_of(**asked).trials
        if trial.prunes
    }
    own = masks.pop("magnitude[scope=global]")

    assert {row.status for row in rows.values()} == {"ok"}
    assert set(masks) == {"random-mask like magnitude[scope=global]"}
    for control in masks.values():
        assert control.record["counts"] == own.record["counts"]
        assert any(
            not torch.equal(mask, own.part("mask")[name])
            for name, mask in control.part("mask").items()
        )
    assert len({row.density for row in rows.values()}) == 1


def test_the_cost_of_a_method_is_in_its_row(run_tiny):
    """Images are counted as drawn: 200 by the gradient, none by magnitude."""
    methods = ["magnitude", "gradient[samples=200]"]
    rows = run_tiny(methods=methods, protocols=["none"]).rows
    samples = {row.method_id: row.method_samples for row in rows}

    assert samples == {"dense": None, "magnitude": 0, "gradient": 200}
    assert all(row.method_seconds > 0 for row in rows if row.method_id != "dense")
