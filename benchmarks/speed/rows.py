"""Made-up rows of results, as many as a report is to hold."""

from prunebench.results.measurement import Measurement

SEEDS, PROTOCOLS, TARGETS, METHODS = 10, 5, 5, 8
"""Ten thousand rows are five networks."""

LAYERS, POINTS = 16, 20


def made_up(number: int) -> Measurement:
    """Make the row of a number; seeds vary fastest, then protocols, targets, methods, networks."""
    rest, seed = divmod(number, SEEDS)
    rest, protocol = divmod(rest, PROTOCOLS)
    rest, target = divmod(rest, TARGETS)
    model, method = divmod(rest, METHODS)
    density = 0.5 ** (target + 1)
    return Measurement(
        trial=str(number),
        status="ok",
        dataset="digits",
        model=f"model{model}",
        method=f"method{method}",
        protocol=f"protocol{protocol}",
        method_id=f"method{method}",
        protocol_id=f"protocol{protocol}",
        recipe="digits",
        seed=seed,
        target=str(density),
        target_density=density,
        density=density,
        test_accuracy_last=0.9 - 0.01 / density + 0.001 * seed,
        layer_densities={f"conv{layer}": density for layer in range(LAYERS)},
        curve={
            "step": list(range(POINTS)),
            "train_loss": [1 / (step + 1) for step in range(POINTS)],
        },
    )
