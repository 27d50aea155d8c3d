"""A board of as many methods as real ones have: it fits, and says what it must at a glance."""

import pytest

from prunebench.leaderboard.folder import write_site
from prunebench.leaderboard.site import Extras, site_files

DENSITIES = (0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625)
NAMES = ("magnitude", "magnitude-iterative", *(f"method-{letter}" for letter in "abcdefghij"))
SEEDS = (0.0, 0.004, -0.003, 0.001, -0.002)
BOARD = "boards/digits-mlp-finetune.html"
WIDER = """(kind) => [...document.querySelectorAll(kind)]
  .map((box) => box.scrollWidth - box.clientWidth)"""
"""Gives by how much what is in boxes is wider than they are."""

TEXTS = """[...document.querySelectorAll("#boards th a")].map((link) => link.textContent)"""


def every_trial(trials_of, name, place, **given):
    """Give a method's trials at all compressions; it is a little worse than the one before."""
    for octave, density in enumerate(DENSITIES):
        values = [0.97 - 0.03 * octave - 0.01 * place + part for part in SEEDS]
        kept = density * (0.9 if name == "method-a" else 1.01)
        columns = {"granularity": "weight", "total_macs": 10**6, "density": kept, **given}
        yield trials_of(name, values, density, given=columns)


@pytest.fixture(scope="module")
def crowded(chromium, tmp_path_factory, build, submit, suite_of, trials_of):
    """Write the site of twelve methods and as many controls, and give a function that opens it."""
    trials = [
        trial
        for place, name in enumerate(NAMES)
        for control in (False, True)
        for trial in every_trial(
            trials_of,
            f"random-mask like {name}" if control else name,
            place,
            **({"control_of": name, "method_id": "random-mask"} if control else {}),
        )
    ]
    suite = suite_of(densities=DENSITIES, seeds=len(SEEDS))
    folder = tmp_path_factory.mktemp("crowded") / "site"
    write_site(site_files(build(submit(*trials), suite=suite), Extras()), folder)

    def open_page(path=BOARD, hash_="", **given):
        chromium.open((folder / path).as_uri() + hash_, **given)
        return chromium

    return open_page


@pytest.mark.parametrize("path", [BOARD, "index.html", "methods/magnitude.html"])
def test_twelve_methods_fit_a_laptop(crowded, path):
    """No table scrolls sideways at 1280 pixels."""
    wider = crowded(path, width=1280).see(f'({WIDER})(".scroll")')

    assert len(wider) > 1
    assert max(wider) <= 0


def test_a_telephone_scrolls_tables_alone(crowded):
    """At 360 pixels the table scrolls in its box, its first column and the page stay."""
    found = crowded(width=360)
    found.see('document.querySelector(".scroll").scrollLeft = 300')
    left = found.see(
        'document.querySelector("table.methods tbody th").getBoundingClientRect().left'
    )

    assert found.see(f'({WIDER})(".scroll")')[0] > 0
    assert found.see("document.documentElement.scrollWidth") <= 360
    assert 0 <= left < 30


def test_paper_holds_the_whole_table(crowded):
    """On A4 across, without its margins, nothing of a board is cut off."""
    found = crowded(width=1032)
    found.ask("Emulation.setEmulatedMedia", media="print")
    wide = found.see(
        "Math.max(...[...document.querySelectorAll('table')].map((t) => t.scrollWidth))"
    )
    found.ask("Emulation.setEmulatedMedia", media="")

    assert wide <= 1032


@pytest.mark.parametrize("scripts", [True, False])
def test_controls_are_apart_and_folded(crowded, scripts):
    """They have a table of their own that a click opens, with and without scripts."""
    found = crowded(scripts=scripts)
    box = found.ask("DOM.getDocument")["root"]["nodeId"]
    rows = [
        len(found.ask("DOM.querySelectorAll", nodeId=box, selector=selector)["nodeIds"])
        for selector in ("table.methods tbody tr.control", ".controls tbody tr.control")
    ]
    [folded] = [
        found.ask("DOM.getAttributes", nodeId=node)["attributes"]
        for node in found.ask("DOM.querySelectorAll", nodeId=box, selector="details.controls")[
            "nodeIds"
        ]
    ]

    assert rows == [12, 12]
    assert "open" not in folded


def test_a_method_is_compared_with_its_control(crowded):
    """A control's box works as those of methods; its line stands out while others step back."""
    found = crowded()
    slug = found.see('document.querySelector(".controls tr[data-name$=method-b]").dataset.method')
    found = crowded(hash_=f"#compare=method-b,{slug}")
    lines = found.see("""[...document.querySelectorAll("#compare tbody th")]
        .map((cell) => cell.textContent)""")
    looks = found.see(f"""document.querySelector('g[data-method="{slug}"]').className.baseVal""")

    assert lines[:2] == ["method-b", "random-mask like method-b"]
    assert "chosen" in looks


def test_an_unequal_size_is_told(crowded):
    """Where a method keeps a tenth less than asked, each cell says how much; 1 % more is close."""
    found = crowded()
    kept = found.see("""[...document.querySelectorAll("table.methods tbody tr")].map((row) =>
        [row.dataset.name, [...row.querySelectorAll(".kept")].map((one) => one.textContent)])""")
    told = dict(kept)

    assert told["method-a"] == [
        "kept 45.00 %", "kept 22.50 %", "kept 11.25 %", "kept 5.63 %", "kept 2.81 %", "kept 1.41 %",
    ]  # fmt: skip
    assert told["method-b"] == []


def test_links_to_boards_differ(crowded):
    """Out of their table they still say where they lead."""
    texts = crowded("index.html").see(TEXTS)

    assert texts == ["mlp on digits, finetune"]


def test_numbers_are_sorted_as_they_are_written(crowded):
    """Counts with commas, units and signs are numbers, not words."""
    found = crowded("trials/digits-mlp-finetune/magnitude.html")
    heading = """[...document.querySelectorAll("thead button")]
        .find((one) => one.textContent === "Multiply-adds")"""
    column = """[...document.querySelector("table").tBodies[0].rows]
        .map((row) => row.cells[6].textContent)"""
    found.see(f"{heading}.click()")
    falling = found.see(column)

    assert falling == sorted(falling, key=lambda text: -int(text.replace(",", "")))
    assert falling[0] == "500"
