from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="random",
            start=Start.REDRAW,
            budget=Budget.SAME_EPOCHS,
            paper="Frankle & Carbin 2019, section 2; scale=sparse-he: Liu et al. 2019, section 6",
            settings=("scale", "draws"),
        )
    ]
