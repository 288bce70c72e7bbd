"""The base of kinds that are sets of declared things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import ClassVar

from reconciler.kinds import comparing
from reconciler.kinds.base import Comparison, Declaring, Kind, UnmanagedRules
from reconciler.kinds.comparing import in_place, pairs
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Action, Change, Warning_, change_of
from reconciler.model.resources import Resource


def distinct(values: Sequence[str], spec: Declaring, code: str, *path: str | int) -> Iterator[tuple[int, str]]:
    """The values with their places; one that is listed twice is noted with the code."""
    for index, value in enumerate(values):
        if value in values[:index]:
            spec.add(code, f"`{value}` is listed twice", *path, index, help="remove one of them")
        else:
            yield index, value


class DeclaredSet(Kind):
    """A set of declared things. What is live and not declared follows `unmanaged`, where its part is managed.

    `creating` and `deleting` are the actions of its changes, `consequence` what a deletion stops."""

    creating: ClassVar[Action] = "create"
    deleting: ClassVar[Action] = "delete"
    consequence: ClassVar[str | None] = None

    def part_of(self, resource: Resource) -> str:
        """The part, as `Scope.parts` names it, that the resource belongs to."""
        return resource.plural

    def deletes(self, existing: Resource, desired: Inventory, policies: UnmanagedRules) -> bool:
        """Whether a thing of a managed part that is not declared is deleted."""
        return policies.unmanaged.get(self.resource.plural) == "delete"

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        for wanted, existing in pairs(self.resource, desired, live):
            if wanted and not existing:
                found.changes.append(self.creation(wanted))
            elif wanted and existing:
                if fields := self.changed_fields(wanted, existing):
                    found.changes.append(in_place(wanted, existing, fields))
            elif existing and not wanted and desired.scope.has_part(self.part_of(existing)):
                if self.deletes(existing, desired, policies):
                    found.changes.append(self.deletion(existing))
                else:
                    found.unmanaged.append(existing)
        found.warnings += self.emptied(desired, found.unmanaged)
        return found

    def changed_fields(self, wanted: Resource, existing: Resource) -> tuple[str, ...]:
        """The managed fields that differ, by name."""
        return comparing.changed_fields(wanted, existing)

    def creation(self, wanted: Resource) -> Change:
        return change_of(self.creating, "declared", after=wanted, note=self.creation_note(wanted))

    def creation_note(self, wanted: Resource) -> str | None:
        """What a reviewer of the creation should know."""
        return None

    def deletion(self, existing: Resource) -> Change:
        return change_of(self.deleting, "not_declared", before=existing, note=self.consequence)

    def emptied(self, desired: Inventory, left: Collection[Resource]) -> Iterable[Warning_]:
        """An empty list in the spec removes nothing unless `unmanaged` says `delete`."""
        named = desired.scope.parts or ()
        part_of = {each.address: self.part_of(each) for each in (*desired.of(self.resource), *left)}
        part_of = {address: part if part in named else self.resource.plural for address, part in part_of.items()}
        declared = {part_of[each.address] for each in desired.of(self.resource)}
        stay = Counter(part for each in left if (part := part_of[each.address]) not in declared)
        label, plural = self.resource.label, self.resource.plural
        for part, count in sorted(stay.items()):
            text = (
                f"the spec declares no {label.many} in `{part.replace('/', '.')}`, and {count} "
                f"{label.one if count == 1 else label.many} stay{'s' * (count == 1)}: "
                f"`unmanaged.{plural}: delete` would have {'it' if count == 1 else 'them'} {label.removed}"
            )
            yield Warning_(code="I502", message=text)
