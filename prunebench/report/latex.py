r"""Text made harmless for LaTeX, in letters that every engine and font has."""

import re
from collections.abc import Iterable
from dataclasses import replace
from unicodedata import normalize

from prunebench.report.table import Cell, Column, Table

MARKS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",
    "`": r"\symbol{96}",
    "[": "{[}",  # at the head of a line it would be the argument of the line break before
    "]": "{]}",
    "*": "{*}",  # so would this
}
"""Letters that mean something to LaTeX, or look otherwise in its oldest fonts."""

SIGNS = {
    "±": r"$\pm$",
    "×": r"$\times$",
    "÷": r"$\div$",
    "−": "$-$",
    "·": r"\textperiodcentered{}",
    "…": r"\ldots{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "•": r"\textbullet{}",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "§": r"\S{}",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
    "≠": r"$\neq$",
    "→": r"$\rightarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "∞": r"$\infty$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "δ": r"$\delta$",
    "ε": r"$\epsilon$",
    "θ": r"$\theta$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "ρ": r"$\rho$",
    "σ": r"$\sigma$",
    "ω": r"$\omega$",
    "ß": r"\ss{}",
    "ø": r"\o{}",
    "æ": r"\ae{}",
    "ł": r"\l{}",
    "\u00a0": "~",
    "\u2009": r"\,",
    "\n": " ",
}

ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u0327": "c",
    "\u030a": "r",
    "\u030c": "v",
}
"""Commands of accents, by the combining letter."""

LIGATURES = re.compile(r"(?<=-)-|(?<=,),")
"""Two hyphens would become a dash, two commas a quotation mark."""

BREAKS = re.compile(r"(?<=[^\W_],)(?=[^\W\d_])|(?<=[^\W_])(?=\[)")
"""Where a long label without spaces may go on in the next line: between its settings."""

NARROW, WIDTH = 30, 14
"""From more letters than that on a text is broken; the width of its column in em."""


def escape(text: str) -> str:
    r"""Write a text so that LaTeX sets it as it is, and no letter of it is a command.

    Letters that LaTeX's own fonts may lack become commands or, the rarest, their code points.

    >>> escape("93.76 (± 0.20) & 5 %")
    '93.76 ($\\pm$ 0.20) \\& 5 \\%'
    >>> escape("\\input{x}")
    '\\textbackslash{}input\\{x\\}'
    """
    marked = BREAKS.sub("\ufdd1", LIGATURES.sub("\ufdd0\\g<0>", text))
    plain = "".join(map(letter, marked))
    return plain.replace("\ufdd0", "{}").replace("\ufdd1", "\\allowbreak{}")


def letter(one: str) -> str:
    r"""Write one letter.

    >>> letter("a"), letter("é"), letter("ω"), letter("中")
    ('a', "\\'{e}", '$\\omega$', '[U+4E2D]')
    """
    known = MARKS.get(one) or SIGNS.get(one)
    if known or one.isascii() or one in "\ufdd0\ufdd1":
        return known or one
    base, accents = normalize("NFD", one)[:1], normalize("NFD", one)[1:]
    if base.isascii() and accents in ACCENTS:
        return f"\\{ACCENTS[accents]}{{{base}}}"
    return f"[U+{ord(one):04X}]"


def column_types(table: Table) -> str:
    """Write the types of a table's columns: numbers flush right, long texts in lines."""
    texts: list[list[str]] = [[] for _ in table.columns]
    for row in table.rows:
        for place, cell in enumerate(row):
            texts[place].append(str(cell))
    return "".join(map(column_type, table.columns, texts))


def column_type(column: Column, texts: Iterable[str]) -> str:
    r"""Write the type of one column.

    >>> column_type(Column("Ours %"), ["93.76"]), column_type(Column("Model", False), ["VGG-16"])
    ('r', 'l')
    """
    if column.numeric:
        return "r"
    is_long = max(map(len, texts), default=0) > NARROW
    return f">{{\\raggedright\\arraybackslash}}p{{{WIDTH}em}}" if is_long else "l"


def head_lines(table: Table) -> list[str]:
    """Write the headings: those that span columns above the columns' own."""
    own = " & ".join(emphasised(column.title, muted=column.muted) for column in table.columns)
    if not table.has_groups:
        return [f"{own} \\\\"]
    spans, rules, first = [], [], 1
    for group, columns in table.groups:
        width = len(columns)
        if group:
            spans.append(f"\\multicolumn{{{width}}}{{c}}{{{escape(group)}}}")
            rules.append(f"\\cmidrule(lr){{{first}-{first + width - 1}}}")
        else:
            spans += [""] * width
        first += width
    return [f"{' & '.join(spans)} \\\\", " ".join(rules), f"{own} \\\\"]


def body_lines(table: Table) -> list[str]:
    """Write the lines; a little room sets groups of lines apart."""
    apart = any(table.repeated)
    found = []
    for number, row in enumerate(table.rows):
        same = table.repeated[number]
        if number and apart and same < table.grouped and number not in table.muted:
            found.append("\\addlinespace")
        set_apart = number in table.muted
        cells = [
            cell_text(cell, column if not set_apart else replace(column, muted=True))
            for cell, column in zip(row, table.columns, strict=True)
        ]
        hidden = [f"\\again{{{text}}}" for text in cells[:same]]
        found.append(f"{' & '.join([*hidden, *cells[same:]])} \\\\")
    return found


def cell_text(cell: Cell, column: Column) -> str:
    r"""Write a cell with its marks and its note, which stands below a number.

    >>> cell_text(Cell("6.60", "n = 1", "†"), Column("Theirs %"))
    '\\noted{6.60\\textsuperscript{\\dag{}}}{n = 1}'
    """
    text = emphasised(cell.text, muted=column.muted)
    if cell.marks:
        text += f"\\textsuperscript{{{escape(cell.marks)}}}"
    if not cell.note:
        return text
    note = escape(cell.note)
    return f"\\noted{{{text}}}{{{note}}}" if column.numeric else f"{text} {{\\scriptsize {note}}}"


def emphasised(text: str, *, muted: bool) -> str:
    """Write a text, in italics what is set apart."""
    return f"\\textit{{{escape(text)}}}" if muted and text else escape(text)
