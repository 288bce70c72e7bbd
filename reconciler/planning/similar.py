"""Warnings about what is created although something like it is live and not declared: probably a rename that the spec
does not declare, or a typing error in `previously:`. For accounts there is a guard (`account_guards.similar`)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from reconciler.model import address as addresses
from reconciler.model.document import same_meaning
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import OrganizationalUnit, Policy

N = TypeVar("N", OrganizationalUnit, Policy)


def similar(changes: Iterable[Change], desired: Inventory, live: Inventory) -> Iterator[Warning_]:
    """A warning (W520) for each OU and policy that is created beside an undeclared one that is like it."""
    declared = desired.by_address()
    units = {each.address: each for each in live.of(OrganizationalUnit) if each.address not in declared}
    policies = [each for each in live.of(Policy) if each.address not in declared and not each.aws_managed]
    for change in changes:
        made = change.after
        if change.action != "create":
            continue
        if isinstance(made, OrganizationalUnit) and (unit := _like_unit(made, units)):
            place = addresses.local(unit.address)
            yield _warning(change, f"the OU {place} is live and not declared", f"previously: [{_quoted('/' + place)}]")
        elif isinstance(made, Policy) and (policy := _like_policy(made, policies)):
            label = BY_SHORT[policy.type].label
            yield _warning(
                change, f"the {label} {policy.name} is live and not declared", f"previously: [{policy.name}]"
            )


def _like_unit(made: OrganizationalUnit, live: Mapping[str, OrganizationalUnit]) -> OrganizationalUnit | None:
    """The undeclared sibling of the same name but for case and blanks; else the one that `previously:` nearly names."""
    siblings = (each for each in live.values() if each.parent == made.parent)
    return _namesake(made, siblings) or _nearly(made.previously, live)


def _like_policy(made: Policy, live: Iterable[Policy]) -> Policy | None:
    """The undeclared policy of the type with the same name but for case and blanks, nearly an earlier name, or the same
    document."""
    same_type = [each for each in live if each.type == made.type]
    found = _namesake(made, same_type) or _nearly(made.previously, {each.name: each for each in same_type})
    language = BY_SHORT[made.type].language
    return found or next((each for each in same_type if same_meaning(made.content, each.content, language)), None)


def _namesake(made: N, live: Iterable[N]) -> N | None:
    return next((each for each in live if without_case(each.name) == without_case(made.name)), None)


def _nearly(earlier: Iterable[str], live: Mapping[str, N]) -> N | None:
    near = (match for name in earlier for match in difflib.get_close_matches(name, live, 1, 0.8))
    return next((live[match] for match in near), None)


def _warning(change: Change, there: str, remedy: str) -> Warning_:
    return Warning_(
        code="W520",
        message=f"{change.address} is created, and {there}: if they are the same, declare `{remedy}`",
        address=change.address,
        source=change.source,
    )


def _quoted(text: str) -> str:
    return text if text.replace("/", "").replace("-", "").replace("_", "").isalnum() else f'"{text}"'


def without_case(name: str | None) -> str:
    """A name for comparison, without case and surrounding blanks."""
    return (name or "").strip().casefold()
