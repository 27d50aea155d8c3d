import re
from xml.etree import ElementTree

import pytest

from prunebench.report.figures.svg import described, inline, tidied, ungrouped

PLAIN = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"
  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" width="10pt">
 <metadata><x about="http://far.example"/>
 </metadata>
 <g id="figure_1">
  <g id="line" clip-path="url(#p1.2345)">
   <path id="m1" d="M 1.23456 -0.00012 L 3 4.5000001" style="fill: none; stroke: #aa0000"/>
  </g>
  <g id="empty"/>
  <text style="font-size: 9px; font-family: 'A B', serif" x="1.999999" y="2"
   transform="rotate(-0 1.999999 2)">d="1.23456" &lt;b&gt;</text>
 </g>
</svg>
"""


def test_a_document_is_shortened_and_looks_as_before():
    """Places in hundredths; groups, fonts and headers that say nothing are gone; words stay."""
    found = tidied(PLAIN, "'A B', serif")
    root = ElementTree.fromstring(found.split("?>", 1)[1])
    path = next(root.iter("{http://www.w3.org/2000/svg}path"))
    text = next(root.iter("{http://www.w3.org/2000/svg}text"))

    assert root.get("font-family") == "'A B', serif"
    assert path.get("d") == "M 1.23 0 L 3 4.5"
    assert path.get("style") == "fill:none;stroke:#aa0000"
    assert (text.get("x"), text.get("transform")) == ("2", None)
    assert text.get("style") == "font-size:9px;"
    assert text.text == 'd="1.23456" <b>'
    assert "DOCTYPE" not in found
    assert "far.example" not in found
    assert "url(#p1.2345)" in found


def test_groups_with_a_meaning_stay():
    """Only those without an attribute do nothing."""
    svg = '<svg><g><g clip-path="x"><g><a/></g><g/></g></g></svg>'

    assert ungrouped(svg) == '<svg><g clip-path="x"><a/></g></svg>'


@pytest.mark.parametrize("word", ["<b>&\"'", "a\x00b", "]]>", "\\g<1>"])
def test_titles_are_text_whatever_they_hold(word):
    """The title is the name of the image, the caption its description."""
    found = described('<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', word, f"see {word}")
    root = ElementTree.fromstring(found)
    shown = word.replace("\x00", "\ufffd")

    assert (root.get("role"), root.get("aria-label")) == ("img", shown)
    assert [child.text for child in root][:2] == [shown, f"see {shown}"]


def test_ids_and_links_get_a_prefix():
    """What refers to an id still finds it."""
    svg = '<?xml?><svg><path id="a"/><use href="#a" clip-path="url(#a)"/></svg>'
    found = inline(svg, "figure")

    assert found.startswith("<svg>")
    assert re.findall(r"figure-a", found) == ["figure-a"] * 3
