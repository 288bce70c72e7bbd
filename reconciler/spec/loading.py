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
from reconciler.spec.declared import Declared
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.documents import Check, Document, Documents, check_documents
from reconciler.spec.emails import with_default_emails
from reconciler.spec.include import read_merged
from reconciler.spec.rules import check_rules
from reconciler.spec.rules.context import RuleContext
from reconciler.spec.sections import declared_by_sections
from reconciler.spec.settings import Settings
from reconciler.spec.shape import valid_part
from reconciler.spec.spec_files import SpecFiles


class Desired(Frozen):
    """What a spec declares. `digest` is the same on every machine for the same spec and documents; `files` are all that
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
    diagnostics, files = DiagnosticCollector(), SpecFiles(path)
    desired = _desired(files, checks, diagnostics)
    if diagnostics.errors or desired is None:
        raise SpecInvalid(diagnostics.sorted())
    return desired


def read_declared(path: Path) -> Declared:
    """What the spec declares, with the places of everything, without its documents. Raises `SpecInvalid`."""
    diagnostics, files = DiagnosticCollector(), SpecFiles(path)
    merged = read_merged(files, diagnostics)
    valid = valid_part(merged.tree, diagnostics, incomplete=merged.incomplete)
    if valid is None or diagnostics.errors:
        raise SpecInvalid(diagnostics.sorted())
    return Declared.of(valid.spec)


def _desired(files: SpecFiles, checks: Sequence[Check], diagnostics: DiagnosticCollector) -> Desired | None:
    merged = read_merged(files, diagnostics)
    tree = merged.tree
    if not tree.value and merged.incomplete:
        return None
    valid = valid_part(tree, diagnostics, incomplete=merged.incomplete)
    if valid is None:
        return None
    declared = with_default_emails(Declared.of(valid.spec), tree, diagnostics)
    reader = Documents(declared, merged, files, diagnostics)
    documents = reader.read()
    settings = Settings.of(declared, tree)
    check_rules(RuleContext(declared, valid, tree, settings, documents, diagnostics, merged.incomplete))
    check_documents(declared, documents, checks, diagnostics)
    of_sections = declared_by_sections(declared, tree, reader, diagnostics)
    if diagnostics.errors:
        return None
    contents: dict[str, Json] = {key: document.value for key, document in documents.items()}
    return Desired(
        inventory=compiling.inventory(declared, contents, tree, of_sections),
        settings=settings,
        digest=_digest(tree.value, {**contents, **of_sections.contents}),
        warnings=diagnostics.sorted(),
        files=files.files,
        tests=compiling.tests(declared, tree),
        statements={key: _statements(document) for key, document in documents.items()},
    )


def _statements(document: Document) -> tuple[Source, ...]:
    written = document.value.get("Statement")
    if isinstance(written, dict):
        return (document.span(("Statement",))[0].source(),)
    count = len(written) if isinstance(written, list) else 0
    return tuple(document.span(("Statement", index))[0].source() for index in range(count))


def _digest(spec: Json, documents: Mapping[str, Json]) -> str:
    """Over the merged spec and the rendered documents: no file names, no order of keys."""
    text = minified_sorted({"spec": spec, "documents": dict(documents)})
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
