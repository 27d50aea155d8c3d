"""What a page can do where scripts run: sort, filter, compare; by keys alone."""

import json

import pytest

OBD = "obd-rate-0-1-8ffc6d4f"
ROWS = """[...document.querySelector("table.methods").tBodies[0].rows]
  .filter((row) => row.checkVisibility()).map((row) => row.dataset.method)"""
FOCUS = "document.activeElement.textContent.trim()"


def test_a_table_is_sorted_by_a_click_on_a_heading(visit):
    """First downward, then upward, then as it was; who does not see is told."""
    found = visit()
    given = found.see(ROWS)
    heading = 'document.querySelectorAll("table.methods th[data-sort] button")[3]'
    states = []
    for _ in range(3):
        found.see(f"{heading}.click()")
        sort = found.see(f'{heading}.closest("th").getAttribute("aria-sort")')
        states.append(
            (
                sort,
                found.see(ROWS),
                found.see('document.querySelector("[role=status]").textContent'),
            )
        )
    down = ["magnitude", "l1filter", OBD, "synflow"]

    assert [sort for sort, _, _ in states] == ["descending", "ascending", None]
    assert [rows for _, rows, _ in states] == [down, down[::-1], given]
    assert "Sorted by 2x, descending." in states[0][2]


def test_missing_numbers_come_last_whichever_way(visit):
    """A method without a rank is below all ranked ones in both directions."""
    found = visit()
    heading = 'document.querySelectorAll("table.methods th[data-sort] button")[1]'
    for _ in range(2):
        found.see(f"{heading}.click()")

        assert found.see(ROWS)[-1] in ("synflow", OBD)


@pytest.mark.parametrize(
    ("field", "value", "rows"),
    [
        ("text", "L1", ["l1filter"]),
        ("granularity", "channel", ["l1filter"]),
        ("badge", "disputed", [OBD]),
        ("text", "nothing like it", []),
    ],
)
def test_methods_are_filtered(visit, field, value, rows):
    """By name, by what they prune, by badge: in every table, drawing and legend at once."""
    found = visit()
    found.see(
        f"""{{ const field = document.querySelector('.toolbar [name={field}]');
        field.value = {json.dumps(value)}; field.dispatchEvent(new Event("input")); }}"""
    )
    parts = (
        '[...document.querySelectorAll("[data-method]:not([hidden])")].map((p) => p.dataset.method)'
    )

    assert found.see(ROWS) == rows
    assert set(found.see(parts)) == set(rows)
    assert f"{len(rows)} of 4" in found.see('document.querySelector(".toolbar output").textContent')
    assert field in found.see("location.hash")


def test_a_view_is_in_its_address(visit):
    """Sorting, filter and comparison come back when the address is opened anew."""
    found = visit(hash_=f"#sort=0.3.ascending&granularity=weight&compare={OBD},magnitude")

    assert found.see(ROWS) == ["synflow", OBD, "magnitude"]
    assert not found.see('document.querySelector("#compare").hidden')
    assert found.see('document.querySelector("[name=granularity]").value') == "weight"


@pytest.mark.parametrize(
    "strange", ["#sort=9.9.up", "#compare=nobody", "#=", "#%zz", "#granularity=<b>", "#curve"]
)
def test_a_strange_address_does_no_harm(visit, strange):
    """What is behind the # may be anything."""
    found = visit(hash_=strange)

    assert found.messages() == []
    assert found.see("document.querySelectorAll('table.methods tbody tr').length") == 5


def test_methods_are_compared(visit):
    """Chosen ones stand out, the others step back, and differences of means are laid out."""
    found = visit()
    for name in ("magnitude", OBD):
        found.see(f"""document.querySelector('tr[data-method="{name}"] .choose input').click()""")
    lines = found.see("""[...document.querySelectorAll("#compare tbody tr")]
        .map((row) => [...row.cells].map((cell) => cell.textContent))""")

    assert lines[0] == ["magnitude", "96.00", "95.00", "94.00"]
    assert lines[2][0] == "obd[rate=0.1] − magnitude"
    assert lines[2][2:] == ["−3.00", "−3.00"]
    assert found.see(
        'document.querySelector(`g[data-method="synflow"]`).classList.contains("muted")'
    )
    assert found.see(
        'document.querySelector(`g[data-method="magnitude"]`).classList.contains("chosen")'
    )


def test_at_most_four_are_compared(visit):
    """The fifth box cannot be chosen until one is free."""
    found = visit(hash_=f"#compare=magnitude,{OBD},synflow,l1filter")
    fifth = """document.querySelector('tr[data-method="random-mask"] .choose input').disabled"""

    assert found.see(fifth) is True


def test_everything_can_be_done_with_keys(visit):
    """Tab finds the skip link, the filter, headings and boxes; Enter and Space work them."""
    found = visit()
    found.press("Tab")

    assert found.see(FOCUS) == "Skip to the content"

    found.press("Enter")
    found.press("Tab")
    while found.see("document.activeElement.name") != "text":
        found.press("Tab")
    found.press(*"mag")

    assert found.see(ROWS) == ["magnitude"]

    found.tab_to("Show everything")
    found.press("Enter")
    found.tab_to("2x")
    found.press("Enter")

    assert found.see(ROWS)[0] == "magnitude"

    while found.see("document.activeElement.type") != "checkbox":
        found.press("Tab")
    found.press(" ")

    assert "compare=magnitude" in found.see("location.hash")


def test_a_link_to_a_trial_arrives_there(visit):
    """From a board to the trial's own section, which is marked."""
    found = visit()
    found.see('document.querySelector("#ratios td a").click()')
    found.await_load()

    assert found.see("document.querySelector(':target h4').textContent").startswith("2x, seed 0")
