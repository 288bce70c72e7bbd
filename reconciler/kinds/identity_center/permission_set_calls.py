"""The calls that make permission sets as they are declared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeVar

from reconciler.kinds.base import Call, Ids, Read
from reconciler.kinds.identity_center import policies
from reconciler.kinds.identity_center.permission_set_shape import MOST_POLICIES
from reconciler.kinds.identity_center.resources import INSTANCE, Boundary, CustomerManaged, PermissionSet
from reconciler.kinds.tag import tag_list
from reconciler.model.api import REGION
from reconciler.model.document import minified

A = TypeVar("A")

_GONE = frozenset({"ResourceNotFoundException"})
_ID = ("PermissionSet", "PermissionSetArn")


def of_instance(ids: Ids) -> dict[str, Any]:
    """The parameters that every call has."""
    region, _, arn = ids[INSTANCE].partition("/")
    return {**({REGION: region} if region else {}), "InstanceArn": arn}


def creating(wanted: PermissionSet, ids: Ids) -> Iterator[Call]:
    """The calls that make a set with all its parts. One that an earlier run made is found by its name."""
    instance = of_instance(ids)
    params = {"Name": wanted.name, **_texts(wanted), **instance}
    if wanted.tags:
        params["Tags"] = tag_list(wanted.tags)

    def find(read: Read) -> dict[str, Any] | None:
        for arn in read("sso:ListPermissionSets", instance, "PermissionSets"):
            described = read("sso:DescribePermissionSet", {**instance, "PermissionSetArn": arn}, "PermissionSet")
            for found in described:
                if found["Name"] == wanted.name:
                    return {"PermissionSet": {"PermissionSetArn": arn}}
        return None

    yield Call("sso:CreatePermissionSet", params, id_at=_ID, find=find)
    nothing = PermissionSet(address=wanted.address, name=wanted.name)
    parts = [name for name in ("managed", "customer_managed", "inline", "boundary") if getattr(wanted, name)]
    yield from changing(nothing, wanted, [name for name in parts if getattr(wanted, name) != Boundary()], ids)


def changing(before: PermissionSet, after: PermissionSet, fields: Collection[str], ids: Ids) -> Iterator[Call]:
    """The calls for these fields, tags apart. The description, the session and the relay state are sent together: the
    service clears what is not sent."""
    of_set = {**of_instance(ids), "PermissionSetArn": ids[after.address]}
    if {"description", "session", "relay_state"} & set(fields):
        yield Call("sso:UpdatePermissionSet", {**of_set, **_texts(after)})
    attached, detached = [], []
    if "managed" in fields:
        partition = of_set["InstanceArn"].split(":")[1]
        for name in _without(after.managed, before.managed):
            arn = policies.managed_arn(name, partition)
            params = {**of_set, "ManagedPolicyArn": arn}
            attached.append(Call("sso:AttachManagedPolicyToPermissionSet", params, find=_attached(of_set, arn)))
        for name in _without(before.managed, after.managed):
            params = {**of_set, "ManagedPolicyArn": policies.managed_arn(name, partition)}
            detached.append(Call("sso:DetachManagedPolicyFromPermissionSet", params, already=_GONE))
    if "customer_managed" in fields:
        name = "CustomerManagedPolicyReference"
        for each in _without(after.customer_managed, before.customer_managed):
            params = {**of_set, name: _reference(each)}
            operation = f"sso:Attach{name}ToPermissionSet"
            attached.append(Call(operation, params, find=_referenced(of_set, each)))
        for each in _without(before.customer_managed, after.customer_managed):
            params = {**of_set, name: _reference(each)}
            detached.append(Call(f"sso:Detach{name}FromPermissionSet", params, already=_GONE))
    full = len(before.managed or ()) + len(before.customer_managed or ()) + len(attached) > MOST_POLICIES
    yield from (*detached, *attached) if full else (*attached, *detached)
    if "inline" in fields and after.inline:
        params = {**of_set, "InlinePolicy": minified(ids.resolve(after.inline))}
        yield Call("sso:PutInlinePolicyToPermissionSet", params)
    elif "inline" in fields:
        yield Call("sso:DeleteInlinePolicyFromPermissionSet", of_set, already=_GONE)
    if "boundary" in fields:
        yield _bounded(after.boundary or Boundary(), of_set)


def tagging_calls(before: PermissionSet, after: PermissionSet, fields: Collection[str], ids: Ids) -> Iterator[Call]:
    if "tags" not in fields:
        return
    old, new = before.tags or {}, after.tags or {}
    resource = {**of_instance(ids), "ResourceArn": ids[after.address]}
    if put := {key: value for key, value in new.items() if old.get(key) != value}:
        yield Call("sso:TagResource", {**resource, "Tags": tag_list(put)})
    if gone := sorted(old.keys() - new.keys()):
        yield Call("sso:UntagResource", {**resource, "TagKeys": gone})


def _texts(wanted: PermissionSet) -> dict[str, str]:
    texts = {"Description": wanted.description, "SessionDuration": wanted.session, "RelayState": wanted.relay_state}
    return {name: text for name, text in texts.items() if text}


def _without(these: Iterable[A] | None, those: Iterable[A] | None) -> list[A]:
    left = list(those or ())
    return [each for each in these or () if each not in left]


def _reference(policy: CustomerManaged) -> dict[str, str]:
    return {"Name": policy.name, "Path": policy.path}


def _attached(of_set: dict[str, Any], arn: str) -> Callable[[Read], dict[str, Any] | None]:
    def find(read: Read) -> dict[str, Any] | None:
        listed = read("sso:ListManagedPoliciesInPermissionSet", of_set, "AttachedManagedPolicies")
        return {} if any(each["Arn"] == arn for each in listed) else None

    return find


def _referenced(of_set: dict[str, Any], policy: CustomerManaged) -> Callable[[Read], dict[str, Any] | None]:
    def find(read: Read) -> dict[str, Any] | None:
        member = "CustomerManagedPolicyReferences"
        listed = read("sso:ListCustomerManagedPolicyReferencesInPermissionSet", of_set, member)
        there = any((each["Name"], each.get("Path") or "/") == (policy.name, policy.path) for each in listed)
        return {} if there else None

    return find


def _bounded(boundary: Boundary, of_set: dict[str, Any]) -> Call:
    if boundary == Boundary():
        return Call("sso:DeletePermissionsBoundaryFromPermissionSet", of_set, already=_GONE)
    partition = of_set["InstanceArn"].split(":")[1]
    value: dict[str, Any] = (
        {"ManagedPolicyArn": policies.managed_arn(boundary.managed, partition)}
        if boundary.managed
        else {"CustomerManagedPolicyReference": _reference(boundary.customer_managed or CustomerManaged(name=""))}
    )
    return Call("sso:PutPermissionsBoundaryToPermissionSet", {**of_set, "PermissionsBoundary": value})
