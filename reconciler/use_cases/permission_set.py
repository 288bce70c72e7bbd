"""May those with a permission set do this? The permission set and the organization's policies together."""

from __future__ import annotations

import difflib
import functools

from reconciler.aws.managed_policies import managed_policy_document
from reconciler.errors import AccessDenied, ReadFailed, ServiceError, UsageError
from reconciler.kinds.identity_center.coverage import coverage_of
from reconciler.kinds.identity_center.policies import managed_arn
from reconciler.kinds.identity_center.resources import Assignment, IdentityCenter, PermissionSet
from reconciler.model.address import Address
from reconciler.model.api import Api
from reconciler.model.decision import Decision, Request
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.model.scope import Unread
from reconciler.planning.planner import aligned
from reconciler.policy.evaluation.identity import (
    ADMINISTRATOR,
    Documents,
    Identity,
    offline,
    permission_set_identity,
    unread,
)
from reconciler.policy.language.statements import PolicyDocument, parse
from reconciler.spec import Desired
from reconciler.use_cases.account_access import with_access
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.explain import DECIDING
from reconciler.use_cases.policy_evaluator import PolicyEvaluator
from reconciler.use_cases.read import Progress, read_known, silent
from reconciler.use_cases.show import View


def live_view_with_permission_sets(
    connection: Connection, desired: Desired | None, progress: Progress = silent
) -> View:
    """The live organization with all that decides, and its permission sets. Raises as `with_access`."""
    live = with_access(connection, read_known(connection, DECIDING, progress), desired, (PermissionSet.plural,))
    return View(live) if desired is None else View(aligned(desired.inventory, live)[1], desired.statements)


def documents_of(api: Api | None, partition: str) -> Documents:
    """Documents of the policies of AWS, each read once; without an `api`, those that are known offline. One that cannot
    be read is unknown, with the reason."""

    @functools.cache
    def document(name: str) -> PolicyDocument | Unread:
        if api is None or name == ADMINISTRATOR:
            return offline(name)
        try:
            return parse("scp", managed_policy_document(api, managed_arn(name, partition)))
        except (AccessDenied, ServiceError, ReadFailed) as error:
            return unread(f"the AWS managed policy {name}: {error.message}")

    return document


def identity_of(evaluator: PolicyEvaluator, name: str, documents: Documents) -> Identity:
    """A caller with the permission set of this name. Raises `UsageError` with the nearest right name."""
    found = _named(evaluator.inventory, name)
    region = next((each.region for each in evaluator.inventory.of(IdentityCenter)), None)
    return permission_set_identity(found, region, documents)


def explain_with(
    evaluator: PolicyEvaluator, request: Request, name: str, identity: Identity, *, closed_context: bool = False
) -> Decision:
    """The decision for those who have the permission set in the account of the request, with a warning where nobody
    has. Raises as `PolicyEvaluator.explain`."""
    decision = evaluator.explain(request, closed_context=closed_context, identity=identity)
    found = _named(evaluator.inventory, name)
    blocker, source = decision.blocked_by, found.source
    if blocker is not None and source is not None and blocker.level.startswith(found.address):
        blocker = blocker.model_copy(update={"file": source.file, "line": source.line})
    account = evaluator.account(request.account)
    warnings = decision.warnings
    if not _is_held(evaluator.inventory, found, account):
        warnings = (*warnings, f"nobody has the permission set {name} in {account}")
    return decision.model_copy(update={"blocked_by": blocker, "warnings": warnings})


def _named(inventory: Inventory, name: str) -> PermissionSet:
    sets = {each.name: each for each in inventory.of(PermissionSet)}
    if name not in sets:
        near = difflib.get_close_matches(name, sets, 3)
        known = ", ".join(sorted(sets)) or "none"
        help = f"did you mean {' or '.join(near)}?" if near else f"there are these permission sets: {known}"
        raise UsageError(f"there is no permission set {name}", help=help)
    return sets[name]


def _is_held(inventory: Inventory, found: PermissionSet, account: Address) -> bool:
    """Whether somebody has the permission set in the account, as far as that is known."""
    ids = {each.id for each in inventory.of(Account) if each.address == account}
    if found.accounts or coverage_of(inventory.scope) is None:
        return not found.accounts or not ids.isdisjoint(found.accounts)
    held = (each for each in inventory.of(Assignment) if each.permission_set == found.address)
    return any(each.account == account for each in held)
