"""What every part of a plan or a drift is written from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.render.inheritance import Inheritance
from reconciler.render.text.layout import TextStyle
from reconciler.render.words import Names, count

_FEW_NOTES = 3
_MANY = 12
"""Additions that are still shown one by one."""
_ADDING = frozenset({"create", "attach", "enable"})
_EVIDENT = frozenset({"declared", "default"})


def is_addition(change: Change) -> bool:
    """Whether a change only adds what is declared: nothing that exists is changed, moved or taken away."""
    return change.action in _ADDING and change.reason in _EVIDENT and change.before is None and not change.temporary


@dataclass(frozen=True)
class Page:
    """A plan, the organization as it will be, the name of the spec, and how all of it is shown."""

    plan: Plan
    desired_tree: Inventory
    look: TextStyle
    spec: str
    verbose: bool
    short: bool = True

    @cached_property
    def additions(self) -> tuple[Change, ...]:
        """Additions that are shown in short because there are many; with `verbose`, or without `short`, none."""
        found = tuple(each for each in self.plan.changes if is_addition(each))
        return found if len(found) > _MANY and self.short and not self.verbose else ()

    @cached_property
    def detailed(self) -> tuple[Change, ...]:
        """The changes that are shown one by one."""
        return tuple(each for each in self.plan.changes if not (self.additions and is_addition(each)))

    @cached_property
    def names(self) -> Names:
        return Names.of(self.plan, self.desired_tree)

    @cached_property
    def inheritance(self) -> Inheritance:
        return Inheritance.of(self.plan, self.desired_tree)

    @cached_property
    def verb_width(self) -> int:
        return max((len(each.action) for each in self.detailed), default=0)

    @cached_property
    def repeated_notes(self) -> frozenset[str]:
        """Notes of so many changes that they are shown once, below the tree."""
        counts = Counter(each.note for each in self.detailed if each.note)
        return frozenset(note for note, number in counts.items() if number > _FEW_NOTES and not self.verbose)

    def show(self, address: Address) -> str:
        """The name of the resource at an address, for a sentence."""
        return self.look.safe(str(self.names.display(address)))

    def source(self, change: Change) -> str:
        """The place of a change in the spec."""
        return self.look.safe(str(change.source)) if change.source else ""

    def reach(self, change: Change) -> str:
        """`reaches 3 accounts`; nothing for an account itself."""
        return f"reaches {count(change.accounts, 'account')}" if change.accounts and change.kind != "account" else ""
