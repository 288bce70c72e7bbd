"""The guards: what a plan may not do unless it is allowed by name, counted on the whole plan and never hiding it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from reconciler.kinds import BY_KIND, DELETE_LIMITS
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.limits import Limit
from reconciler.model.plan import DESTRUCTIVE, Allowances, Change, Violation
from reconciler.model.resources import Policy, Resource, tags_of
from reconciler.planning.simulation import Simulation

_MOST_TEXTS = 20


def limits_as_json(limits: Limits) -> dict[str, Json]:
    """The limits as a plan file holds them."""
    found: dict[str, Json] = TypeAdapter(Limits).dump_python(limits, mode="json")
    return found


def limits_from_json(data: Mapping[str, Json]) -> Limits:
    """The limits of a plan file. Raises `pydantic.ValidationError`."""
    return TypeAdapter(Limits).validate_python(data)


def allow_option(guard: str, number: int) -> str:
    """The exact option that allows what a guard blocks, as it is typed into a shell."""
    return f"--allow {shlex.quote(f'{guard}={number}')}"


@dataclass(frozen=True)
class Limits:
    """What the spec allows. With fewer than `minimum` live objects a percentage does not apply, and the default of the
    kind counts instead. A kind that is not in `max_deletes` has its default too."""

    protected: tuple[str, ...] = ()
    max_deletes: Mapping[str, Limit] = field(default_factory=dict)
    max_account_closures: int | None = None
    max_account_creations: int = 20
    max_account_invitations: int = 20
    minimum: int = 10


@dataclass(frozen=True)
class GuardOverrides:
    """What the caller lets pass: `numbers` by guard (`--allow deletes.policies=7`), and the switches. `only_for` is the
    digest, without allowances, of the only plan for which they count."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    close: bool = False
    no_delete: bool = False
    only_for: str | None = None

    def lets(self, guard: str, number: int) -> bool:
        """True where `--allow` names the guard with at least this number."""
        return self.numbers.get(guard, -1) >= number

    def as_allowances(self) -> Allowances | None:
        """As a plan has it; `None` where nothing is allowed."""
        return Allowances(numbers=dict(self.numbers), close=self.close) if self.numbers or self.close else None


def allow_options(allowed: GuardOverrides, violations: Iterable[Violation]) -> list[str]:
    """The options that allow what is allowed already and what the violations still need; the larger number counts."""
    missing = [each.allow for each in violations if each.allow]
    exceeded = {shlex.split(each)[-1].rpartition("=")[0] for each in missing}
    given = [allow_option(guard, number) for guard, number in allowed.numbers.items() if guard not in exceeded]
    return [*(["--allow-close"] if allowed.close else []), *given, *missing]


@dataclass(frozen=True)
class GuardedPlan:
    """What the guards look at: the changes with both ends of the plan, the live organization as far as the spec manages
    it, and how much of each kind the spec declares (`declared`). `gaps` are accounts that lose a Deny for a moment,
    `refused` the changes that the service will refuse, and why. `desired` is in the plan's addresses, `None` where a
    saved plan is applied without its spec."""

    changes: Sequence[Change]
    before: Simulation
    after: Simulation
    live: Inventory
    declared: Mapping[str, int]
    desired: Inventory | None = None
    management: Address | None = None
    gaps: Sequence[Address] = ()
    refused: Sequence[tuple[Address, str]] = ()


def counted(resources: Iterable[Resource]) -> Counter[str]:
    """How many resources of each kind there are, by the spec's plural, and how many `tags`; policies of AWS do not
    count."""
    found: Counter[str] = Counter()
    for each in resources:
        if not (isinstance(each, Policy) and each.aws_managed):
            found[each.plural] += 1
        found["tags"] += len(tags_of(each) or {})
    return found


def declared(desired: Inventory, management: Address | None) -> Counter[str]:
    """How much of each kind a spec declares, besides the management account."""
    return counted(each for each in desired.resources if each.address != management)


