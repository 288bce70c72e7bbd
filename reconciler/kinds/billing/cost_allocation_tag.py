"""Cost allocation tags: the keys of tags by which costs are broken down, once they are activated.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, Comparison, Declaring, Ids, Reads, SpecSection, Undeclared, UnmanagedRules
from reconciler.kinds.billing.operations import OF_COST_ALLOCATION_TAGS
from reconciler.kinds.comparing import pairs
from reconciler.kinds.declared_set import DeclaredSet, emptied
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Pending, change_of
from reconciler.model.resources import Label, Resource

State = Literal["active", "inactive"]
STATUSES: Mapping[State, str] = {"active": "Active", "inactive": "Inactive"}
"""The statuses of the API by the states of a spec."""


class CostAllocationTagsShape(s.Shape):
    """Keys of tags. A key that is not named is left alone."""

    active: s.Unset[list[s.Text]] = Field(
        default=None, description="Keys by which costs are broken down.", examples=[["team", "cost-center"]]
    )
    inactive: s.Unset[list[s.Text]] = Field(default=None, description="Keys by which they are not.")


class CostAllocationTag(Resource):
    """A key of tags (`team`), which costs are broken down by where its state is `active`. The service knows keys that
    it has seen in a bill."""

    kind: ClassVar[str] = "cost_allocation_tag"
    plural: ClassVar[str] = "cost_allocation_tags"
    prefix: ClassVar[str] = "cost_allocation_tag"
    label: ClassVar[Label] = Label("cost allocation tag", "cost allocation tags", "deactivated")
    identified: ClassVar[bool] = False
    state: State


class CostAllocationTagKind(DeclaredSet):
    resource = CostAllocationTag
    consequence = "costs from now on are not broken down by it"
    undeclared = Undeclared("Active cost allocation tags. With `delete` they are deactivated.")
    max_deletes = (0, "Cost allocation tags that get deactivated.")
    section = SpecSection(
        "cost_allocation_tags",
        CostAllocationTagsShape,
        "Keys of tags by which costs are broken down. A key that is not named is left alone.",
        ({"active": ["team", "cost-center"]},),
        of="billing",
    )
    operations = OF_COST_ALLOCATION_TAGS
    codes = (
        Code(
            code="E393",
            severity="error",
            title="A cost allocation tag is listed twice",
            explanation="`active` and `inactive` name each key once, in one of the two.",
        ),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        return (addresses.local(resource.address),)

    def recorded_events(self, change: Change) -> frozenset[str]:
        return frozenset({"UpdateCostAllocationTagsStatus"})

    def declare(self, value: CostAllocationTagsShape, spec: Declaring) -> Iterator[CostAllocationTag]:
        seen: set[str] = set()
        for state in STATUSES:
            for index, key in enumerate(getattr(value, state) or ()):
                if key in seen:
                    text = f"`{key}` is listed twice"
                    spec.add("E393", text, state, index, help="a key is either active or inactive: remove one of them")
                    continue
                seen.add(key)
                yield tag_of(key, state).model_copy(update={"source": spec.source(state, index)})

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        """Inactive keys are written where a spec has them: the service lists every key that was ever used."""
        keys: dict[State, list[Json]] = {"active": [], "inactive": []}
        for each in resources:
            if isinstance(each, CostAllocationTag) and (each.state == "active" or each.source is not None):
                keys[each.state].append(addresses.local(each.address))
        return {state: found for state, found in keys.items() if found}

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[CostAllocationTag]:
        for each in reads.items("ce:ListCostAllocationTags", "CostAllocationTags"):
            yield tag_of(each["TagKey"], "active" if each["Status"] == STATUSES["active"] else "inactive")

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        """A key that the service does not know yet cannot be activated; it is inactive."""
        found = Comparison()
        managed = desired.scope.has_part(CostAllocationTag.plural)
        for wanted, existing in pairs(CostAllocationTag, desired, live):
            if wanted and existing:
                if wanted.state != existing.state:
                    found.changes.append(_switch(existing, wanted.state, wanted))
            elif wanted and wanted.state == "active":
                found.pending.append(_not_seen(wanted))
            elif existing and managed and not wanted and existing.state == "active":
                if self.deletes(existing, desired, policies):
                    found.changes.append(_switch(existing, "inactive"))
                else:
                    found.unmanaged.append(existing)
        found.warnings += emptied(self, self.part_of, desired, found.unmanaged)
        return found

    def removes(self, change: Change) -> bool:
        return isinstance(change.after, CostAllocationTag) and change.after.state == "inactive"

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        """One call for each key. The service takes twenty at a time, and answers success with what it refused."""
        tag = change.after
        assert isinstance(tag, CostAllocationTag)
        entry = {"TagKey": addresses.local(tag.address), "Status": STATUSES[tag.state]}

        def refusal(answer: dict[str, Any]) -> str | None:
            errors = answer.get("Errors") or []
            return str(errors[0].get("Code") or "Refused") if errors else None

        yield Call("ce:UpdateCostAllocationTagsStatus", {"CostAllocationTagsStatus": [entry]}, refusal=refusal)


def tag_of(key: str, state: State) -> CostAllocationTag:
    return CostAllocationTag(address=f"{CostAllocationTag.prefix}:{key}", state=state)


def _switch(existing: CostAllocationTag, state: State, wanted: CostAllocationTag | None = None) -> Change:
    after = existing.model_copy(update={"state": state, "source": wanted.source if wanted else None})
    note = CostAllocationTagKind.consequence if state == "inactive" else None
    reason: Literal["differs", "not_declared"] = "differs" if wanted else "not_declared"
    return change_of("update", reason, before=existing, after=after, fields=("state",), note=note)


def _not_seen(wanted: CostAllocationTag) -> Pending:
    key = addresses.local(wanted.address)
    text = f"no bill has the tag {key} yet, which takes up to 24 hours after it is first used; then it can be activated"
    return Pending(address=wanted.address, state="not_seen", detail=text)
