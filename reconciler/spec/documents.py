"""Policy documents: read, rendered, parsed, and each of their places known, so that findings can point at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from reconciler.kinds.base import DocumentSource
from reconciler.model.base import Json
from reconciler.model.diagnostic import Diagnostic, Finding
from reconciler.model.document import listed
from reconciler.spec.declared import Declared, DeclaredPolicy
from reconciler.spec.folder import MAX_POLICY_BYTES, SpecFiles, printable
from reconciler.spec.ids import ids_of
from reconciler.spec.include import Merged
from reconciler.spec.json_tree import parse_json
from reconciler.spec.notes import DiagnosticCollector
from reconciler.spec.places import Path, Place, Tree
from reconciler.spec.rendering import Rendered, render, unused
from reconciler.spec.sandbox import Sandbox
from reconciler.spec.wording import described, quoted, shortened
from reconciler.spec.yaml_tree import parse_yaml

Check = Callable[[str, Json], Iterable[Finding]]
"""Looks at a document of a policy type (short name, document) and says what it finds."""

_ENDINGS = (".json", ".yaml", ".yml")
_WORDS = ("yes", "no", "on", "off")
_LOOKS_LIKE_TEMPLATE = re.compile(r"\{\{|\{%")
_REFERENCE = re.compile(r"⟨([^⟨⟩]+)\.id⟩")


@dataclass(frozen=True)
class Document:
    """A policy document and where it is written: in `tree` at `base`; `rendered` where it comes from a template."""

    value: dict[str, Json]
    tree: Tree
    base: Path = ()
    rendered: Rendered | None = None

    def place(self, path: Path) -> tuple[Place, str | None]:
        """The place of the value at `path` of the document, and a label where that is not the text itself."""
        place = self.tree.at((*self.base, *path))
        return self.rendered.origin(place) if self.rendered else (place, None)


class Written(NamedTuple):
    """Where a document is said to be: the keys of `shape`, which are written at `at`; `what` names it in messages."""

    shape: DocumentSource
    what: str
    at: Path


class Documents:
    """Reads the documents of one spec."""

    def __init__(self, found: Declared, merged: Merged, folder: SpecFiles, notes: DiagnosticCollector) -> None:
        self._found, self._merged, self._folder, self._notes = found, merged, folder, notes
        self._sandbox: Sandbox | None = None
        self._ids: dict[str, object] = {}

    def read(self) -> dict[str, Document]:
        """Every document that can be read, by the policy's key; a note for each that cannot."""
        documents = {}
        for policy in self._found.policies.values():
            document = self.document(Written(policy.shape, f"the policy {quoted(policy.key)}", policy.at))
            if document is not None:
                documents[policy.key] = document
        return documents

    def document(self, written: Written) -> Document | None:
        """One document; a note where it cannot be read."""
        document = self._document(written)
        if document is not None:
            self._check_words(document)
            self._check_references(document)
        return document

    def _document(self, written: Written) -> Document | None:
        tree, shape = self._merged.tree, written.shape
        if (shape.content is None) == (shape.file is None):
            self._note_source(written)
            return None
        if shape.content is not None:
            self._note_unused(written, list(shape.vars or ()), "an inline document is not a template")
            self._note_braces(str(shape.content), tree.key((*written.at, "content")), "an inline document")
            return Document(shape.content, tree, (*written.at, "content"))
        return self._from_file(written, shape.file or "")

    def _note_source(self, written: Written) -> None:
        tree, place = self._merged.tree, self._merged.tree.key(written.at)
        if written.shape.file is None:
            message = f"{written.what} has neither `content` nor `file`"
            self._notes.add("E207", place, message, help="write the document as `content:`, or name its `file:`")
            return
        self._notes.add(
            "E207", tree.key((*written.at, "file")), f"{written.what} has both `content` and `file`",
            help="keep one of the two", related=[("the other one", tree.key((*written.at, "content")))],
        )  # fmt: skip

    def _from_file(self, written: Written, target: str) -> Document | None:
        place = self._merged.tree.at((*written.at, "file"))
        name = self._folder.resolve(self._merged.names[place.file], target, place, self._notes)
        if name is None:
            return None
        plain = name.removesuffix(".j2")
        if not plain.lower().endswith(_ENDINGS):
            help = "name a file that ends in .json, .yaml or .yml, with .j2 after it for a template"
            self._notes.add(
                "E401", place, f"{quoted(target)} is not a type of file that can contain a policy", help=help
            )
            return None
        text = self._folder.text(name, MAX_POLICY_BYTES, place, self._notes)
        if text is None:
            return None
        shown = self._folder.shown(name)
        if plain != name:
            return self._from_template(written, text, shown, plain)
        self._note_unused(written, list(written.shape.vars or ()), f"{quoted(shown)} is not a template (no .j2)")
        self._note_braces(text, Place(shown), f"{quoted(shown)}, which does not end in .j2,")
        return _document(_parsed(text, shown, plain, self._notes), None, self._notes)

    def _from_template(self, written: Written, source: str, shown: str, plain: str) -> Document | None:
        if self._sandbox is None:
            self._sandbox, self._ids = Sandbox(), ids_of(self._found)
        values = written.shape.vars or {}
        rendered = render(source, shown, values, self._ids, self._sandbox, self._notes)
        if rendered is None:
            return None
        self._note_unused(written, unused(source, values), f"{quoted(shown)} does not use it")
        inner = DiagnosticCollector()
        tree = _parsed(rendered.text, shown, plain, inner) if printable(rendered.text, Place(shown), inner) else None
        document = _document(tree, rendered, inner)
        for each in inner.sorted():
            self._note_origin(each, rendered)
        return document

    def _note_origin(self, each: Diagnostic, rendered: Rendered) -> None:
        place, label = rendered.origin(Place(each.file, each.line, each.column, each.end_line, each.end_column))
        related = [(what, rendered.origin(Place(file, line, column))[0]) for what, file, line, column in each.related]
        self._notes.add(each.code, place, each.message, help=each.help, label=label or each.label, related=related)

    def _note_unused(self, written: Written, keys: Sequence[str], why: str) -> None:
        for key in keys:
            place = self._merged.tree.key((*written.at, "vars", key))
            self._notes.add("W401", place, f"{quoted(f'vars.{key}')} has no effect: {why}", help="remove it or use it")

    def _note_braces(self, text: str, place: Place, what: str) -> None:
        if _LOOKS_LIKE_TEMPLATE.search(text):
            help = "only files that end in .j2 are rendered; rename the file, or move the document into one"
            self._notes.add("W402", place, f"{what} contains `{{{{` or `{{%`, which is sent unrendered", help=help)

    def _check_words(self, document: Document) -> None:
        """In a document, a word like `no` is not the boolean that YAML makes of it."""
        if document.tree is not self._merged.tree:
            texts: Mapping[Path, str] = document.tree.texts
        else:
            texts = self._inline_words
        for path, text in texts.items():
            if text.lower() in _WORDS and path[: len(document.base)] == document.base:
                place, label = document.place(path[len(document.base) :])
                message = f"YAML reads {quoted(text)} as {'true' if text.lower() in ('yes', 'on') else 'false'}"
                help = f'write "{text}" in quotes, or `true` or `false`'
                self._notes.add("E210", place, message, help=help, label=label)

    @cached_property
    def _inline_words(self) -> dict[Path, str]:
        texts = self._merged.tree.texts.items()
        return {path: text for path, text in texts if text.lower() in _WORDS}

    def _check_references(self, document: Document) -> None:
        """What stands for an id must have come through the template unchanged."""
        known = {"organization:", "management:", "root:/"}
        known |= {each.address for each in self._found.units} | {each.address for each in self._found.accounts}
        for path, text in _texts(document.value, ()):
            left = _REFERENCE.sub(lambda match: "" if match[1] in known else match[0], text)
            if "⟨" in left or "⟩" in left:
                place, label = document.place(path)
                if document.rendered:
                    message = f"{quoted(shortened(text))} is not an id any more: the template has changed it"
                    help = "write the id out as it is; it is known only after apply"
                else:
                    message = f"{quoted(shortened(text))} refers to the id of something that is not declared"
                    help = 'write ids in a .j2 file, as in `{{ accounts["key"].id }}`'
                self._notes.add("E413", place, message, help=help, label=label)


