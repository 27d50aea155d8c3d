"""What is to go is announced by pluggy and told in a sentence."""

from types import ModuleType

import pytest
from pluggy import PluginManager

from prunebench.contracts.hook import PROJECT, hookspec
from prunebench.plugin import hookspecs
from prunebench.plugin.loader import load_guarded, origin_of
from prunebench.plugin.offer import Inventory

OLD = DeprecationWarning("prunebench_old goes with API 2.0; implement prunebench_stage_event.")
WIDE = DeprecationWarning("argument 'wide' of prunebench_odd goes with API 2.0; take 'narrow'.")


def specifications():
    """Make a module of hook specifications: one hook that is to go, one with such an argument."""
    module = ModuleType("future_hookspecs")

    @hookspec(warn_on_impl=OLD)
    def prunebench_old():
        """Go."""

    @hookspec(warn_on_impl_args={"wide": WIDE})
    def prunebench_odd(wide, narrow):
        """Stay, with less."""

    module.prunebench_old, module.prunebench_odd = prunebench_old, prunebench_odd
    return module


@pytest.fixture
def load(strangers):
    """Give a function that loads a plugin with some implementations under these specifications."""

    def load(*functions):
        manager = PluginManager(PROJECT)
        manager.add_hookspecs(hookspecs)
        manager.add_hookspecs(specifications())
        parts = [f"@hookimpl\ndef {function}: return []\n" for function in functions]
        source = "\n".join(["from prunebench.api import hookimpl", *parts])
        [point] = strangers.install("aged", ["aged = aged"], {"aged.py": source}, "0.9")
        return manager, load_guarded(manager, origin_of(point), point)

    return load


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("prunebench_old()", (str(OLD),)),
        ("prunebench_odd(wide)", (str(WIDE),)),
        ("prunebench_odd(narrow)", ()),
        ("prunebench_methods()", ()),
    ],
)
def test_what_is_to_go_is_noted_and_no_warning(load, function, told):
    """The plugin is loaded with the announcements of just what it uses; Python warns of nothing."""
    _, plugin = load(function)

    assert plugin.deprecations == told


def test_it_is_told_in_one_line_that_names_the_plugin(load):
    """Whatever the command, stderr says whose hook goes when and what to write instead."""
    from prunebench.cli.invocation import remarks

    manager, plugin = load("prunebench_old()", "prunebench_odd(wide, narrow)")

    assert remarks(Inventory((plugin,), (), (), manager)) == [
        f"plugin aged of aged 0.9: {text}" for text in plugin.deprecations
    ]
    assert set(plugin.deprecations) == {str(OLD), str(WIDE)}


def test_announcements_name_what_to_write_instead():
    """The policy of docs/plugins.md: each real announcement says when it goes and what replaces."""
    marks = [getattr(f, f"{PROJECT}_spec", {}) for f in vars(hookspecs).values()]
    said = [
        str(warning)
        for mark in marks
        for warning in [mark.get("warn_on_impl"), *(mark.get("warn_on_impl_args") or {}).values()]
        if warning is not None
    ]

    assert [text for text in said if not text.endswith(".") or "goes with API" not in text] == []
