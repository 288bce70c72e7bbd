"""What has to wait for another party: accounts that have not joined, and all features that are not enabled yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.kinds import BY_KIND
from reconciler.kinds.feature_set import FeatureSet
from reconciler.kinds.invitation import Invitation
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Account


def of_members(desired: Inventory, live: Inventory) -> Inventory:
    """The desired organization without what belongs to accounts that are declared by id, or invited, and are no members
    (yet). Their own guards and pending invitations name them."""
    members = {each.address for each in live.of(Account)}
    absent = {each.address for each in desired.of(Account) if (each.id or each.invite) and each.address not in members}
    if not absent:
        return desired
    return desired.with_resources(
        each for each in desired.resources if each.language is not None or absent.isdisjoint(each.references())
    )


def needing_all_features(
    changes: Sequence[Change], desired: Inventory, live: Inventory
) -> tuple[list[Change], list[Warning_], list[tuple[str, str]]]:
    """The changes that are possible in an organization with consolidated billing. What needs all features waits, with a
    warning, where the spec declares them, and is refused, with the reason by address, where it does not. While all
    features are being enabled the service takes no invitations."""
    if live.organization.feature_set != "consolidated_billing":
        return list(changes), [], []
    wanted = any(True for _ in desired.of(FeatureSet))
    if any(isinstance(each.after, FeatureSet) and each.after.migration == "done" for each in changes):
        return list(changes), [], []
    waiting = [each for each in changes if _needs_all_features(each) or (wanted and isinstance(each.after, Invitation))]
    if not wanted:
        text = "needs all features; the organization has consolidated billing: declare `organization.feature_set: all`"
        return list(changes), [], [(each.address, f"{each.address} {text}") for each in waiting]
    waiting_keys = {each.key for each in waiting}
    return [each for each in changes if each.key not in waiting_keys], list(_waits(waiting)), []


def _needs_all_features(change: Change) -> bool:
    return BY_KIND[change.kind].needs_all_features


def _waits(waiting: Sequence[Change]) -> Iterable[Warning_]:
    if waiting:
        count = f"{len(waiting)} change{'s' * (len(waiting) != 1)}"
        text = f"{count} of policies, services and invitations wait until the organization has all features"
        yield Warning_(code="W542", message=text)
