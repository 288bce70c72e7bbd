"""Rules about organizational units."""

from __future__ import annotations

from reconciler.model import address
from reconciler.model.address import Address
from reconciler.model.resources import MAX_OU_DEPTH
from reconciler.spec.declared import Unit
from reconciler.spec.rules.facts import RuleContext, first_uses
from reconciler.spec.wording import quoted


def are_not_too_deep(facts: RuleContext) -> None:
    for unit in facts.found.units:
        if unit.depth == MAX_OU_DEPTH + 1:
            facts.notes.add(
                "E310", facts.tree.key(unit.at),
                f"the OU {quoted(address.local(unit.address))} is on level {unit.depth};"
                f" AWS allows {MAX_OU_DEPTH} below the root",
                help="move it, and what is in it, at least one level up",
            )  # fmt: skip


def have_no_blanks_at_the_ends(facts: RuleContext) -> None:
    """An OU that exists may have them; one that gets its name now does not keep them (API_UpdateOrganizationalUnit)."""
    for unit in facts.found.units:
        if unit.name != unit.name.strip():
            facts.notes.add(
                "W309", facts.tree.key(unit.at),
                f"the name {quoted(unit.name)} has blanks at its ends, which the service does not keep",
                help="remove them",
            )  # fmt: skip


def differ_in_more_than_case(facts: RuleContext) -> None:
    """Siblings which people cannot tell apart."""
    named = [(f"{unit.parent}\0{unit.name.strip().casefold()}", unit.at) for unit in facts.found.units]
    for _, path, first in first_uses(named):
        facts.notes.add(
            "W305", facts.tree.key(path),
            f"the OU {quoted(str(path[-1]))} differs from {quoted(str(first[-1]))} only in case",
            help="rename one of them, or merge them", related=[("the other one", facts.tree.key(first))],
        )  # fmt: skip


def have_earlier_names_of_their_own(facts: RuleContext) -> None:
    """`previously` names what is no more, or what has got another name itself, and each earlier name became one OU."""
    declared = {unit.address: unit for unit in facts.found.units}
    claimed = []
    for unit in facts.found.units:
        for index, earlier in enumerate(earlier_addresses(unit)):
            path = (*unit.at, "previously", index)
            claimed.append((earlier, path))
            holder = declared.get(earlier)
            if holder is not None and (holder is unit or not holder.shape.previously):
                facts.notes.add(
                    "E311", facts.tree.at(path),
                    f"{quoted(address.local(earlier))} was renamed according to this, but it is still declared",
                    help="remove it from `previously`, or remove the declaration, or say what that one was called"
                    " `previously`",
                    related=[("declared here", facts.tree.key(holder.at))],
                )  # fmt: skip
    for earlier, path, first in first_uses(claimed):
        facts.notes.add(
            "E312", facts.tree.at(path), f"{quoted(address.local(earlier))} is claimed twice as an earlier name",
            help="keep it where it really went", related=[("first claimed here", facts.tree.at(first))],
        )  # fmt: skip


def earlier_addresses(unit: Unit) -> tuple[Address, ...]:
    """The addresses that `previously` stands for: a bare name is in the same parent, a path begins at the root."""
    found = []
    for entry in unit.shape.previously or ():
        steps = address.split_path(entry)
        if len(steps) == 1 and not entry.startswith("/") and unit.parent != address.ROOT:
            found.append(f"{unit.parent}/{steps[0]}")
        elif steps:
            found.append(address.ou("/".join(steps)))
    return tuple(found)
