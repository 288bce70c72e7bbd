"""Assignments: which groups and users may enter which accounts, with which permission set.

The API knows single accounts only. A spec names OUs too, which are expanded to the declared accounts below them, so an
account that moves gains and loses assignments.

https://docs.aws.amazon.com/singlesignon/latest/userguide/useraccess.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from reconciler.kinds import scalars as s
from reconciler.kinds.base import (
    Call,
    Comparison,
    Declaring,
    Ids,
    Kind,
    LiveSeverity,
    Read,
    SpecSection,
    Undeclared,
    UnmanagedRules,
)
from reconciler.kinds.declared_set import emptied
from reconciler.kinds.identity_center.grouping import written_assignments
from reconciler.kinds.identity_center.operations import CREATION, DELETION, OF_ASSIGNMENTS
from reconciler.kinds.identity_center.permission_set_calls import of_instance
from reconciler.kinds.identity_center.permission_set_shape import SetName
from reconciler.kinds.identity_center.resources import (
    BY_PRINCIPAL,
    Assignment,
    Group,
    PermissionSet,
    Principal,
    User,
    assignment,
)
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, change_of
from reconciler.model.resources import Account, Resource

AT_A_TIME = 8
"""Assignments that are made or deleted at a time; the service allows ten creations
(https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html)."""

_ID = re.compile(r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")
"""The id of a group or user (API_CreateAccountAssignment)."""

Pattern = Annotated[str, s.Expected("an account pattern, like `ou:Workloads/**`")]


class AssignmentShape(s.Shape):
    """Groups and users that have a permission set in accounts."""

    permission_set: SetName = Field(description="The name of a declared permission set.", examples=["Admin"])
    groups: s.Unset[list[s.Text]] = Field(
        default=None, description="Groups, by their names in the identity store.", examples=[["Platform"]]
    )
    users: s.Unset[list[s.Text]] = Field(
        default=None,
        description="Users, by their user names in the identity store.",
        examples=[["auditor@example.com"]],
    )
    to: list[Pattern] = Field(
        description="Accounts: `ou:X` directly in an OU, `ou:X/**` all below it, `ou:/**` all, `account:KEY` one.",
        examples=[["ou:Workloads/**", "account:log-archive"]],
    )
    except_: s.Unset[list[Pattern]] = Field(
        default=None, alias="except", description="Accounts that are left out.", examples=[["account:management"]]
    )


class AssignmentKind(Kind):
    resource = Assignment
    severity = LiveSeverity(extra="access", missing="outage")
    undeclared = Undeclared(
        "Assignments of the declared permission sets; those of other sets are reported.", default="delete"
    )
    max_deletes = (5, "Assignments that get deleted, so that people lose access.")
    section = SpecSection(
        "assignments",
        list[AssignmentShape],
        "Who may enter which accounts. It is followed as accounts come, move and go.",
        ([{"permission_set": "Admin", "groups": ["Platform"], "to": ["ou:Workloads/**"]}],),
        of="identity_center",
    )
    operations = OF_ASSIGNMENTS
    reads_with = "sso:ListInstances"
    codes = (
        Code(
            code="E385",
            severity="error",
            title="An assignment without a permission set or a principal",
            explanation="An assignment names a declared permission set (`NAME: {}` declares one and leaves it as it "
            "is) and at least one group or user.",
        ),
        Code(
            code="E386",
            severity="error",
            title="A group or a user that the identity store does not have",
            explanation="Groups are named by their display names and users by their user names, as the identity "
            "provider has written them into the identity store.",
        ),
        Code(
            code="W386",
            severity="warning",
            title="Who runs this may lose the access through which it came in",
            explanation="The plan deletes an assignment of the permission set, in the account, through which the "
            "caller came in. Others of them stay, and which one let the caller in is not known. Where none stays, the "
            "guard `own_access` blocks the plan.",
        ),
        Code(
            code="W385",
            severity="warning",
            title="The same access is declared twice",
            explanation="Two entries of `assignments` give the same group or user the same permission set in the same "
            "account. Removing one of them changes nothing.",
        ),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        assert isinstance(resource, Assignment)
        found = (ids.get(resource.permission_set), ids.get(resource.principal), ids.get(resource.account))
        return tuple(each for each in found if each) if all(found) else None

    def declare(self, value: list[AssignmentShape], spec: Declaring) -> Iterator[Assignment]:
        sets = spec.beside("permission_sets") or {}
        found: dict[Address, int] = {}
        for index, shape in enumerate(value):
            if shape.permission_set not in sets:
                text = f"`{shape.permission_set}` is not a declared permission set"
                help = f"declare it below `permission_sets`; `{shape.permission_set}: {{}}` leaves it as it is"
                spec.add("E385", text, index, "permission_set", help=help)
            principals = list(_principals(shape))
            if not principals:
                spec.add("E385", "the assignment is for nobody", index, help="name `groups` or `users`")
            left_out = {each.address for each in spec.accounts(shape.except_ or (), index, "except")}
            selected = spec.accounts(shape.to, index, "to")
            accounts = [each for each in selected if each.address not in left_out]
            if selected and not accounts:
                help = "correct `to` or `except`, or remove the entry"
                spec.add("E381", "`except` leaves out all accounts of `to`", index, "except", help=help)
            yield from self._expanded(index, shape, principals, accounts, found, spec)

    def _expanded(
        self,
        index: int,
        shape: AssignmentShape,
        principals: Sequence[tuple[Address, str, int]],
        accounts: Sequence[Account],
        found: dict[Address, int],
        spec: Declaring,
    ) -> Iterator[Assignment]:
        permission_set = f"{PermissionSet.prefix}:{shape.permission_set}"
        for principal, key, place in principals:
            source = spec.source(index, key, place)
            again = 0
            for account in accounts:
                address = assignment(permission_set, principal, account.address)
                if address in found:
                    again += 1
                    continue
                found[address] = index
                yield Assignment.model_construct(
                    address=address, permission_set=permission_set, principal=principal,
                    account=account.address, source=source,
                )  # fmt: skip
            if again:
                text = (
                    f"`{addresses.local(principal)}` has `{shape.permission_set}` in {again} of these accounts already"
                )
                spec.add("W385", text, index, key, place, help="remove it from one of the two entries")

    def parts(self, value: list[AssignmentShape], spec: Declaring) -> tuple[str, ...]:
        names = {
            f"{plural}/{addresses.local(principal)}" for shape in value for principal, plural, _ in _principals(shape)
        }
        return (BY_PRINCIPAL, *sorted(names))

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        return written_assignments([each for each in resources if isinstance(each, Assignment)], names)

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        managed = desired.scope.has_part(BY_PRINCIPAL)
        wanted = {each.address: each for each in desired.of(Assignment)}
        there = {each.address: each for each in live.of(Assignment)}
        leaving = _leaving(desired, live, policies)
        successors = {old: new for old, new in leaving.items() if new}
        sets = {each.address for each in desired.of(PermissionSet)} | successors.keys()
        ending = _ending(desired, live)
        rule = policies.unmanaged.get(Assignment.plural, "delete")
        for each in there.values():
            if each.address in wanted or each.account in ending:
                continue
            kept = not managed or rule != "delete" or each.permission_set not in sets
            new = successors.get(each.permission_set)
            if new and kept:
                taken = assignment(new, each.principal, each.account)
                if taken not in wanted and taken not in there:
                    update = {"address": taken, "permission_set": new, "account_id": "", "takes_over": each.address}
                    wanted[taken] = each.model_copy(update=update)
            if each.permission_set in leaving or not kept:
                found.changes.append(change_of("delete", "replaced" if new else "not_declared", before=each))
            elif managed:
                found.unmanaged.append(each)
        for address in sorted(wanted.keys() - there.keys()):
            found.changes.append(
                change_of("create", "declared", after=_taking_over(wanted[address], there, successors))
            )
        found.changes.sort(key=lambda change: change.address)
        found.warnings += emptied(self, lambda each: each.plural, desired, found.unmanaged)
        return found

    def further_parts(self, changes: Iterable[Change]) -> Iterable[str]:
        """What is deleted was read by pair: whoever else has the role keeps it."""
        return {each.before.part for each in changes if isinstance(each.before, Assignment) and each.after is None}

    def slots(self, change: Change) -> Iterable[tuple[str, int]]:
        """Roles change one at a time in an account."""
        assert isinstance(change.resource, Assignment)
        return (("assignments", AT_A_TIME), (f"assignments in {change.resource.account}", 1))

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        wanted = change.resource
        assert isinstance(wanted, Assignment)
        instance = of_instance(ids)
        pair = {**instance, "PermissionSetArn": ids[wanted.permission_set]}
        account, who = ids[wanted.account], {"PrincipalType": _type(wanted), "PrincipalId": ids[wanted.principal]}
        params = {**pair, "TargetId": account, "TargetType": "AWS_ACCOUNT", **who}

        def find(read: Read) -> dict[str, Any] | None:
            listed = read("sso:ListAccountAssignments", {**pair, "AccountId": account}, "AccountAssignments")
            return {} if any({key: each[key] for key in who} == who for each in listed) else None

        creates = change.after is not None
        member = CREATION if creates else DELETION
        request = (member, "RequestId")
        if creates:
            yield Call("sso:CreateAccountAssignment", params, request_at=request, find=find, find_first=True)
        else:
            gone = frozenset({"ResourceNotFoundException"})
            yield Call("sso:DeleteAccountAssignment", params, request_at=request, already=gone)
        try:
            id = ids[f"request:{change.address}"]
        except KeyError:
            return  # it was there, or gone, already
        name = "AccountAssignmentCreationRequestId" if creates else "AccountAssignmentDeletionRequestId"
        yield Call(
            f"sso:Describe{member}",
            {**instance, name: id},
            until=lambda answer: answer[member]["Status"] != "IN_PROGRESS",
            refusal=lambda answer: _failure(answer[member]),
        )


def _failure(status: Mapping[str, Any]) -> str | None:
    return str(status.get("FailureReason") or "FAILED") if status["Status"] == "FAILED" else None


def _principals(shape: AssignmentShape) -> Iterator[tuple[Address, str, int]]:
    """The principals of an entry, each with its key in it and its place in that list."""
    for kind, names in ((Group, shape.groups), (User, shape.users)):
        for place, name in enumerate(names or ()):
            yield f"{kind.prefix}:{name}", kind.plural, place


def _type(wanted: Assignment) -> str:
    return "USER" if addresses.kind_of(wanted.principal) == User.prefix else "GROUP"


def _leaving(desired: Inventory, live: Inventory, policies: UnmanagedRules) -> dict[Address, Address | None]:
    """The live permission sets that go, each with the one that takes its place, `None` where there is none."""
    declared = {each.address for each in desired.of(PermissionSet)}
    deletes = desired.scope.has_part(PermissionSet.plural) and policies.unmanaged.get(PermissionSet.plural) == "delete"
    return {
        each.address: each.replaced_by
        for each in live.of(PermissionSet)
        if each.replaced_by or (deletes and each.address not in declared)
    }


def _ending(desired: Inventory, live: Inventory) -> set[Address]:
    """The accounts that are closed or removed, and those that the plan closes or removes: access ends with them."""
    ends = {each.address for each in desired.of(Account) if each.state != "active"}
    return ends | {each.address for each in live.of(Account) if each.is_closed}


def _taking_over(
    wanted: Resource, there: Mapping[Address, Assignment], successors: Mapping[Address, Address]
) -> Assignment:
    """The assignment, with the one of a replaced permission set that it takes the place of."""
    assert isinstance(wanted, Assignment)
    for old, new in successors.items():
        if new == wanted.permission_set:
            earlier = assignment(old, wanted.principal, wanted.account)
            if earlier in there:
                return wanted.model_copy(update={"takes_over": earlier})
    return wanted


def doubtful(desired: Inventory, live: Inventory) -> list[Assignment]:
    """The declared assignments whose principal the identity store does not have, where its name is an id: one that was
    deleted keeps its assignments, which are found by pair."""
    known = {each.address for each in live.resources if isinstance(each, Principal)}
    return [
        each
        for each in desired.of(Assignment)
        if each.principal not in known and _ID.fullmatch(addresses.local(each.principal))
    ]


def unknown_principals(desired: Inventory, live: Inventory) -> Iterator[tuple[Assignment, list[str]]]:
    """The first declared assignment of each principal that the identity store does not have, with the names of those
    of its kind that it has."""
    known = {each.address for each in live.resources if isinstance(each, Principal)}
    seen: set[Address] = set()
    for each in desired.of(Assignment):
        if each.principal not in known and each.principal not in seen:
            seen.add(each.principal)
            kind = addresses.kind_of(each.principal)
            yield each, [addresses.local(other) for other in known if addresses.kind_of(other) == kind]
