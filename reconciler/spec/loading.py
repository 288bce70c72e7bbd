"""From files to the desired state, or to every reason why not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from reconciler.errors import SpecInvalid
from reconciler.model.base import Frozen, Json, Source
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.document import minified_sorted
from reconciler.model.inventory import Inventory
from reconciler.model.policy_test import PolicyTest
from reconciler.spec import compiling
from reconciler.spec.declared import declared
from reconciler.spec.documents import Check, Document, Documents, check_documents
from reconciler.spec.emails import with_default_emails
from reconciler.spec.folder import SpecFiles
from reconciler.spec.include import read_merged
from reconciler.spec.notes import DiagnosticCollector
from reconciler.spec.rules import check_rules
from reconciler.spec.rules.facts import RuleContext
from reconciler.spec.sections import declared_by_sections
from reconciler.spec.settings import Settings
from reconciler.spec.shape import shaped


class Desired(Frozen):
    """What a spec asks for. `digest` is the same on every machine for the same spec and documents; `files` are all that
    were read; `warnings` do not stop anything."""

    inventory: Inventory
    settings: Settings
    digest: str
    warnings: tuple[Diagnostic, ...] = ()
    files: tuple[str, ...] = ()
    tests: tuple[PolicyTest, ...] = ()
    statements: dict[str, tuple[Source, ...]] = Field(default_factory=dict)
    """Where each statement of a policy document is written, by the policy's key."""


def load(path: Path, *, checks: Sequence[Check] = ()) -> Desired:
    """Reads the spec whose top file is `path`, with all that it includes and names.

    `checks` look at every policy document. Raises `SpecInvalid` with all diagnostics when at least one is an error.
    """
    notes, folder = DiagnosticCollector(), SpecFiles(path)
    desired = _desired(folder, checks, notes)
    if notes.errors or desired is None:
        raise SpecInvalid(notes.sorted())
    return desired


def _desired(folder: SpecFiles, checks: Sequence[Check], notes: DiagnosticCollector) -> Desired | None:
    merged = read_merged(folder, notes)
    tree = merged.tree
    if not tree.value and merged.incomplete:
        return None
    fitting = shaped(tree, notes, incomplete=merged.incomplete)
    if fitting is None:
        return None
    found = with_default_emails(declared(fitting.spec), tree, notes)
    reader = Documents(found, merged, folder, notes)
    documents = reader.read()
    settings = compiling.settings(found)
    check_rules(RuleContext(found, fitting, tree, settings, documents, notes, merged.incomplete))
    check_documents(found, documents, checks, notes)
    of_sections = declared_by_sections(found, tree, reader, notes)
    if notes.errors:
        return None
    contents: dict[str, Json] = {key: document.value for key, document in documents.items()}
    return Desired(
        inventory=compiling.inventory(found, contents, tree, of_sections),
        settings=settings,
        digest=_digest(tree.value, {**contents, **of_sections.contents}),
        warnings=notes.sorted(),
        files=folder.files,
        tests=compiling.tests(found, tree),
        statements={key: _statements(document) for key, document in documents.items()},
    )


def _statements(document: Document) -> tuple[Source, ...]:
    written = document.value.get("Statement")
    if isinstance(written, dict):
        return (_source(document, ("Statement",)),)
    count = len(written) if isinstance(written, list) else 0
    return tuple(_source(document, ("Statement", index)) for index in range(count))


def _source(document: Document, path: tuple[str | int, ...]) -> Source:
    place, _ = document.place(path)
    return Source(file=place.file, line=place.line, column=place.column)


def _digest(spec: Json, documents: Mapping[str, Json]) -> str:
    """Over the merged spec and the rendered documents: no file names, no order of keys."""
    text = minified_sorted({"spec": spec, "documents": dict(documents)})
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
