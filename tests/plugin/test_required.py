"""Plugins that an experiment requires."""

import pytest

from prunebench.errors import IncompatibleError, PluginLoadError
from prunebench.plugin.loader import load_plugins
from prunebench.plugin.required import refuse_lacking


@pytest.fixture
def installed(strangers, method_source):
    """Install a method in version 1.4, and a broken plugin."""
    return [
        *strangers.install(
            "Prunebench_Mine", ["lamp = r_lamp"], {"r_lamp.py": method_source()}, "1.4"
        ),
        *strangers.install("broken", ["sad = r_sad"], {"r_sad.py": "import not_there"}),
    ]


@pytest.mark.parametrize(
    "required",
    [[], ["prunebench-mine"], ["prunebench.mine>=1.4"], ["prunebench-mine<2", "Prunebench_Mine>1"]],
)
def test_what_is_there_will_do(installed, required):
    """Names count in their normal form, versions as for pip."""
    refuse_lacking(required, load_plugins(found=installed))


@pytest.mark.parametrize(
    ("required", "sentence"),
    [
        (
            "nobodys-plugin>=1.0",
            "the experiment requires the plugin nobodys-plugin>=1.0, which is not installed; run: "
            "pip install 'nobodys-plugin>=1.0'",
        ),
        (
            "prunebench-mine>=1.5",
            "the experiment requires the plugin prunebench-mine>=1.5, and 1.4 is installed; run: "
            "pip install --upgrade 'prunebench-mine>=1.5'",
        ),
    ],
)
def test_what_is_lacking_is_a_line_for_pip(installed, required, sentence):
    """Absent and too old are one sentence each, and the person's to mend."""
    with pytest.raises(IncompatibleError) as caught:
        refuse_lacking(["prunebench-mine", required], load_plugins(found=installed))

    assert (str(caught.value), caught.value.exit_code) == (sentence, 2)


def test_what_was_left_out_is_not_to_be_installed(installed):
    """Whoever requires a plugin and leaves it out is told of that."""
    with pytest.raises(IncompatibleError, match="which --no-plugin leaves out"):
        refuse_lacking(["prunebench-mine"], load_plugins(["lamp"], found=installed))


def test_what_is_broken_says_why(installed):
    """A plugin that is installed and cannot be loaded is its own kind of error."""
    with pytest.raises(PluginLoadError, match=r"but sad of broken 1\.0 failed: ModuleNotFound"):
        refuse_lacking(["broken"], load_plugins(found=installed))
