from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="lr-rewind",
            start=Start.TRAINED,
            budget=Budget.SAME_EPOCHS,
            paper="Renda, Frankle & Carbin 2020, Comparing Rewinding and Fine-tuning, section 2",
        )
    ]