def deletes(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """More deletes of a kind, or more tags removed, than `max_deletes` has."""
    going: dict[str, list[Change]] = {}
    for each in plan.changes:
        if BY_KIND[each.kind].removes(each):
            going.setdefault(each.resource.plural, []).append(each)
    numbers = {plural: len(found) for plural, found in going.items()}
    if untagged := [each for each in plan.changes if _removed_tags(each)]:
        going["tags"], numbers["tags"] = untagged, sum(map(_removed_tags, untagged))
    live = counted(plan.live.resources)
    for plural, found in sorted(going.items()):
        guard, number = f"deletes.{plural}", numbers[plural]
        default = DELETE_LIMITS[plural].default
        limit = limits.max_deletes.get(plural, Limit(number=default))
        most = limit.allowed(live[plural], limits.minimum, default)
        if number > most and not allowed.lets(guard, number):
            yield Violation(
                guard=guard,
                message=_too_many(plural, number, live[plural], limit, limits.minimum, most),
                addresses=tuple(each.address for each in found),
                allow=allow_option(guard, number),
            )


def _too_many(plural: str, number: int, existing: int, limit: Limit, minimum: int, most: int) -> str:
    label = DELETE_LIMITS[plural].label
    what = label.one if number == 1 else label.many
    if limit.percent is None:
        return f"{number} {what} would be {label.removed}, the limit is {limit}"
    if existing < minimum:
        return f"{number} {what} would be {label.removed}, the limit for fewer than {minimum} is {most}"
    share = f"{number * 100 // existing}%, the limit is {limit}"
    return f"{number} of {existing} {label.many} would be {label.removed} ({share})"


def _removed_tags(change: Change) -> int:
    if change.after is None or "tags" not in change.fields:
        return 0
    before = tags_of(change.before) or {}
    return len(before.keys() - (tags_of(change.after) or {}).keys())


def emptied(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """A spec that declares nothing, or nothing of a kind of which several would go: truncated, or the wrong file."""
    live = counted(each for each in plan.live.resources if each.address != plan.management)
    missing = [kind for kind in _EMPTIABLE if live[kind] and not plan.declared.get(kind)]
    going = [
        each for each in plan.changes if each.action in DESTRUCTIVE and each.reason != "replaced" and not each.temporary
    ]
    if not any(map(plan.declared.get, _EMPTIABLE)):
        found, what = going, "anything"
    else:
        gone = {kind: [each for each in going if _empties(each, kind)] for kind in missing}
        several = {kind: changes for kind, changes in gone.items() if len({_subject(each) for each in changes}) > 1}
        found = list({each.key: each for changes in several.values() for each in changes}.values())
        what = " or ".join(kind.replace("_", " ") for kind in several)
    if found and missing and not allowed.lets("emptied", len(found)):
        yield Violation(
            guard="emptied",
            message=f"the spec does not declare {what}, and {len(found)} object{'s' * (len(found) != 1)} would be "
            "deleted or detached: is it the right file?",
            addresses=tuple(each.address for each in found),
            allow=allow_option("emptied", len(found)),
        )


_EMPTIABLE = ("organizational_units", "policies", "accounts")


def _empties(change: Change, plural: str) -> bool:
    """True where the change deletes an object of the kind, or, for policies, puts one out of force."""
    return change.resource.plural == plural or (plural == "policies" and change.action == "detach")


def _subject(change: Change) -> Address:
    """What the change takes away: the policy of an attachment, else the thing itself."""
    return getattr(change.resource, "policy", change.address)


def gap(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """Accounts that lose a Deny for a moment."""
    accounts = tuple(dict.fromkeys(plan.gaps))
    if accounts and not allowed.lets("GAP", len(accounts)):
        yield Violation(
            guard="GAP",
            message=f"{len(accounts)} account{'s' * (len(accounts) != 1)} would be without a Deny for a moment, though "
            "it is in force before and after the plan: the attachment quota leaves no order that avoids it",
            addresses=accounts,
            allow=allow_option("GAP", len(accounts)),
        )


def refused(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """No option allows this: the apply would end half done."""
    if plan.refused:
        changes = f"{len(plan.refused)} change{'s' * (len(plan.refused) != 1)}"
        texts = [text for _, text in plan.refused]
        more = f"; and {len(texts) - _MOST_TEXTS:,} more" if len(texts) > _MOST_TEXTS else ""
        yield Violation(
            guard="refused",
            message=f"the service would refuse {changes}: {'; '.join(texts[:_MOST_TEXTS])}{more}",
            addresses=tuple(dict.fromkeys(address for address, _ in plan.refused)),
        )
