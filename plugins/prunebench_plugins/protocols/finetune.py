from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="finetune",
            start=Start.TRAINED,
            budget=Budget.FINETUNE,
            paper="Li et al. 2017, section 4; Liu et al. 2019, section 3",
            settings=("length", "lr"),
        )
    ]
