"""A spec brought up to date with the live organization, by the smallest edit."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from reconciler.aws.retrying import SystemClock
from reconciler.errors import ReconcilerError, SpecInvalid
from reconciler.file_io import write_text
from reconciler.kinds.invitation import Invitation
from reconciler.model.address import Address
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.plan import BY_HAND
from reconciler.model.resources import Account
from reconciler.planning.planner import PlanResult
from reconciler.spec import Desired
from reconciler.spec.edit.editor import SpecEditor
from reconciler.spec.loading import read_declared
from reconciler.use_cases.accept import Acceptance
from reconciler.use_cases.accept_document import DocumentEditor
from reconciler.use_cases.account_parts import with_account_parts
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.format_spec import read_text, yaml_files
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.plan import PlanRequest, make_plan
from reconciler.use_cases.read import Progress, read_live, silent

_EDITABLE = (BY_HAND | {"I501"}) - {"W543"}
"""Codes of warnings about differences that no apply can take away, but an edit can."""
_LEFT = frozenset({Invitation.kind})
"""Kinds whose undeclared things are left alone: an account that may join is no part of the organization yet. Accounts
that AWS has suspended are too: no spec can say that."""
_ROUNDS = 6
"""A rename shows what is different below it, and what is new can be attached once it is there."""


@dataclass(frozen=True)
class EditedFile:
    """A file of the spec; `before` is `None` where there was none. `line_end` is its own."""

    path: Path
    before: str | None
    after: str
    line_end: str = "\n"


@dataclass(frozen=True)
class Update:
    """The edited files, and the addresses whose difference no edit could take away."""

    files: tuple[EditedFile, ...]
    left: tuple[Address, ...] = ()

    def write(self) -> None:
        """Writes the files."""
        for each in self.files:
            write_text(each.path, each.after.replace("\n", each.line_end))

    def patch(self) -> str:
        """The edits as a patch for `git apply`, with paths from the working directory."""
        return "".join(_patch_of(each) for each in self.files)


def update_spec(
    spec: Path, desired: Desired, connection: Connection, targets: Sequence[str] = (), progress: Progress = silent
) -> Update:
    """The edits that make the spec declare what is live; with `targets`, for what these addresses (globs) name. Writes
    nothing. Raises `ReconcilerError` where no address is one of a difference."""
    live = with_account_parts(connection, desired, read_live(connection, progress=progress))
    with _copied(spec, desired) as copy:
        result = _plan(desired, live)
        found = _differences(result)
        if targets and not any(matches(pattern, each) for pattern in targets for each in found):
            near = difflib.get_close_matches(targets[0], found, 1)
            raise ReconcilerError(
                f"nothing is different at {', '.join(targets)}",
                help=f"did you mean {near[0]}?" if near else "`reconciler drift` lists the addresses",
            )

        def accepts(address: Address) -> bool:
            return not targets or any(matches(each, address) for each in targets)

        for _ in range(_ROUNDS):
            if not any(map(accepts, found)) or not _round(copy, spec.parent, desired, result, accepts):
                break
            desired = _loaded(copy)
            result = _plan(desired, live)
            found = _differences(result)
        return Update(tuple(_files(spec.parent, copy.parent)), tuple(filter(accepts, found)))


def _loaded(spec: Path) -> Desired:
    """The edited spec. Raises `ReconcilerError` where the edits so far make it invalid: its files are a copy, so places
    in them mean nothing to a reader."""
    try:
        return load_spec(spec, tests=False)
    except SpecInvalid as error:
        first = next(each.message for each in error.diagnostics if each.severity == "error")
        raise ReconcilerError(
            f"nothing was edited, for the spec would be invalid: {first}",
            help="accept what depends on it too, or everything with `reconciler import --update`",
        ) from error


def _round(
    spec: Path, original: Path, desired: Desired, result: PlanResult, accepts: Callable[[Address], bool]
) -> bool:
    """One round of edits; whether there were any."""
    directory, declared = spec.parent, read_declared(spec)
    texts = {path.relative_to(directory).as_posix(): read_text(path)[0] for path in yaml_files(spec)}
    editor = SpecEditor(texts)
    documents = DocumentEditor(directory, original, declared, editor)
    acceptance = Acceptance(
        declared, desired.settings, result.plan, desired.inventory, result.before, editor, documents, accepts
    )
    edited = acceptance.run()
    for name, text in {**editor.files, **documents.written}.items():
        if texts.get(name) != text:
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    return edited


def _plan(desired: Desired, live: Inventory) -> PlanResult:
    known = Connection(None, None, None, SystemClock(), snapshot=live)
    return make_plan(desired, known, PlanRequest(command="drift"))


def _differences(result: PlanResult) -> list[Address]:
    """The addresses of what an edit could take away."""
    plan = result.plan
    found = [each.address for each in plan.changes if not each.temporary]
    by_hand = [each.address for each in plan.warnings if each.code in _EDITABLE and each.address is not None]
    suspended = {each.address for each in result.before.of(Account) if each.state == "suspended"}
    extra = {each.address for each in plan.unmanaged if each.kind not in _LEFT}
    return sorted({*found, *by_hand, *(extra - suspended)})


@contextmanager
def _copied(spec: Path, desired: Desired) -> Iterator[Path]:
    """The files of the spec in another directory, while they are edited."""
    with tempfile.TemporaryDirectory(prefix="reconciler-") as directory:
        for each in map(Path, desired.files):
            target = Path(directory) / each.relative_to(spec.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read_text(each)[0].encode())
        yield Path(directory) / spec.name


def _files(directory: Path, copy: Path) -> Iterator[EditedFile]:
    """What differs in the copy."""
    for path in sorted(each for each in copy.rglob("*") if each.is_file()):
        own = directory / path.relative_to(copy)
        before, line_end = read_text(own) if own.exists() else (None, "\n")
        after = path.read_bytes().decode()
        if after != before:
            yield EditedFile(own, before, after, line_end)


def _patch_of(file: EditedFile) -> str:
    """One file of a patch, with its own line ends, and of a symbolic link its target. A text without a line end at its
    end gets the note that `git apply` needs."""
    name = Path(os.path.relpath(file.path.resolve())).as_posix()
    before, after = ([*StringIO((text or "").replace("\n", file.line_end))] for text in (file.before, file.after))
    lines = difflib.unified_diff(
        before,
        after,
        f"a/{name}" if file.before is not None else "/dev/null",
        f"b/{name}",
    )
    marked = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    head = "" if file.before is not None else "new file mode 100644\n"
    return f"diff --git a/{name} b/{name}\n{head}" + "".join(marked)
