from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="none",
            start=Start.TRAINED,
            budget=Budget.NONE,
            paper="the pruned network as it is, without retraining",
        )
    ]
