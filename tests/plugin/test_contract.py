"""What may be offered."""

import re
from abc import abstractmethod

import pytest

from prunebench.api import Budget, Dataset, Granularity, Method, Metric, Model, Protocol, Start
from prunebench.errors import ContractError
from prunebench.plugin.contract import check_offer


def method(**attributes):
    """Make a method class; None takes an attribute away."""
    body = {
        "name": "m",
        "paper": "Nobody 2020",
        "granularity": Granularity.WEIGHT,
        "score": lambda self, subject: {},
        **attributes,
    }
    return type("Odd", (Method,), {k: v for k, v in body.items() if v is not None})


def protocol(name="p", paper="Nobody 2020", settings=()):
    """Make a protocol."""
    return Protocol(name, Start.TRAINED, Budget.FINETUNE, paper, settings)


@pytest.mark.parametrize("name", ["l1filter", "scratch-b", "a_b", "3d", "scratch-b+ft"])
def test_usable_names(name):
    """Lower-case letters and digits, joined, are names."""
    assert check_offer("method", method(name=name)) == name


@pytest.mark.parametrize("name", ["", "L1", "a b", "-a", "a-", "a--b", "é", "a[b]", "a,b", 3, None])
def test_unusable_names(name):
    """Anything else could not be typed or written to a table."""
    with pytest.raises(ContractError, match="Odd: name must be lower-case"):
        check_offer("method", method(name=name))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"paper": " "}, "Odd: paper must be a non-empty text, got ' '."),
        ({"paper": None}, "Odd: paper must be a non-empty text, got None."),
        ({"version": "1"}, "Odd: version must be an integer, got '1'."),
        ({"version": True}, "Odd: version must be an integer, got True."),
        ({"granularity": "weight"}, "Odd: granularity must be Granularity.WEIGHT or"),
        ({"score": None}, "Odd is abstract; implement score."),
    ],
)
def test_unusable_methods(attributes, message):
    """Each missing part is named."""
    with pytest.raises(ContractError, match=re.escape(message)):
        check_offer("method", method(**attributes))


def metric(**attributes):
    """Make a metric class."""
    body = {"name": "m", "paper": "Nobody 2020", "compute": lambda self, tested: 0.0, **attributes}
    return type("Odd", (Metric,), {k: v for k, v in body.items() if v is not None})


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"unit": "%", "scale": 100, "decimals": 0, "direction": "lower"},
        {"bounds": (0, 1), "needs": frozenset({"dense"}), "version": 2},
    ],
)
def test_usable_metrics(facts):
    """Name, paper and compute are enough; everything else has a default."""
    assert check_offer("metric", metric(**facts)) == "m"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"compute": None}, "Odd is abstract; implement compute."),
        ({"unit": 3}, "Odd: unit must be a text of at most 20 letters, got 3."),
        ({"unit": "x" * 21}, "unit must be a text of at most 20 letters"),
        ({"unit": "a\nb"}, "unit must be a text of at most 20 letters"),
        ({"scale": 0.0}, "Odd: scale must be a number above 0, got 0.0."),
        ({"scale": float("inf")}, "scale must be a number above 0, got inf."),
        ({"scale": True}, "scale must be a number above 0, got True."),
        ({"decimals": 10}, "decimals must be a whole number from 0 to 9, got 10."),
        ({"decimals": 1.0}, "decimals must be a whole number from 0 to 9, got 1.0."),
        ({"direction": "up"}, "direction must be 'higher' or 'lower', whichever is better, got"),
        ({"direction": ["lower"]}, "direction must be 'higher' or 'lower'"),
        ({"bounds": (1.0, 0.0)}, "bounds must be a pair, the smallest and the largest value, got"),
        ({"bounds": (0.0, float("nan"))}, "bounds must be a pair"),
        ({"bounds": 1.0}, "bounds must be a pair"),
        ({"needs": {"dense"}}, "needs must be frozenset() or frozenset({'dense'}), got {'dense'}."),
        ({"needs": frozenset({"model"})}, "needs must be frozenset() or frozenset({'dense'})"),
        ({"version": "1"}, "Odd: version must be an integer, got '1'."),
        ({"paper": ""}, "Odd: paper must be a non-empty text, got ''."),
    ],
)
def test_unusable_metrics(facts, message):
    """Whatever a table could not print is refused when the plugin is loaded."""
    with pytest.raises(ContractError, match=re.escape(message)):
        check_offer("metric", metric(**facts))


def test_instance_instead_of_class():
    """A method is offered as a class."""
    with pytest.raises(ContractError, match="must give Method classes, got an instance"):
        check_offer("method", method()())


def test_class_of_another_kind():
    """A method is no model."""
    with pytest.raises(ContractError, match="prunebench_models must give Model classes"):
        check_offer("model", method())


def test_abstract_model_names_what_is_missing():
    """An abstract class of the plugin's own is refused too."""

    class Family(Model):
        name = "family"
        paper = "Nobody 2020"

        @abstractmethod
        def depth(self): ...

    with pytest.raises(ContractError, match="Family is abstract; implement build, depth"):
        check_offer("model", Family)


def test_dataset_needs_its_defaults():
    """A data set says which model and recipe a run takes."""

    class Blobs(Dataset):
        name = "blobs"
        paper = "Nobody 2020"
        model = "smallconv"

        def info(self, data_dir): ...

        def load(self, data_dir): ...

    with pytest.raises(ContractError, match="Blobs: recipe must be a non-empty text, got None"):
        check_offer("dataset", Blobs)
    Blobs.recipe = "digits"

    assert check_offer("dataset", Blobs) == "blobs"


def test_protocol_settings_are_fields():
    """Only fields can be settings, and not the name, source or settings themselves."""
    assert check_offer("protocol", protocol(settings=("length", "lr"))) == "p"
    for wrong in ("epochs", "name", "settings"):
        with pytest.raises(ContractError, match=f"Protocol 'p': '{wrong}' cannot be a setting"):
            check_offer("protocol", protocol(settings=(wrong,)))


def test_protocol_is_an_instance():
    """A protocol is offered as an instance."""
    with pytest.raises(ContractError, match="must give Protocol instances"):
        check_offer("protocol", Protocol)
