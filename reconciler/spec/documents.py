"""Policy documents: read, rendered and parsed, with the place of each value for the findings about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from reconciler.kinds.base import DocumentSource
from reconciler.model.base import Json
from reconciler.model.diagnostic import Diagnostic, Finding
from reconciler.model.document import listed, texts_in
from reconciler.model.reference import REFERENCE
from reconciler.spec.declared import Declared, DeclaredPolicy
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.ids import ids_of
from reconciler.spec.include import Merged
from reconciler.spec.json_tree import parse_json
from reconciler.spec.rendering import Rendered, render, unused
from reconciler.spec.sandbox import Sandbox
from reconciler.spec.spec_files import MAX_POLICY_BYTES, SpecFiles, printable
from reconciler.spec.tree import Path, Span, Tree
from reconciler.spec.wording import described, quoted, shortened
from reconciler.spec.yaml_tree import parse_yaml

Check = Callable[[str, Json], Iterable[Finding]]
"""Checks a document of a policy type (short name, document) and yields what it finds."""

_ENDINGS = (".json", ".yaml", ".yml")
_WORDS = ("yes", "no", "on", "off")
_LOOKS_LIKE_TEMPLATE = re.compile(r"\{\{|\{%")


@dataclass(frozen=True)
class Document:
    """A policy document and where it is written: in `tree` at `base`; `rendered` where it comes from a template."""

    value: dict[str, Json]
    tree: Tree
    base: Path = ()
    rendered: Rendered | None = None

    def span(self, path: Path) -> tuple[Span, str | None]:
        """The place of the value at `path` of the document, and a label where that is not the text itself."""
        span = self.tree.at((*self.base, *path))
        return self.rendered.origin(span) if self.rendered else (span, None)


class Written(NamedTuple):
    """Where a document is written: the keys of `shape`, at `at`; `what` names it in messages."""

    shape: DocumentSource
    what: str
    at: Path


class Documents:
    """Reads the documents of one spec."""

    def __init__(self, declared: Declared, merged: Merged, files: SpecFiles, diagnostics: DiagnosticCollector) -> None:
        self._declared, self._merged, self._files, self._diagnostics = declared, merged, files, diagnostics
        self._sandbox: Sandbox | None = None
        self._ids: dict[str, object] = {}

    def read(self) -> dict[str, Document]:
        """Every document that can be read, by the policy's key; a diagnostic for each that cannot."""
        documents = {}
        for policy in self._declared.policies.values():
            document = self.document(Written(policy.shape, f"the policy {quoted(policy.key)}", policy.at))
            if document is not None:
                documents[policy.key] = document
        return documents

    def document(self, written: Written) -> Document | None:
        """One document; a diagnostic where it cannot be read."""
        document = self._document(written)
        if document is not None:
            self._check_words(document)
            self._check_references(document)
        return document

    def _document(self, written: Written) -> Document | None:
        tree, shape = self._merged.tree, written.shape
        if (shape.content is None) == (shape.file is None):
            self._report_source(written)
            return None
        if shape.content is not None:
            self._report_unused(written, list(shape.vars or ()), "an inline document is not a template")
            self._report_braces(str(shape.content), tree.key((*written.at, "content")), "an inline document")
            return Document(shape.content, tree, (*written.at, "content"))
        return self._from_file(written, shape.file or "")

    def _report_source(self, written: Written) -> None:
        tree, span = self._merged.tree, self._merged.tree.key(written.at)
        if written.shape.file is None:
            message = f"{written.what} has neither `content` nor `file`"
            self._diagnostics.add("E207", span, message, "write the document as `content:`, or name its `file:`")
            return
        self._diagnostics.add(
            "E207", tree.key((*written.at, "file")), f"{written.what} has both `content` and `file`",
            "keep one of the two", related=[("the other one", tree.key((*written.at, "content")))],
        )  # fmt: skip

    def _from_file(self, written: Written, target: str) -> Document | None:
        span = self._merged.tree.at((*written.at, "file"))
        name = self._files.resolve(self._merged.names[span.file], target, span, self._diagnostics)
        if name is None:
            return None
        plain = name.removesuffix(".j2")
        if not plain.lower().endswith(_ENDINGS):
            help = "name a file that ends in .json, .yaml or .yml, with .j2 after it for a template"
            self._diagnostics.add(
                "E401", span, f"{quoted(target)} is not a type of file that can contain a policy", help
            )
            return None
        text = self._files.text(name, MAX_POLICY_BYTES, span, self._diagnostics)
        if text is None:
            return None
        shown = self._files.shown(name)
        if plain != name:
            return self._from_template(written, text, shown, plain)
        self._report_unused(written, list(written.shape.vars or ()), f"{quoted(shown)} is not a template (no .j2)")
        self._report_braces(text, Span(shown), f"{quoted(shown)}, which does not end in .j2,")
        return _document(_parsed(text, shown, plain, self._diagnostics), None, self._diagnostics)

    def _from_template(self, written: Written, source: str, shown: str, plain: str) -> Document | None:
        if self._sandbox is None:
            self._sandbox, self._ids = Sandbox(), ids_of(self._declared)
        values = written.shape.vars or {}
        rendered = render(source, shown, values, self._ids, self._sandbox, self._diagnostics)
        if rendered is None:
            return None
        self._report_unused(written, unused(source, values), f"{quoted(shown)} does not use it")
        inner = DiagnosticCollector()
        tree = _parsed(rendered.text, shown, plain, inner) if printable(rendered.text, Span(shown), inner) else None
        document = _document(tree, rendered, inner)
        for each in inner.sorted():
            self._report_origin(each, rendered)
        return document

    def _report_origin(self, each: Diagnostic, rendered: Rendered) -> None:
        span, label = rendered.origin(Span(each.file, each.line, each.column, each.end_line, each.end_column))
        related = [(what, rendered.origin(Span(file, line, column))[0]) for what, file, line, column in each.related]
        self._diagnostics.add(each.code, span, each.message, each.help, label=label or each.label, related=related)

    def _report_unused(self, written: Written, keys: Sequence[str], why: str) -> None:
        for key in keys:
            span = self._merged.tree.key((*written.at, "vars", key))
            self._diagnostics.add("W401", span, f"{quoted(f'vars.{key}')} has no effect: {why}", "remove it or use it")

    def _report_braces(self, text: str, span: Span, what: str) -> None:
        if _LOOKS_LIKE_TEMPLATE.search(text):
            help = "only files that end in .j2 are rendered; rename the file, or move the document into one"
            self._diagnostics.add("W402", span, f"{what} contains `{{{{` or `{{%`, which is sent unrendered", help)

    def _check_words(self, document: Document) -> None:
        """In a document, a word like `no` is not the boolean that YAML makes of it."""
        if document.tree is not self._merged.tree:
            texts: Mapping[Path, str] = document.tree.texts
        else:
            texts = self._inline_words
        for path, text in texts.items():
            if text.lower() in _WORDS and path[: len(document.base)] == document.base:
                span, label = document.span(path[len(document.base) :])
                message = f"YAML reads {quoted(text)} as {'true' if text.lower() in ('yes', 'on') else 'false'}"
                help = f'write "{text}" in quotes, or `true` or `false`'
                self._diagnostics.add("E210", span, message, help, label=label)

    @cached_property
    def _inline_words(self) -> dict[Path, str]:
        texts = self._merged.tree.texts.items()
        return {path: text for path, text in texts if text.lower() in _WORDS}

    def _check_references(self, document: Document) -> None:
        """The placeholder of an id must be the same after rendering."""
        known = {"organization:", "management:", "root:/"}
        known |= {each.address for each in self._declared.units} | {each.address for each in self._declared.accounts}
        for path, text in texts_in(document.value):
            left = REFERENCE.sub(lambda match: "" if match[1] in known else match[0], text)
            if "⟨" in left or "⟩" in left:
                span, label = document.span(path)
                if document.rendered:
                    message = f"{quoted(shortened(text))} is not an id any more: the template has changed it"
                    help = "write the id out as it is; it is known only after apply"
                else:
                    message = f"{quoted(shortened(text))} refers to the id of something that is not declared"
                    help = 'write ids in a .j2 file, as in `{{ accounts["key"].id }}`'
                self._diagnostics.add("E413", span, message, help, label=label)


