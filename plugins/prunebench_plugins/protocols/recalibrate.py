from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="recalibrate",
            start=Start.TRAINED,
            budget=Budget.NONE,
            paper="the pruned network with batch-norm statistics measured anew, untrained",
            settings=("images",),
            recalibrate=True,
        )
    ]
