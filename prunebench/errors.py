"""The exception tree.

::

    PrunebenchError
    ├── UserError                 exit code 2: the question cannot be answered as asked
    │   ├── SpecError             a value in a flag or a TOML file
    │   ├── UnknownNameError      no such method, model, data set, protocol, recipe, benchmark
    │   ├── IncompatibleError     two things that cannot work together
    │   └── DataError             a data set that is absent, damaged or of the wrong shape
    ├── PluginError               exit code 3: a plugin is needed and cannot be used
    │   ├── PluginLoadError       it could not be loaded, or two claim one name
    │   │   └── PluginVersionError  it was written for another API
    │   └── ContractError         it broke its contract
    └── StoreError                the store does not hold what it should
        └── DigestError           an artifact's content is not what was written
"""


class PrunebenchError(Exception):
    """Anything that prunebench reports in one sentence."""

    exit_code = 1


class UserError(PrunebenchError):
    """The request cannot be carried out as written."""

    exit_code = 2


class SpecError(UserError):
    """A value in a flag, a bracket or a TOML file is not usable."""


class UnknownNameError(UserError):
    """A name nobody has registered."""


class IncompatibleError(UserError):
    """Two things that cannot work together."""


class DataError(UserError):
    """A data set is absent, damaged or has the wrong shape."""


class PluginError(PrunebenchError):
    """A plugin is needed and cannot be used."""

    exit_code = 3


class PluginLoadError(PluginError):
    """A plugin could not be loaded, or several plugins claim one name."""


class PluginVersionError(PluginLoadError):
    """A plugin was written for another API than this one.

    Parameters
    ----------
    message
        One sentence.
    api
        The range that the plugin declares.
    """

    def __init__(self, message: str, api: str) -> None:
        super().__init__(message)
        self.api = api


class ContractError(PluginError):
    """A plugin returned something its contract does not allow.

    Parameters
    ----------
    message
        The sentence.
    whose
        Kind and name of what the plugin offers, such as ``("model", "resnet20")``, where a
        traceback does not tell.
    """

    def __init__(self, message: str, whose: tuple[str, str] | None = None) -> None:
        super().__init__(message)
        self.whose = whose


class StoreError(PrunebenchError):
    """The store does not hold what it should."""


class DigestError(StoreError):
    """An artifact's content differs from what was written."""