def _parsed(text: str, shown: str, plain: str, notes: DiagnosticCollector) -> Tree | None:
    if not text.strip():
        notes.add("E104", Place(shown), "the template renders to nothing", help="write a document")
        return None
    return parse_json(text, shown, notes) if plain.lower().endswith(".json") else parse_yaml(text, shown, notes)


def _document(tree: Tree | None, rendered: Rendered | None, notes: DiagnosticCollector) -> Document | None:
    if tree is None:
        return None
    if isinstance(tree.value, dict):
        return Document(tree.value, tree, (), rendered)
    message = f"a policy document is a mapping, but this is {described(tree.value, tree.texts.get(()))}"
    notes.add("E404", tree.at(()), message, help="write the whole document, beginning with `{` in JSON")
    return None


def _texts(value: Json, path: Path) -> Iterable[tuple[Path, str]]:
    """Every string of a document, keys included."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key), key
            yield from _texts(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*path, index))


def check_documents(
    found: Declared, documents: Mapping[str, Document], checks: Sequence[Check], notes: DiagnosticCollector
) -> None:
    """Runs the caller's checks; their findings keep their codes and get the place in the file."""
    for key, document in documents.items():
        for check in checks:
            for finding in check(found.policies[key].shape.type, document.value):
                if finding.severity == "warning" and finding.code in _meant(found.policies[key], document, finding):
                    continue
                place, label = document.place(finding.path)
                notes.add(
                    finding.code, place, finding.message,
                    help=finding.help, label=finding.label or label, severity=finding.severity,
                )  # fmt: skip


def _meant(policy: DeclaredPolicy, document: Document, finding: Finding) -> set[str]:
    """The codes of warnings that the policy's `lint:` says are meant so, for the statement of the finding."""
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
