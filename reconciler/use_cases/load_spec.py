"""The declared organization, checked offline."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from reconciler import spec
from reconciler.errors import SpecInvalid
from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.policy_test import PolicyTestOutcome
from reconciler.policy.lint.check import check
from reconciler.policy.lint.document_lint import lint as lint_policy
from reconciler.policy.lint.organization import lint_organization
from reconciler.policy.lint.organization.finding import LintContext
from reconciler.spec import Desired as Desired
from reconciler.spec import Settings
from reconciler.use_cases.policy_tests import outcomes, unknown_actions

Lint = Literal["documents", "organization"]


def load_spec(path: Path, *, lint: Collection[Lint] = (), tests: bool = True) -> Desired:
    """The spec. Its warnings have what looks wrong in policies that the service would take, and in the organization as
    it is declared, where `lint` says so; without `tests` its own tests of policies are not run. Raises `SpecInvalid`
    with every finding where it has an error."""
    desired = spec.load(path, checks=[check, lint_policy] if "documents" in lint else [check])
    if "organization" in lint:
        desired = _with_warnings(desired, _organization_findings(desired))
    if tests:
        desired, tested = with_tests(desired)
        if failed := [each.failure for each in tested if each.failure is not None]:
            raise SpecInvalid((*desired.warnings, *failed))
    return desired


def with_tests(desired: Desired) -> tuple[Desired, tuple[PolicyTestOutcome, ...]]:
    """The spec with the warnings about its policy tests, and what each of these gave."""
    if not desired.tests:
        return desired, ()
    warned = _with_warnings(desired, unknown_actions(desired.tests))
    return warned, outcomes(desired.inventory, desired.statements, desired.tests)


def _with_warnings(desired: Desired, found: list[Diagnostic] | Iterator[Diagnostic]) -> Desired:
    return desired.model_copy(update={"warnings": (*desired.warnings, *found)})


def _organization_findings(desired: Desired) -> Iterator[Diagnostic]:
    """What looks wrong about the organization as it is declared."""
    sources = {each.address: each.source for each in desired.inventory.resources}
    for each in lint_organization(desired.inventory, lint_context(desired.settings), desired.settings.findings_off):
        if (source := sources.get(each.address)) is not None:
            yield Diagnostic(
                code=each.code,
                severity=each.severity,
                message=each.message,
                file=source.file,
                line=source.line,
                column=source.column,
                help=each.help,
            )


def lint_context(settings: Settings, out_of_sight: Collection[Address] = ()) -> LintContext:
    """What findings about an organization are measured by."""
    return LintContext(
        attached={short: quota.attached for short, quota in settings.quotas.policy_types.items()},
        accounts=settings.quotas.accounts,
        organizational_units=settings.quotas.organizational_units,
        out_of_sight=out_of_sight,
    )
