"""Unknown names."""

from prunebench.plugin.unknown import suggestion, unknown_name


def test_suggestion_is_the_nearest():
    """The nearest known name is suggested, a full stop where nothing is near."""
    assert suggestion("l1filte", ["l1filter", "l2"]) == "; did you mean 'l1filter'?"
    assert suggestion("xyz", ["l1filter"]) == "."


def test_known_names_are_counted_once():
    """A name that appears twice among the known ones counts once."""
    error = unknown_name("recipe", "lent", ["lenet", "lenet", "vgg"], "prunebench list recipes")

    assert str(error) == (
        "unknown recipe 'lent'; did you mean 'lenet'? Run 'prunebench list recipes' to see all 2."
    )
