"""The guards: what a plan may not do unless it is allowed by name, counted on the whole plan and never hiding it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.address import Address
from reconciler.model.globs import matches
from reconciler.model.plan import DESTRUCTIVE, Change, Guards, Violation

_PLURAL = {
    "organizational_unit": "organizational_units",
    "policy": "policies",
    "attachment": "attachments",
    "account": "accounts",
    "policy_type": "policy_types",
}


def allow_option(guard: str, number: int) -> str:
    """The exact option that lets a guard pass, as it is typed into a shell."""
    return f"--allow {shlex.quote(f'{guard}={number}')}"


@dataclass(frozen=True)
class Limits:
    """What the spec allows. A limit is a number, or a percentage (`"25%"`) of what is live, which counts only where at
    least `minimum` of the kind are live."""

    protected: tuple[str, ...] = ()
    max_deletes: Mapping[str, int | str] = field(default_factory=dict)
    max_account_closures: int | None = None
    max_account_creations: int = 20
    minimum: int = 10


@dataclass(frozen=True)
class Allowed:
    """What the caller lets pass: `numbers` by guard (`--allow deletes.policies=7`), and the switches."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    close: bool = False
    no_delete: bool = False


def judged(
    changes: Sequence[Change],
    live: Mapping[str, int],
    declared: Mapping[str, int],
    management: Address | None,
    limits: Limits,
    allowed: Allowed,
    gaps: Sequence[Address] = (),
    refused: Sequence[tuple[Address, str]] = (),
) -> Guards:
    """The verdict. `live` and `declared` count what there is of each kind, by the spec's plural; `gaps` are accounts
    that lose a Deny for a moment, `refused` the changes that the service will refuse, and why."""
    return Guards(
        violations=(
            *_deletes(changes, live, limits, allowed),
            *_accounts(changes, limits, allowed),
            *_protected(changes, limits, allowed),
            *_management(changes, management),
            *_emptied(changes, live, declared, allowed),
            *_gap(gaps, allowed),
            *_refused(refused),
        )
    )


def _deletes(
    changes: Sequence[Change], live: Mapping[str, int], limits: Limits, allowed: Allowed
) -> Iterator[Violation]:
    counted: dict[str, list[Change]] = {}
    for each in changes:
        if each.action in ("delete", "detach", "disable") and each.reason != "replaced" and not each.temporary:
            counted.setdefault(_PLURAL.get(each.kind, each.kind), []).append(each)
    for plural, found in sorted(counted.items()):
        limit = limits.max_deletes.get(plural)
        verb = {"attachments": "detached", "policy_types": "disabled"}.get(plural, "deleted")
        yield from _over(f"deletes.{plural}", len(found), limit, live.get(plural, 0), limits, allowed, found, verb)
    removed = [(each, count) for each in changes if (count := _removed_tags(each))]
    total = sum(count for _, count in removed)
    if total:
        found = [each for each, _ in removed]
        yield from _over(
            "deletes.tags",
            total,
            limits.max_deletes.get("tags"),
            live.get("tags", 0),
            limits,
            allowed,
            found,
            "removed",
        )


def _removed_tags(change: Change) -> int:
    if change.after is None or "tags" not in change.fields:
        return 0
    before = getattr(change.before, "tags", None) or {}
    return len(before.keys() - (getattr(change.after, "tags", None) or {}).keys())


def _over(
    guard: str,
    count: int,
    limit: int | str | None,
    population: int,
    limits: Limits,
    allowed: Allowed,
    found: Sequence[Change],
    verb: str,
) -> Iterator[Violation]:
    if limit is None or allowed.numbers.get(guard, -1) >= count:
        return
    what = guard.partition(".")[2].replace("_", " ")
    if isinstance(limit, str):
        if population < limits.minimum or count * 100 <= float(limit.rstrip("%")) * population:
            return
        told = f"{count} of {population} {what} would be {verb} ({count * 100 // population}%, the limit is {limit})"
    elif count <= limit:
        return
    else:
        told = f"{count} {what} would be {verb}, the limit is {limit}"
    yield Violation(
        guard=guard,
        message=told,
        addresses=tuple(each.address for each in found),
        allow=allow_option(guard, count),
    )


