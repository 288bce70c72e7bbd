"""The declared organization, checked offline."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from reconciler import spec
from reconciler.errors import SpecInvalid
from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic
from reconciler.policy.lint.check import check
from reconciler.policy.lint.document_lint import lint as lint_policy
from reconciler.policy.lint.organization import lint_organization
from reconciler.policy.lint.organization.finding import LintContext
from reconciler.spec import Desired as Desired
from reconciler.spec import Settings
from reconciler.use_cases.policy_tests import failed_tests, unknown_actions


def load_spec(path: Path, *, lint: bool = False, tests: bool = True) -> Desired:
    """The spec. With `lint` its warnings have what looks wrong in policies that the service would take; without `tests`
    its own tests of policies are not run. Raises `SpecInvalid` with every finding where it has an error."""
    desired = spec.load(path, checks=[check, lint_policy] if lint else [check])
    if lint:
        desired = _with_warnings(desired, _organization_findings(desired))
    if tests and desired.tests:
        desired = _with_warnings(desired, unknown_actions(desired.tests))
        if failed := failed_tests(desired.inventory, desired.statements, desired.tests):
            raise SpecInvalid((*desired.warnings, *failed))
    return desired


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
