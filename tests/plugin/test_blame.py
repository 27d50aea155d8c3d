"""Whose code raised an error."""

import pytest

from prunebench.errors import ContractError, DataError, SpecError
from prunebench.plugin.blame import Blame, accused, blame, called, causes, culprits
from prunebench.plugin.contract import check_offer
from prunebench.plugin.offer import Origin
from prunebench.plugin.registry import load_registry

RAISER = """
from prunebench.api import Granularity, Method, hookimpl
{top}

class Raiser(Method):
    name = {name!r}
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        {body}

@hookimpl
def prunebench_methods():
    return [Raiser]
"""


@pytest.fixture
def raised(strangers):
    """Give a function that installs modules, lets a method score, and catches what that raises.

    Modules are given as name: (top, body) of one distribution; the first is asked.
    """

    def raised(**modules):
        texts = {
            f"{module}.py": RAISER.format(name=module.replace("_", "-"), top=top, body=body)
            for module, (top, body) in modules.items()
        }
        strangers.install("mine", [f"{module} = {module}" for module in modules], texts)
        registry = load_registry()
        method = registry.method(next(iter(modules)).replace("_", "-")).item()
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever it is
            method.score(None)
        return caught.value, registry.inventory.plugins

    return raised


def whose(found):
    """Name the plugin that an error is said to be of."""
    error, plugins = found
    told = accused(error, plugins)
    return told and told.who


def test_the_plugin_whose_frame_is_there(raised):
    """An error raised in a plugin is its own, whoever called."""
    assert whose(raised(lamp_a=("", "raise ValueError('no')"))) == "plugin lamp_a of mine 1.0"


def test_what_a_plugin_gets_a_library_to_raise_is_its_own(raised):
    """The deepest frames are torch's; the plugin gave it the wrong shapes."""
    body = "import torch; return torch.ones(2) @ torch.ones(3)"

    assert whose(raised(lamp_b=("", body))) == "plugin lamp_b of mine 1.0"


def test_the_deepest_of_two_plugins(raised):
    """A method that calls another's code does not answer for it."""
    modules = {
        "lamp_c": ("import lamp_d", "lamp_d.Raiser().score(subject)"),
        "lamp_d": ("", "1 / 0"),
    }

    assert whose(raised(**modules)) == "plugin lamp_d of mine 1.0"


def test_a_cause_counts_more_than_who_wraps_it(raised):
    """An error raised from another one is the other's."""
    wrapping = (
        "try: lamp_f.Raiser().score(subject)\n        except Exception as e: raise OSError from e"
    )
    modules = {"lamp_e": ("import lamp_f", wrapping), "lamp_f": ("", "raise KeyError(1)")}
    error, plugins = raised(**modules)

    assert [type(one) for one in causes(error)] == [KeyError, OSError]
    assert whose((error, plugins)) == "plugin lamp_f of mine 1.0"


def test_our_own_errors_are_nobodys(raised):
    """An error without a plugin's frame is no plugin's, whatever its text says."""
    _, plugins = raised(lamp_g=("", "1 / 0"))
    with pytest.raises(ContractError) as caught:
        check_offer("method", "lamp-g")

    assert culprits(caught.value, plugins) == ()
    assert accused(caught.value, plugins) is None


def test_a_module_beside_the_entry_point_belongs_to_the_plugin(strangers):
    """A distribution's other modules are code of the plugin that called them."""
    calls = RAISER.format(name="packed", top="from pack_a.deep import fail", body="fail()")
    files = {
        "pack_a/__init__.py": "",
        "pack_a/deep.py": "def fail(): raise ValueError('deep')",
        "pack_a/one.py": RAISER.format(name="other", top="", body="pass"),
        "pack_a/two.py": calls,
    }
    strangers.install("packed", ["one = pack_a.one", "two = pack_a.two"], files)
    registry = load_registry()
    with pytest.raises(ValueError, match="deep") as caught:
        registry.method("packed").item().score(None)

    assert whose((caught.value, registry.inventory.plugins)) == "plugin two of packed 1.0"


def test_shared_code_is_blamed_on_the_distribution(strangers):
    """Where nothing tells which of several plugins was under way, none is picked."""
    files = {
        "pack_b/__init__.py": "",
        "pack_b/deep.py": "def fail(): raise ValueError('deep')",
        "pack_b/one.py": RAISER.format(name="b-one", top="", body="pass"),
        "pack_b/two.py": RAISER.format(name="b-two", top="", body="pass"),
    }
    strangers.install("packed", ["one = pack_b.one", "two = pack_b.two"], files)
    plugins = load_registry().inventory.plugins
    from pack_b.deep import fail

    with pytest.raises(ValueError, match="deep") as caught:
        fail()
    told = accused(caught.value, plugins)

    assert told == Blame("a plugin of packed 1.0", "packed")
    assert [p.origin.entry_point for p in called(told.name, plugins)] == ["one", "two"]


@pytest.mark.parametrize("error", [DataError, SpecError])
def test_what_is_said_on_purpose(raised, error):
    """A stranger's answer to the person names the stranger."""
    body = f"from prunebench.errors import {error.__name__} as E; raise E('not so')"

    assert whose(raised(lamp_h=("", body))) == "plugin lamp_h of mine 1.0"


def test_prunebenchs_own_answers_are_not_signed(tmp_path):
    """Absent images are nobody's defect; a bug in an own plugin is named like a stranger's."""
    registry = load_registry()
    plugins = registry.inventory.plugins
    with pytest.raises(DataError) as absent:
        registry.dataset("mnist").item().load(tmp_path)
    with pytest.raises(AttributeError) as defect:
        registry.method("magnitude").item().score(None)

    assert accused(absent.value, plugins) is None
    assert whose((defect.value, plugins)).startswith("plugin magnitude of prunebench ")


def test_where_leaving_out_would_leave_nothing_no_advice_is_given():
    """A distribution that ships with prunebench, or two at once, are named without a command."""
    ours = [Origin(name, "prunebench", "0.1", name) for name in ("a", "b")]
    theirs = [Origin("a", "one", "1.0", "a"), Origin("b", "two", "2.0", "b")]

    assert blame(*ours).note("x") == "(a plugin of prunebench 0.1)"
    assert blame(*theirs).note("x") == "(a plugin of one 1.0 or two 2.0)"
    assert blame(theirs[0]).note("x") == ("(plugin a of one 1.0; the same command without it: x)")


def test_a_broken_promise_names_its_plugin_where_no_frame_is_left():
    """A model that cannot read the images fails in torch's layers; the error says whose it is."""
    plugins = load_registry().inventory.plugins
    told = ContractError("cannot read", ("model", "smallconv"))

    assert whose((told, plugins)).startswith("plugin smallconv of prunebench ")
    assert accused(ContractError("cannot read", ("model", "nobody's")), plugins) is None
    assert accused(ContractError("cannot read"), plugins) is None
