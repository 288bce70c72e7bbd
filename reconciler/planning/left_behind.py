"""Warnings about what a replaced OU does not take along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.kinds.trusted_access import RAM, TrustedAccess, part
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Attachment, OrganizationalUnit, Policy


def left_behind(changes: Iterable[Change], desired: Inventory, live: Inventory, seen: Inventory) -> Iterator[Warning_]:
    """A replaced OU cannot take along the attachments of policy types that could not be read, and does not take along
    those that the spec ignores, nor ignored tags, nor the resources that are shared with it by its ARN
    (https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html)."""
    unread = [f"{each.kind} ({each.reason})" for each in live.unread() if not desired.scope.has(each.kind)]
    sight = {each.address for each in seen.of(Policy)}
    tags, seen_tags = (
        {each.address: (each.tags or {}).keys() for each in side.of(OrganizationalUnit)} for side in (live, seen)
    )
    ignored: dict[Address, list[Address]] = {}
    for attached in live.of(Attachment):
        if attached.policy not in sight:
            ignored.setdefault(attached.target, []).append(attached.policy)
    sharing = any(each.principal == RAM for each in live.of(TrustedAccess))
    may_share = sharing or not live.scope.has_part(part(RAM))
    for each in changes:
        if each.reason != "replaced" or not isinstance(each.before, OrganizationalUnit):
            continue
        new = each.before.replaced_by or each.address
        if may_share:
            doubt = "" if sharing else ", if there are any: whether sharing is enabled was not read"
            message = f"{new} gets another ARN: resource shares (AWS RAM) with {each.address} end{doubt}"
            yield Warning_(code="W533", message=message, address=new)
        if unread:
            message = f"{new} gets no attachments of the types that could not be read: {'; '.join(unread)}"
            yield Warning_(code="W512", message=message, address=new)
        if each.address in ignored:
            names = ", ".join(sorted(ignored[each.address]))
            message = f"{new} gets no attachments of policies that the spec ignores: {names}"
            yield Warning_(code="W512", message=message, address=new)
        if lost := sorted(tags[each.address] - seen_tags[each.address]):
            message = f"{new} does not get the tags that the spec ignores: {', '.join(lost)}"
            yield Warning_(code="W512", message=message, address=new)
