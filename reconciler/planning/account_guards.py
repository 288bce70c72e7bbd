"""The guards on accounts: created, closed, unknown, or already there under another e-mail."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.plan import Violation
from reconciler.model.resources import Account
from reconciler.model.wording import FEW, few
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits, allow_option
from reconciler.planning.similar import without_case

_CLOSURES, _CLOSURE_SHARE, _MOST_CLOSURES = 250, 20, 1_000
"""Closures within 30 days: the higher of a number and a percentage of the members, and never more than the last.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def closures(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """Accounts that would be closed or leave: only with `--allow-close`, and within the limit of the spec."""
    closing = tuple(each.address for each in plan.changes if each.action in ("close", "remove"))
    if closing and not allowed.close:
        yield Violation(
            guard="close",
            message=f"{_accounts_would(len(closing))} be closed or leave the organization, which needs --allow-close",
            addresses=closing,
            allow="--allow-close",
        )
    yield from _over("account_closures", closing, "be closed or leave", limits.max_account_closures, allowed)


def closure_quota(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """More accounts closed within 30 days than the service allows. When an account was closed is not known: those of
    the last 90 days are listed, so that is the most that there may have been."""
    accounts = [each for each in plan.before.state.values() if isinstance(each, Account)]
    closing = tuple(each.address for each in plan.changes if each.action == "close")
    closed = sum(each.state in ("pending_closure", "closed") for each in accounts)
    quota = min(max(_CLOSURES, (len(accounts) - 1) * _CLOSURE_SHARE // 100), _MOST_CLOSURES)
    left = max(0, quota - closed)
    if len(closing) > left and not allowed.lets("closure_quota", len(closing)):
        yield Violation(
            guard="closure_quota",
            message=f"{_accounts_would(len(closing))} be closed, and {left} may be left of the {quota} that AWS closes "
            f"within 30 days: {closed} were closed in the last 90 days",
            addresses=closing,
            allow=allow_option("closure_quota", len(closing)),
        )


def creations(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """More accounts created than the limit of the spec."""
    creating = tuple(each.address for each in plan.changes if each.kind == "account" and each.action == "create")
    yield from _over("account_creations", creating, "be created", limits.max_account_creations, allowed)


def invitations(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """More accounts invited than the limit of the spec."""
    inviting = tuple(each.address for each in plan.changes if each.action == "invite")
    yield from _over("account_invitations", inviting, "be invited", limits.max_account_invitations, allowed)


def _over(
    guard: str, accounts: tuple[Address, ...], what: str, most: int | None, allowed: GuardOverrides
) -> Iterator[Violation]:
    if most is not None and len(accounts) > most and not allowed.lets(guard, len(accounts)):
        yield Violation(
            guard=guard,
            message=f"{_accounts_would(len(accounts))} {what}, the limit is {most}",
            addresses=accounts,
            allow=allow_option(guard, len(accounts)),
        )


def similar(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """Accounts that would be created although a live one of that name is not declared: its e-mail was probably
    corrected in the spec, and a second account would be made."""
    if plan.desired is None:
        return
    declared = {each.address for each in plan.desired.of(Account)}
    undeclared = {
        without_case(each.name): each
        for each in plan.before.state.values()
        if isinstance(each, Account) and each.address not in declared and not each.is_closed
    }
    found = [
        (each.after, undeclared[name])
        for each in plan.changes
        if each.action == "create"
        and isinstance(each.after, Account)
        and (name := without_case(each.after.name)) in undeclared
    ]
    if found and not allowed.lets("similar_account", len(found)):
        texts = "; ".join(
            f"{addresses.local(new.address)} would be a second account named {there.name}: "
            f'the live one is {there.id} ({there.email}), declare it with `id: "{there.id}"`'
            for new, there in found[:FEW]
        )
        more = f"; and {len(found) - FEW} more" if len(found) > FEW else ""
        yield Violation(
            guard="similar_account",
            message=texts + more,
            addresses=tuple(new.address for new, _ in found),
            allow=allow_option("similar_account", len(found)),
            source=found[0][0].source,
        )


def unknown(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """Accounts declared by an id that no account of the organization has: a typing error, or other credentials than
    the spec is for."""
    missing = [
        each
        for each in (plan.desired.of(Account) if plan.desired else ())
        if each.id and each.state == "active" and not each.invite and each.address not in plan.before.state
    ]
    if missing:
        named = few([f"{addresses.local(each.address)} ({each.id})" for each in missing])
        yield Violation(
            guard="unknown_account",
            message=f"no account of this organization has the id of {named}: a typing error in the spec, or the "
            "credentials of another organization",
            addresses=tuple(each.address for each in missing),
            source=missing[0].source,
        )


def management(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """The management account is never moved, closed or removed."""
    found = tuple(
        each.address
        for each in plan.changes
        if each.address == plan.management and each.action in ("move", "close", "remove")
    )
    if found:
        message = "the management account is never moved, closed or removed"
        yield Violation(guard="management_account", message=message, addresses=found)


def _accounts_would(count: int) -> str:
    return f"{count} account{'s' * (count != 1)} would"
