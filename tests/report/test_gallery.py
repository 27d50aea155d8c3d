from prunebench.report.gallery import draw_section, in_forms
from prunebench.report.view import make_section


def test_every_figure_is_given_in_every_form(drawn_rows, make_grid):
    """One file for each figure and form, named alike; nothing where nothing is asked for."""
    drawn = draw_section(make_section(make_grid(drawn_rows), "s", {}))[:2]
    found = in_forms({"s": drawn}, ["pdf", "png"])

    assert list(found) == [
        "figures/s-by-method.pdf",
        "figures/s-by-method.png",
        "figures/s-by-protocol.pdf",
        "figures/s-by-protocol.png",
    ]
    assert found["figures/s-by-protocol.png"] == drawn[1].in_form("png")
    assert in_forms({"s": drawn}, []) == {}
