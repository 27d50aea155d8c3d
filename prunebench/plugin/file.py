"""A plugin that is one Python file, named on the command line and not installed."""

import sys
from collections.abc import Collection
from dataclasses import dataclass
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from prunebench.errors import PluginLoadError, SpecError
from prunebench.plugin.offer import FILE, Origin

RELATIVE = "attempted relative import"
"""How Python begins, where a module of no package asks for its neighbours."""


@dataclass(frozen=True)
class PluginFile:
    """What an entry point is for an installed plugin: it names a module and loads it.

    The module is called as the file is. The folder is not put on the import path: a plugin that
    needs several modules is a package to install.

    Parameters
    ----------
    path
        Of the file, absolute.
    """

    path: Path

    @property
    def module(self) -> str:
        """The module's name."""
        return self.path.stem

    @property
    def origin(self) -> Origin:
        """Where the plugin comes from: the file stands for the distribution."""
        return Origin(self.module, self.path.name, FILE, str(self.path))

    @property
    def text(self) -> str:
        """Its text as far as it can be read; loading it tells the rest."""
        return self.path.read_text("utf-8", errors="replace")

    def load(self) -> ModuleType:
        """Import the file as a module, once per process.

        Raises
        ------
        PluginLoadError
            If it cannot be a module, or another module has its name.
        """
        if self.path.suffix != ".py" or not self.module.isidentifier():
            msg = "a plugin file is called NAME.py, with letters, digits and underscores."
            raise PluginLoadError(msg)
        known = sys.modules.get(self.module)
        if known is not None and getattr(known, "__file__", None) == str(self.path):
            return known
        namesake = None if known is not None else find_spec(self.module)
        # In the plugin's own folder Python finds the file itself: that is no other module.
        is_itself = namesake is None or Path(namesake.origin or "").resolve() == self.path
        if known is not None or not is_itself:
            msg = f"another module is called {self.module!r}; give the file another name."
            raise PluginLoadError(msg)
        return self._executed()

    def _executed(self) -> ModuleType:
        spec = spec_from_file_location(self.module, self.path)
        assert spec is not None  # a path that ends in .py
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[self.module] = module
        try:
            spec.loader.exec_module(module)
        except BaseException as error:
            del sys.modules[self.module]
            if isinstance(error, ImportError) and RELATIVE in str(error):
                msg = (
                    "a single file imports nothing relative; make a project of several modules "
                    "with 'prunebench plugin new NAME'."
                )
                raise PluginLoadError(msg) from error
            raise
        return module


def files_in(folders: Collection[Path]) -> list[PluginFile]:
    """List the plugin files of folders: each NAME.py that does not begin with an underscore.

    Raises
    ------
    SpecError
        If a folder has none.
    """
    found: dict[PluginFile, None] = {}
    for folder in folders:
        paths = [path for path in sorted(folder.resolve().glob("*.py")) if path.name[0] not in "_."]
        if not paths:
            msg = f"{folder} holds no plugin; put a NAME.py into it that does not begin with '_'."
            raise SpecError(msg)
        found |= dict.fromkeys(PluginFile(path) for path in paths)
    return list(found)


def refuse_namesakes(files: Collection[PluginFile]) -> None:
    """Refuse two files that would be one module.

    Raises
    ------
    SpecError
        With both.
    """
    known: dict[str, PluginFile] = {}
    for file in files:
        other = known.setdefault(file.module, file)
        if other != file:
            msg = f"{other.path} and {file.path} would both be module {file.module!r}; rename one."
            raise SpecError(msg)
