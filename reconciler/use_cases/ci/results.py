"""The saved results of the steps of a pipeline, and what is shown of them at the lines of the spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.file_io import read_json
from reconciler.model.base import F, Source, validated
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.plan import Plan
from reconciler.model.results import Findings, PipelineResults, SavedFailure
from reconciler.render import markdown
from reconciler.render.annotations import Annotation, Level
from reconciler.render.live_side import drift_changes, drift_state
from reconciler.render.markdown import comment_markdown
from reconciler.render.markdown.comment_markdown import Place
from reconciler.render.results import drift_message
from reconciler.render.words import Names
from reconciler.use_cases import files
from reconciler.use_cases.plan import written_allowances

_LEVELS: dict[Severity, Level] = {"error": "error", "warning": "warning", "info": "notice"}


def load_results(paths: Sequence[Path]) -> PipelineResults:
    """What the files hold: results of `plan --output json` (or `--save`) and `validate --output json`. One that is not
    there was not written, because its step ended before. Raises `ReconcilerError` for any other file, `PlanRefused`
    for a plan that was modified."""
    plan, failure = None, None
    diagnostics: list[Diagnostic] = []
    for path in paths:
        data = _read(path)
        if data is None:
            continue
        if "changes" in data:
            plan = files.load_plan(path)
        elif "error" in data:
            failure = _validated(SavedFailure, data, path)
            diagnostics += failure.diagnostics
        elif "diagnostics" in data:
            diagnostics += _validated(Findings, data, path).diagnostics
        else:
            raise ReconcilerError(
                f"{path} is no saved result", help="save one with `reconciler plan --output json --out FILE`"
            )
    return PipelineResults(plan=plan, diagnostics=tuple(dict.fromkeys(diagnostics)), failure=failure)


def load_drift(path: Path) -> Plan:
    """The result of `drift --output json`. Raises `ReconcilerError` where the check failed, or the file is none."""
    data = _read(path)
    if data is None or "error" in data or data.get("command") != "drift":
        reason = "there is none" if data is None else str(data.get("error", "it is the result of another command"))
        raise ReconcilerError(f"{path} is no result of `drift`: {reason}", help="the check failed: that is not drift")
    return files.load_plan(path)


def comment_text(results: PipelineResults, place: Place, allow_workflow: str = "") -> str:
    """The text of the comment on a pull request."""
    return markdown.comment(results, place, allowances=_allowances(results), workflow=allow_workflow)


def summary_text(results: PipelineResults, place: Place, allow_workflow: str = "") -> str:
    """The text of the job summary, which takes more than a comment."""
    limit = comment_markdown.MOST_OF_A_SUMMARY
    if results.plan is not None and results.plan.command == "drift":
        return markdown.drift(results.plan, desired_tree=comment_markdown.known_resources(results.plan), limit=limit)
    allowances = _allowances(results)
    return markdown.comment(results, place, allowances=allowances, workflow=allow_workflow, limit=limit)


def _allowances(results: PipelineResults) -> str | None:
    return written_allowances(results.plan) if results.plan is not None else None


def annotations_of(results: PipelineResults) -> Iterator[Annotation]:
    """The findings about the spec, the violations and warnings of the plan, and the differences of a drift, at their
    lines."""
    for each in results.diagnostics:
        message = f"{each.message}\n{each.help}" if each.help else each.message
        end = (each.end_line, each.end_column)
        yield Annotation(_LEVELS[each.severity], message, each.code, each.file, each.line, each.column, *end)
    if results.plan is not None:
        yield from _of_plan(results.plan)
    if results.failure is not None and not results.diagnostics:
        yield Annotation("error", results.failure.error, "No plan")


def _of_plan(plan: Plan) -> Iterator[Annotation]:
    for each in plan.guards.violations:
        way_on = f"to allow it, add {each.allow}" if each.allow else "no option allows it: change the spec"
        yield _at(each.source, "error", f"{each.message}\n{way_on}", f"BLOCKED: {each.guard}")
    if plan.command == "drift":
        names = Names.of(plan, comment_markdown.known_resources(plan))
        for change in drift_changes(plan):
            message = f"{drift_state(change)}: {drift_message(change, names)}"
            yield _at(change.source, "warning", message, f"Drift: {change.severity or 'other'}")
    for warning in plan.warnings:
        if warning.severity == "warning":
            yield _at(warning.source, "warning", warning.message, warning.code)


def _at(source: Source | None, level: Level, message: str, title: str) -> Annotation:
    if source is None:
        return Annotation(level, message, title)
    return Annotation(level, message, title, source.file, source.line, source.column)


def moved_below(found: Iterable[Annotation], folder: str) -> Iterator[Annotation]:
    """The same with files named from the top of the repository, where the commands ran in a folder of it."""
    for each in found:
        yield each._replace(file=f"{folder}/{each.file}") if each.file is not None and folder else each


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = read_json(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise ReconcilerError(f"{path} cannot be read: {files.reason_of(error)}") from error
    if not isinstance(data, dict):
        raise ReconcilerError(f"{path} is no saved result: expected a JSON object")
    return data


def _validated(type: type[F], data: dict[str, Any], path: Path) -> F:
    try:
        return validated(type, data, "")
    except ValueError as error:
        raise ReconcilerError(f"{path} is no saved result: {error}") from error
