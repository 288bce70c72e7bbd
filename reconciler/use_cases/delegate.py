"""What a member account cannot do, found before the plan is applied."""

from __future__ import annotations

from dataclasses import replace

from reconciler.applying.executor import dry_run
from reconciler.aws.operations import OPERATIONS
from reconciler.kinds import BY_KIND, PARTS
from reconciler.kinds.resource_policy_rules import DELEGABLE
from reconciler.model.plan import Warning_
from reconciler.model.wording import few
from reconciler.planning.planner import PlanResult
from reconciler.policy.impact.lockout import account_of
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.permissions import affects_permissions

_SHOWN = 5


def with_limits_of_a_delegate(result: PlanResult, connection: Connection) -> PlanResult:
    """The result with a warning where the caller is a member account and the plan has changes that only the management
    account can make: no resource policy can delegate them. The caller is looked up for changes of permissions and of
    the organization's own settings."""
    if not affects_permissions(result) and not any(each.resource.plural in PARTS for each in result.plan.changes):
        return result
    caller = connection.caller
    management = result.plan.organization.management_account_id
    account = account_of(caller) if caller else None
    if account in (None, management):
        return result
    refused = list(dict.fromkeys(each.address for each in dry_run(result.plan, BY_KIND) if _is_own(each.operation)))
    if not refused:
        return result
    text = (
        f"the credentials are of the member account {account}, and only the management account {management} can change "
        f"{few(refused, most=_SHOWN)}: AWS Organizations cannot delegate these"
    )
    warnings = (*result.plan.warnings, Warning_(code="W536", message=text))
    return replace(result, plan=result.plan.model_copy(update={"warnings": warnings}))


def _is_own(operation: str) -> bool:
    """Whether only the management account can call it, of the operations of AWS Organizations and those that enable
    another service for the organization."""
    service, _, name = operation.rpartition(":")
    if service:
        return name.startswith(("Enable", "Activate", "Deactivate", "DisableAWSOrganizations"))
    return OPERATIONS[operation].writes and name not in DELEGABLE
