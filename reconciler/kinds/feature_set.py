"""The feature set of the organization: from consolidated billing to all features, and never back.

    consolidated_billing ──EnableAllFeatures──▶ running ──every account has answered──▶ ready ──AcceptHandshake──▶ all

The change takes two applies: one that begins it, and one that ends it once every invited account has approved, within
90 days.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Literal

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, Comparison, Declaring, Ids, Kind, Reads, SpecSection, UnmanagedRules
from reconciler.kinds.handshakes import RUNNING, handshakes, newest, time_of
from reconciler.model.address import FEATURE_SET, Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Pending, change_of
from reconciler.model.resources import Label, Resource


class FeatureSet(Resource):
    """The change to all features: `done`, as it is wanted, or how far a `handshake` is. It is `ready` when every
    account has approved; `answered` of `accounts` have answered. `since` and `expires` are times (RFC 3339)."""

    kind: ClassVar[str] = "feature_set"
    plural: ClassVar[str] = "feature_set"
    prefix: ClassVar[str] = "feature_set"
    label: ClassVar[Label] = Label("feature set", "feature sets")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {
        "handshake", "ready", "answered", "accounts", "since", "expires",
    }  # fmt: skip
    handshake: str | None = None
    migration: Literal["running", "done", "ended"] = "done"
    ready: bool = False
    answered: int = 0
    accounts: int = 0
    since: str | None = None
    expires: str | None = None

    @property
    def display_name(self) -> str:
        return "all"


class FeatureSetKind(Kind):
    resource = FeatureSet
    section = SpecSection(
        "feature_set",
        s.FeatureSet,
        "The feature set. Unset: left alone. `all` begins the change from consolidated billing; there is no way back.",
    )
    reasons = MappingProxyType({"declared": "declared, not enabled yet"})
    operations = (
        Operation("EnableAllFeatures", 1, 1, Answer("Handshake", dict, {"Id": str}), writes=True),
        Operation("AcceptHandshake", 1, 2, Answer("Handshake", dict, {"Id": str}), writes=True),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...]:
        """There is one: every call is about it."""
        return ()

    def declare(self, value: str, spec: Declaring) -> Iterator[FeatureSet]:
        if value == "all":
            yield FeatureSet(address=FEATURE_SET, source=spec.source())

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        """`all` while the change to it is under way; else there is nothing to be declared."""
        running = any(isinstance(each, FeatureSet) and each.migration == "running" for each in resources)
        return "all" if running else None

    def parts(self, value: str, spec: Declaring) -> tuple[str, ...]:
        """The feature set itself is always known; how far the change to another one is, is read where it matters."""
        return ()

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[FeatureSet]:
        last = newest(handshakes(reads, ActionType="ENABLE_ALL_FEATURES"))
        if last is None:
            return
        running = last["State"] in RUNNING
        asked = list(handshakes(reads, ParentHandshakeId=last["Id"])) if running else []
        yield FeatureSet(
            address=FEATURE_SET,
            handshake=last["Id"],
            migration="running" if running else "done" if last["State"] == "ACCEPTED" else "ended",
            ready=last["State"] == "OPEN",
            answered=sum(each["State"] not in RUNNING for each in asked),
            accounts=len(asked),
            since=time_of(last, "RequestedTimestamp"),
            expires=time_of(last, "ExpirationTimestamp"),
        )

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        wanted = next(desired.of(FeatureSet), None)
        if wanted is None or live.organization.feature_set != "consolidated_billing":
            return found
        existing = next(live.of(FeatureSet), None)
        if existing is None or existing.migration != "running":
            after = (existing or wanted).model_copy(update={"migration": "running"})
            note = "every invited account has to approve it within 90 days; open invitations are cancelled; no way back"
            found.changes.append(_enabling(existing, after, note, wanted))
        elif existing.ready:
            after = existing.model_copy(update={"migration": "done"})
            note = "ends the change to all features, which every account has approved; there is no way back"
            found.changes.append(_enabling(existing, after, note, wanted))
        else:
            text = f"{existing.answered} of {existing.accounts} accounts have answered the request for all features"
            pending = Pending(
                address=FEATURE_SET, state="requested", since=existing.since, expires=existing.expires, detail=text
            )
            found.pending.append(pending)
        return found

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        if any(each.kind == FeatureSet.kind for each in changes):
            yield FeatureSet.plural

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        assert isinstance(change.after, FeatureSet)
        if change.after.migration == "running":
            already = frozenset(
                {"ORGANIZATION_ALREADY_HAS_ALL_FEATURES", "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION"}
            )
            yield Call("EnableAllFeatures", {}, already=already)
        else:
            already = frozenset({"HandshakeAlreadyInStateException"})
            yield Call("AcceptHandshake", {"HandshakeId": change.after.handshake}, already=already)


def _enabling(existing: FeatureSet | None, after: FeatureSet, note: str, wanted: FeatureSet) -> Change:
    fields = () if existing is None else ("migration",)
    return change_of("enable", "declared", before=existing, after=after, fields=fields, note=note, source=wanted.source)