def _accounts(changes: Sequence[Change], limits: Limits, allowed: Allowed) -> Iterator[Violation]:
    closing = [each for each in changes if each.action in ("close", "remove")]
    if closing and not allowed.close:
        yield Violation(
            guard="close",
            message=f"{_accounts_would(len(closing))} be closed or leave the organization, which wants --allow-close",
            addresses=tuple(each.address for each in closing),
            allow="--allow-close",
        )
    creating = [each for each in changes if each.kind == "account" and each.action == "create"]
    for guard, found, limit, verb in (
        ("account_closures", closing, limits.max_account_closures, "be closed or leave"),
        ("account_creations", creating, limits.max_account_creations, "be created"),
    ):
        if limit is not None and len(found) > max(limit, allowed.numbers.get(guard, -1)):
            yield Violation(
                guard=guard,
                message=f"{_accounts_would(len(found))} {verb}, the limit is {limit}",
                addresses=tuple(each.address for each in found),
                allow=allow_option(guard, len(found)),
            )


def _accounts_would(count: int) -> str:
    return f"{count} account{'s' * (count != 1)} would"


def _protected(changes: Sequence[Change], limits: Limits, allowed: Allowed) -> Iterator[Violation]:
    """A protected address is not deleted, detached, closed or moved, nor is anything taken off it, nor is its document
    changed."""
    hits: dict[str, list[Address]] = {}
    for each in changes:
        if each.action in DESTRUCTIVE or each.action in ("move", "replace") or "content" in each.fields:
            for address in _touched(each):
                for pattern in limits.protected:
                    if matches(pattern, address):
                        hits.setdefault(pattern, []).append(each.address)
    for pattern, found in hits.items():
        unique = tuple(dict.fromkeys(found))
        guard = f"protected:{pattern}"
        if allowed.numbers.get(guard, -1) < len(unique):
            yield Violation(
                guard="protected",
                message=f"{pattern} is protected, and {len(unique)} change{'s' * (len(unique) != 1)} would weaken it",
                addresses=unique,
                allow=allow_option(guard, len(unique)),
            )


def _touched(change: Change) -> Iterable[Address]:
    yield change.address
    if change.action == "detach":
        assert change.before is not None
        yield from change.before.references()


def _management(changes: Sequence[Change], management: Address | None) -> Iterator[Violation]:
    found = tuple(
        each.address for each in changes if each.address == management and each.action in ("move", "close", "remove")
    )
    if found:
        message = "the management account is never moved, closed or removed"
        yield Violation(guard="management_account", message=message, addresses=found)


def _emptied(
    changes: Sequence[Change], live: Mapping[str, int], declared: Mapping[str, int], allowed: Allowed
) -> Iterator[Violation]:
    """A spec that declares nothing, or nothing of a kind of which several would go: truncated, or the wrong file."""
    going = [
        each for each in changes if each.action in DESTRUCTIVE and each.reason != "replaced" and not each.temporary
    ]
    kinds = ("organizational_units", "policies", "accounts")
    if going and not any(declared.get(plural) for plural in kinds) and sum(live.get(plural, 0) for plural in kinds) > 1:
        emptied, what = going, "anything"
    else:
        emptied, what = [], ""
        for plural in kinds:
            gone = [each for each in going if _PLURAL.get(each.kind) == plural and each.action == "delete"]
            if len(gone) > 1 and not declared.get(plural):
                emptied, what = [*emptied, *gone], f"{what} or {plural.replace('_', ' ')}".removeprefix(" or ")
    if emptied and allowed.numbers.get("emptied", -1) < len(emptied):
        yield Violation(
            guard="emptied",
            message=f"the spec does not declare {what}, and {len(emptied)} things would go: is it the right file?",
            addresses=tuple(each.address for each in emptied),
            allow=allow_option("emptied", len(emptied)),
        )


def _gap(gaps: Sequence[Address], allowed: Allowed) -> Iterator[Violation]:
    accounts = tuple(dict.fromkeys(gaps))
    if accounts and allowed.numbers.get("GAP", -1) < len(accounts):
        yield Violation(
            guard="GAP",
            message=f"{_accounts_would(len(accounts))} lose a Deny for a moment that it has before and after the plan: "
            "the attachment quota leaves no order that avoids it",
            addresses=accounts,
            allow=allow_option("GAP", len(accounts)),
        )


def _refused(refused: Sequence[tuple[Address, str]]) -> Iterator[Violation]:
    """No option lets this pass: the apply would end half done."""
    if refused:
        changes = f"{len(refused)} change{'s' * (len(refused) != 1)}"
        yield Violation(
            guard="refused",
            message=f"the service would refuse {changes}: {'; '.join(text for _, text in refused[:3])}"
            + ("; ..." if len(refused) > 3 else ""),
            addresses=tuple(dict.fromkeys(address for address, _ in refused)),
        )
