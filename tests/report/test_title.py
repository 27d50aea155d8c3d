from dataclasses import replace

from prunebench.report.title import title, unique


def test_many_methods_are_counted_in_the_title(record):
    """Up to three are named."""
    asked = {"methods": ["a", "b", "c"], "protocols": ["x", "y"], "dataset": ["digits"]}
    more = asked | {"methods": ["a", "b", "c", "d"]}

    def title_of(experiment):
        return title(replace(record, experiment=experiment))

    assert title_of(asked) == "a, b, c under x, y on digits"
    assert title_of(more) == "4 methods under 2 protocols on digits"


def test_file_names_are_tame_and_unique():
    """No separator, dot or stranger's letter reaches the disk."""
    assert unique(["A/B", "a b", "../..", "$(rm -rf)", "ω", "x" * 99]) == [
        "a-b",
        "a-b-2",
        "section",
        "rm-rf",
        "section-2",
        "x" * 60,
    ]
