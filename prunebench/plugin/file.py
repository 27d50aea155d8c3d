"""A plugin that is one Python file, named on the command line and not installed."""

import sys
from dataclasses import dataclass
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from prunebench.errors import PluginLoadError
from prunebench.plugin.offer import Origin


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
        return Origin(self.module, self.path.name, "(file)", str(self.path))

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
        if known is not None or find_spec(self.module) is not None:
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
        except BaseException:
            del sys.modules[self.module]
            raise
        return module
