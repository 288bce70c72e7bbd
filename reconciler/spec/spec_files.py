"""Reads the files of a spec, and only those: nothing outside the directory of the top file, nothing without bounds.

Files are named by their path relative to that directory (with `/`), so the same spec has the same names everywhere.
"""

from __future__ import annotations

import os
import re
import stat

from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.tree import Span
from reconciler.spec.wording import nearest, quoted

MAX_SPEC_BYTES = 5_000_000
MAX_POLICY_BYTES = 1_000_000

UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML allows only as an escape, and the line separators which only YAML counts as lines."""


class SpecFiles:
    """The directory of the top file."""

    def __init__(self, top: str | os.PathLike[str]) -> None:
        self._shown, name = os.path.split(os.fspath(top))
        self.top = name
        self._read: dict[str, None] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """The shown names of the files that were read."""
        return tuple(self._read)

    def shown(self, name: str) -> str:
        """The name of a file as the user would type it: relative to where the top file was given from."""
        return "/".join(part for part in (self._shown.replace(os.sep, "/").removesuffix("/"), name) if part) or name

    def path(self, name: str) -> str:
        return os.path.join(self._shown, name)

    def resolve(self, declared_in: str, target: str, span: Span, diagnostics: DiagnosticCollector) -> str | None:
        """The name of `target`, a file or glob named in `declared_in`; `None` where it is outside the directory."""
        name = os.path.normpath(os.path.join(os.path.dirname(declared_in), target)).replace(os.sep, "/")
        if os.path.isabs(target):
            help = f"write it relative to {quoted(span.file)}"
            diagnostics.add("E120", span, f"{quoted(target)} is an absolute path", help)
            return None
        if name == ".." or name.startswith("../"):
            _report_outside(diagnostics, span, target, "write a path below the directory of the top file")
            return None
        return name

    def inside(self, name: str) -> bool:
        """True where the file is in the directory, links followed."""
        root = os.path.realpath(self._shown or ".")
        return os.path.commonpath([root, os.path.realpath(self.path(name))]) == root

    def text(self, name: str, limit: int, span: Span | None, diagnostics: DiagnosticCollector) -> str | None:
        """The text of the file `name`, which is named at `span`; `None`, with a diagnostic, where it cannot be read."""
        here = Span(self.shown(name))
        try:
            if span is not None and not self.inside(name):
                _report_outside(diagnostics, span, name, "it is a link that leads outside; copy the file instead")
                return None
            raw = self._bytes(name, limit)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"cannot read {quoted(self.shown(name))}: {reason[:1].lower()}{reason[1:]}"
            denied = isinstance(error, PermissionError)
            help = "let this user read the file" if denied else self._similar(name, span) or _path_help(span)
            diagnostics.add("E101", span or here, message, help)
            return None
        self._read[self.shown(name)] = None
        related = [("named here", span)] if span else []
        if len(raw) > limit:
            diagnostics.add(
                "E102", here, f"the file is larger than {limit // 1_000_000} MB", related=related,
                help="split it into several files" if span is None else "name a smaller file",
            )  # fmt: skip
            return None
        text = decoded(raw, here, diagnostics)
        if text is not None and not text.strip():
            diagnostics.add(
                "E104", here, "the file is empty", related=related, help="write its contents, or remove the file"
            )
            return None
        return text

    def _bytes(self, name: str, limit: int) -> bytes:
        path = self.path(name)
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(0, "it is a directory" if os.path.isdir(path) else "it is not a regular file")
        with open(path, "rb") as file:
            return file.read(limit + 1)

    def _similar(self, name: str, span: Span | None) -> str | None:
        files, base = os.path.split(name)
        here = span.file if span else None
        try:
            names = os.listdir(self.path(files) or ".")
        except (OSError, ValueError):
            return None
        found = nearest(base, [each for each in names if each != base and os.path.join(files, each) != here])
        return f"did you mean {quoted(os.path.join(files, found))}?" if found else None


def _path_help(span: Span | None) -> str:
    if span is None:
        return "name the right file, or write one with `reconciler init`"
    return f"the path is relative to {quoted(span.file)}; correct it, or write the file"


def decoded(raw: bytes, here: Span, diagnostics: DiagnosticCollector) -> str | None:
    """The bytes of a file as text, without a byte order mark and with every line end as `\\n`; `None`, with a
    diagnostic, where they are not text."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        help = "save the file as UTF-8" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" not in raw[:1024] else None
        diagnostics.add("E103", here._replace(line=line), "the file is not UTF-8 text", help or "name a text file")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if printable(text, here, diagnostics) else None


def printable(text: str, here: Span, diagnostics: DiagnosticCollector) -> bool:
    """False, with a diagnostic, where `text` has a character that is not printable, a line end or a tab."""
    match = UNPRINTABLE.search(text)
    if match is None:
        return True
    line = text.count("\n", 0, match.start()) + 1
    column = match.start() - text.rfind("\n", 0, match.start())
    diagnostics.add(
        "E103", here._replace(line=line, column=column, end_line=line, end_column=column + 1),
        f"the file contains the unprintable character U+{ord(match[0]):04X}",
        "remove the character; in a quoted string write it as an escape such as \"\\u0007\"",
    )  # fmt: skip
    return False


def _report_outside(diagnostics: DiagnosticCollector, span: Span, target: str, help: str) -> None:
    diagnostics.add("E120", span, f"{quoted(target)} is outside the directory of the top file", help)
