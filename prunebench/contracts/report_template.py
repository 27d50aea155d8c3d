"""The contract of a report template: pages that a report's values are written into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from prunebench.errors import ContractError

FORMATS = ("md", "html", "tex")
"""What a report can be written as: endings of files, and of templates before ``.j2``."""


@dataclass(frozen=True)
class ReportTemplate:
    """Pages that stand beside a report, written from its values: data, like a protocol.

    Each is a Jinja template. It is rendered in a sandbox, whose printing is escaped for the format
    of the page; a name that a report does not have is an error.

    Parameters
    ----------
    name, paper
        Public id, under which the pages are written, and source: who asks for such a page.
    about
        One line: what the pages say.
    texts
        The templates themselves by format: ``{"md": "# {{ report.title }}"}``.
    formats
        What `package` has templates for: some of ``"md"``, ``"html"`` and ``"tex"``.
    package, folder
        Instead of `texts`: the package, and the folder in it, where ``NAME.html.j2`` and its kin
        lie, with what they include (``*.j2`` and ``*.css``).
    """

    name: str
    paper: str
    about: str
    texts: Mapping[str, str] = field(default_factory=dict, hash=False)
    formats: tuple[str, ...] = ()
    package: str = ""
    folder: str = "pages"

    def __post_init__(self) -> None:
        if self.texts and not self.formats:
            object.__setattr__(self, "formats", tuple(self.texts))

    def page(self, form: str) -> str:
        """Name the file of a format's template."""
        return f"{self.name}.{form}.j2"

    def read(self) -> Mapping[str, str]:
        """Read the templates by file name.

        Raises
        ------
        ContractError
            If the package or a file cannot be read.
        """
        if self.texts:
            return {self.page(form): text for form, text in self.texts.items()}
        try:
            found = list(files(self.package).joinpath(self.folder).iterdir())
            wanted = [file for file in found if file.name.endswith((".j2", ".css"))]
            return {file.name: file.read_text("utf-8") for file in wanted}
        except (ImportError, OSError, TypeError, ValueError) as error:
            msg = (
                f"template {self.name!r}: cannot read the folder {self.folder!r} of the package "
                f"{self.package!r}: {error}."
            )
            raise ContractError(msg) from error
