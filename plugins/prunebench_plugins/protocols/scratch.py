from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="scratch-e",
            start=Start.NARROW,
            budget=Budget.SAME_EPOCHS,
            paper="Liu et al. 2019, Rethinking the Value of Network Pruning, section 3",
            settings=("draws",),
        ),
        Protocol(
            name="scratch-b",
            start=Start.NARROW,
            budget=Budget.SAME_COMPUTE,
            paper="Liu et al. 2019, Rethinking the Value of Network Pruning, section 3",
            settings=("cap", "draws"),
        ),
        Protocol(
            name="scratch-b+ft",
            start=Start.NARROW,
            budget=Budget.SAME_COMPUTE,
            paper="Wang et al. 2023, Why Is the State of Neural Network Pruning so Confusing?",
            settings=("cap", "draws"),
            add_finetune=True,
        ),
    ]
