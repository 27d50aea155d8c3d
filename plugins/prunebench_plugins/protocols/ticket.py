from prunebench.api import Budget, Protocol, Start, hookimpl


@hookimpl
def prunebench_protocols() -> list[Protocol]:
    return [
        Protocol(
            name="ticket",
            start=Start.REWIND,
            budget=Budget.SAME_EPOCHS,
            paper="Frankle & Carbin 2019, section 2; late rewinding: Frankle et al. 2020",
        )
    ]
