"""Recorded calls through a change: which of those that succeeded would be denied afterwards.

Certain where the record has every key that the policies read, and on a condition otherwise. A call is denied where
one of the actions that it needs is. Calls with equal shape are decided once, and calls that the change cannot touch are
not decided at all. Events whose actions are not known are counted by name, and never as replayed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.decision import Request
from reconciler.model.impact import NewlyDenied, NotUnderstood, Replay
from reconciler.policy.evaluation.chains import AttachedPolicy, Chain
from reconciler.policy.evaluation.evaluate import decide, permission
from reconciler.policy.impact.difference import widened
from reconciler.policy.impact.event_actions import EventActions, Needed
from reconciler.policy.impact.events import (
    Call,
    Record,
    RequestedAction,
    account_of,
    call_of,
    event_of,
    owner_of,
    parameters_of,
    succeeded,
)
from reconciler.policy.impact.masks import Masks, SideName, patterns_in, policies_in
from reconciler.policy.language.catalogue import Catalogue, catalogue
from reconciler.policy.language.conditions import keys_read, predicates_of
from reconciler.policy.language.context import RESOURCE, OrganizationContext

_PLACE_KEYS = frozenset({"aws:principalorgpaths", "aws:resourceorgpaths"})
"""The keys that change where an account moves."""
MOST_SHAPES = 500_000
"""How many shapes of calls are cached."""


def replay(
    records: Iterable[Record],
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    places: tuple[OrganizationContext, OrganizationContext] | None = None,
    actions: Catalogue | None = None,
) -> Replay:
    """Replays CloudTrail records (see `events.read_records`) against the chains before and after a change. `places`
    has the organization before and after."""
    run = _Replayer(before, after, places or (OrganizationContext(), OrganizationContext()), actions or catalogue())
    counts: Counter[NewlyDenied] = Counter()
    seen: Counter[str] = Counter()
    unknown: Counter[tuple[str, str]] = Counter()
    for record in records:
        seen["records"] += 1
        if not succeeded(record):
            seen["failed"] += 1
        elif not run.has(record):
            seen["elsewhere"] += 1
        else:
            outcome, understood = run.outcome(record)
            if not understood:
                unknown[event_of(record)] += 1
            if outcome is not None:
                counts[outcome] += 1
    denied = [each.model_copy(update={"count": count}) for each, count in counts.items()]
    denied.sort(key=lambda each: (each.condition is not None, -each.count, each.account, each.principal, each.action))
    by_count = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    return Replay(
        records=seen["records"],
        replayed=seen["records"] - seen["failed"] - seen["elsewhere"] - unknown.total(),
        failed=seen["failed"],
        elsewhere=seen["elsewhere"],
        not_understood=tuple(
            NotUnderstood(event_source=source, event_name=name, count=count) for (source, name), count in by_count
        ),
        newly_denied=tuple(denied),
    )


class _Replayer:
    """One replay, with its caches."""

    def __init__(
        self,
        before: Mapping[Address, Chain],
        after: Mapping[Address, Chain],
        places: tuple[OrganizationContext, OrganizationContext],
        actions: Catalogue,
    ) -> None:
        self._places = places
        self._before = {each.account_id: each for each in before.values() if each.account_id}
        self._after = {each.account_id: each for each in after.values() if each.account_id}
        policies = policies_in([*before.values(), *after.values()])
        self._events = EventActions(actions)
        self._masks = Masks(actions.including(dict.fromkeys(patterns_in(policies))))
        self._keys, self._with_resource = _keys_read(policies)
        self._moved = _moved(*places) if self._keys & _PLACE_KEYS else frozenset()
        self._zones: dict[tuple[str, SideName], int] = {}
        self._decided: dict[Call, NewlyDenied | None] = {}

    def has(self, record: Record) -> bool:
        """Whether the record belongs to an account that is in the organization before and after."""
        recipient = account_of(record)[1]
        return recipient in self._after and recipient in self._before

    def outcome(self, record: Record) -> tuple[NewlyDenied | None, bool]:
        """What the record counts for, or nothing where the change does not deny it; and whether the event is
        understood. One that is not counts only on the condition that its action is called like the event."""
        source, name = event_of(record)
        needed = self._events.needed(source, name, parameters_of(record))
        if needed is not None:
            return self._outcome(record, needed), True
        alike = self._events.similarly_named_action(source, name)
        found = self._outcome(record, (Needed(alike, certain=False),)) if alike else None
        return found, False

    def _outcome(self, record: Record, needed: Sequence[Needed]) -> NewlyDenied | None:
        caller, recipient = account_of(record)
        owner = owner_of(record) or recipient
        masks = [self._masks.catalogue.match(each.action) for each in needed]
        zone = self._zone(caller, "scp") | self._zone(recipient, "rcp") | self._zone(owner, "rcp")
        if all(each and not each & zone for each in masks) and not self._moved & {caller, recipient, owner}:
            return None
        call = call_of(record, needed, self._keys, with_resource=self._with_resource)
        if call not in self._decided:
            if len(self._decided) >= MOST_SHAPES:
                self._decided.clear()
            self._decided[call] = self._decide(call)
        return self._decided[call]

    def _zone(self, account: str | None, name: SideName) -> int:
        """The actions that the change may deny newly to the principals, or on the resources, of an account."""
        if account is None or account not in self._after or account not in self._before:
            return 0
        key = (account, name)
        if key not in self._zones:
            old, new = (self._masks.side(chains[account], name) for chains in (self._before, self._after))
            self._zones[key] = widened(new, old)
        return self._zones[key]

    def _decide(self, call: Call) -> NewlyDenied | None:
        """The first action that is surely denied, else the first that may be. Where a call needs one of several
        actions, it is surely denied only if they all are."""
        found = [(each, denied) for each in call.actions if (denied := self._decide_one(call, each)) is not None]
        sure = [denied for each, denied in found if denied.condition is None]
        one_of_several = not any(each.certain for each in call.actions)
        if one_of_several and len(sure) == len(call.actions) > 1:
            return sure[0]
        found = [(each, denied if each.certain else _if_needed(denied)) for each, denied in found]
        found.sort(key=lambda each: each[1].condition is not None)
        return found[0][1] if found else None

    def _decide_one(self, call: Call, requested: RequestedAction) -> NewlyDenied | None:
        chain = self._after[call.recipient]
        request = Request(
            account=chain.account,
            action=requested.action,
            resource=requested.resource,
            region=call.region,
            principal=call.principal,
            resource_account=call.resource_account,
            context=dict(call.context),
        )
        place_before, place_after = self._places
        now, _ = permission(chain, request, place=place_after, others=self._after)
        if now is True:
            return None
        once, _ = permission(self._before[call.recipient], request, place=place_before, others=self._before)
        if once is False or once == now:
            return None
        new = decide(chain, request, place=place_after, others=self._after)
        return NewlyDenied(
            account=chain.account,
            principal=call.principal or "",
            action=requested.action,
            count=1,
            condition=new.condition,
            blocked_by=new.blocked_by,
            missing_allow_at=new.missing_allow_at,
        )


def _if_needed(outcome: NewlyDenied) -> NewlyDenied:
    condition = f"the call needed {outcome.action}"
    condition = f"{condition}: {outcome.condition}" if outcome.condition else condition
    return outcome.model_copy(update={"condition": condition})


def _moved(before: OrganizationContext, after: OrganizationContext) -> frozenset[str]:
    """The accounts that are at another place afterwards."""
    return frozenset(each for each in before.paths if before.paths[each] != after.paths.get(each))


def _keys_read(policies: Iterable[AttachedPolicy]) -> tuple[frozenset[str], bool]:
    """The context keys that some condition reads, and whether some statement is about certain resources."""
    statements = (each for policy in policies for each in policy.document.statements)
    keys = frozenset(key for each in statements for one in predicates_of(each) or () for key in keys_read(one))
    return keys, RESOURCE in keys