def _parsed(text: str, shown: str, plain: str, diagnostics: DiagnosticCollector) -> Tree | None:
    if not text.strip():
        diagnostics.add("E104", Span(shown), "the template renders to nothing", "write a document")
        return None
    return (
        parse_json(text, shown, diagnostics)
        if plain.lower().endswith(".json")
        else parse_yaml(text, shown, diagnostics)
    )


def _document(tree: Tree | None, rendered: Rendered | None, diagnostics: DiagnosticCollector) -> Document | None:
    if tree is None:
        return None
    if isinstance(tree.value, dict):
        return Document(tree.value, tree, (), rendered)
    message = f"a policy document is a mapping, but this is {described(tree.value, tree.texts.get(()))}"
    diagnostics.add("E404", tree.at(()), message, "write the whole document, beginning with `{` in JSON")
    return None


def check_documents(
    declared: Declared, documents: Mapping[str, Document], checks: Sequence[Check], diagnostics: DiagnosticCollector
) -> None:
    """Runs the caller's checks; their findings keep their codes and get the place in the file."""
    for key, document in documents.items():
        for check in checks:
            for finding in check(declared.policies[key].shape.type, document.value):
                if finding.severity == "warning" and finding.code in _intended_codes(
                    declared.policies[key], document, finding
                ):
                    continue
                span, label = document.span(finding.path)
                diagnostics.add(
                    finding.code, span, finding.message,
                    finding.help, label=finding.label or label, severity=finding.severity,
                )  # fmt: skip


def _intended_codes(policy: DeclaredPolicy, document: Document, finding: Finding) -> set[str]:
    """The codes of warnings that the policy's `lint:` lists as intended, for the statement of the finding."""
    lint = policy.shape.lint or {}
    names = ["*"]
    if len(finding.path) > 1 and finding.path[0] == "Statement":
        index = finding.path[1] if isinstance(finding.path[1], int) else 0
        statements = listed(document.value.get("Statement"))
        statement = statements[index] if index < len(statements) else None
        names.append(str(index + 1))
        if isinstance(statement, dict) and "Sid" in statement:
            names.append(str(statement["Sid"]))
    return {code for name in names for code in lint.get(name, ())}
