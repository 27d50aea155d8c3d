"""prunebench: a benchmark of neural-network pruning methods under retraining protocols.

>>> import prunebench
>>> frame = prunebench.load_results("store")  # doctest: +SKIP

Both names are looked up when first used, so that ``import prunebench`` costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prunebench.results.frame import load_results

    __version__: str

__all__ = ["__version__", "load_results"]


def __getattr__(name: str) -> object:
    if name == "load_results":
        from prunebench.results.frame import load_results

        return load_results
    if name == "__version__":
        from importlib.metadata import version

        return version("prunebench")
    msg = f"module 'prunebench' has no attribute {name!r}"
    raise AttributeError(msg)
