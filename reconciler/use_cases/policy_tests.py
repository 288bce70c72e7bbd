"""The tests that a spec has of its own policies."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import UsageError
from reconciler.model.decision import Decision, Request
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.inventory import Inventory
from reconciler.model.policy_test import PolicyTest, PolicyTestOutcome
from reconciler.policy.evaluation.unknown_actions import unknown_action
from reconciler.policy.language.catalogue import catalogue
from reconciler.use_cases.policy_evaluator import PolicyEvaluator, Statements


def outcomes(
    inventory: Inventory, statements: Statements, tests: Iterable[PolicyTest]
) -> tuple[PolicyTestOutcome, ...]:
    """The tests of the policies with a diagnostic for each that the declared organization does not pass."""
    evaluator = PolicyEvaluator.of(inventory, statements)
    return tuple(PolicyTestOutcome(test=test, failure=_failure(evaluator, test)) for test in tests)


def unknown_actions(tests: Iterable[PolicyTest]) -> list[Diagnostic]:
    """A warning for each test of an action that the catalogue does not have."""
    found = ((test, unknown_action(test.action, catalogue())) for test in tests)
    return [_diagnostic("W310", test, message, None) for test, message in found if message]


def _failure(evaluator: PolicyEvaluator, test: PolicyTest) -> Diagnostic | None:
    fields = test.model_dump(exclude={"source", "name", "expect"}, exclude_none=True)
    try:
        found = evaluator.explain(Request.model_validate(fields), closed_context=True)
    except UsageError as error:
        return _diagnostic("E327", test, error.message, error.help)
    if found.decision == test.expect:
        return None
    what = f"{test.action} in {test.account}"
    named = f"{test.name}: " if test.name else ""
    return _diagnostic("E326", test, f"{named}{what} is {found.decision}, not {test.expect}", _why(found))


def _why(found: Decision) -> str | None:
    if found.exempt:
        return found.exempt
    if found.missing_allow_at:
        return f"no SCP allows it at {', '.join(found.missing_allow_at)}; attached there: {found.scps_without_allow}"
    if found.decision == "conditional":
        return f"it depends: {found.condition}; give the test that context"
    if blocked := found.blocked_by:
        place = f" ({blocked.file}:{blocked.line})" if blocked.file else ""
        return f"it is denied by statement {blocked.statement} of {blocked.policy} at {blocked.level}{place}"
    return "no policy denies it"


def _diagnostic(code: str, test: PolicyTest, message: str, help: str | None) -> Diagnostic:
    source = test.source
    return Diagnostic(
        code=code,
        severity="warning" if code.startswith("W") else "error",
        message=message,
        file=source.file,
        line=source.line,
        column=source.column,
        help=help,
    )
