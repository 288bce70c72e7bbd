"""Rules about organizational units."""

from __future__ import annotations

from reconciler.model import address
from reconciler.model.resources import MAX_OU_DEPTH
from reconciler.spec.rules.context import RuleContext, repeated
from reconciler.spec.wording import quoted


def are_not_too_deep(context: RuleContext) -> None:
    for unit in context.declared.units:
        if unit.depth == MAX_OU_DEPTH + 1:
            context.report(
                "E310", context.tree.key(unit.at),
                f"the OU {quoted(address.local(unit.address))} is on level {unit.depth};"
                f" AWS allows {MAX_OU_DEPTH} below the root",
                "move it, and what is in it, at least one level up",
            )  # fmt: skip


def have_no_blanks_at_the_ends(context: RuleContext) -> None:
    """An OU that exists may have them; one that gets its name now does not keep them (API_UpdateOrganizationalUnit)."""
    for unit in context.declared.units:
        if unit.name != unit.name.strip():
            context.report(
                "W309", context.tree.key(unit.at),
                f"the name {quoted(unit.name)} has blanks at its ends, which the service does not keep",
                "remove them",
            )  # fmt: skip


def differ_in_more_than_case(context: RuleContext) -> None:
    """Siblings with nearly the same name are easily confused."""
    named = [(f"{unit.parent}\0{unit.name.strip().casefold()}", unit.at) for unit in context.declared.units]
    for _, path, first in repeated(named):
        context.report(
            "W305", context.tree.key(path),
            f"the OU {quoted(str(path[-1]))} differs from {quoted(str(first[-1]))} only in case",
            "rename one of them, or merge them", related=[("the other one", context.tree.key(first))],
        )  # fmt: skip
