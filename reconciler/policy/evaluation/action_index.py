"""The statements of an organization for a search for actions, with what is known of their conditions for its roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.model.action_index import ActionIndex, ActionRules, IndexedStatement
from reconciler.model.address import local
from reconciler.model.base import Json, Source
from reconciler.model.decision import Request
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Policy, PolicyType
from reconciler.policy.evaluation.chains import FULL_ACCESS, organization_context
from reconciler.policy.evaluation.evaluate import NEVER_BY_RCP, NEVER_DENIED
from reconciler.policy.evaluation.stand_ins import stand_ins_of, with_stand_ins
from reconciler.policy.language import words
from reconciler.policy.language.conditions import Predicate, predicates_of, truth
from reconciler.policy.language.context import (
    WITHOUT_PRINCIPAL,
    Context,
    OrganizationContext,
    Principal,
    context_of,
)
from reconciler.policy.language.statements import RCP_SERVICES, parse

RULES = ActionRules(
    rcp_services=tuple(sorted(RCP_SERVICES)),
    never_by_rcp=tuple(sorted(NEVER_BY_RCP)),
    never_denied=tuple(sorted(NEVER_DENIED)),
    without_principal=tuple(sorted(WITHOUT_PRINCIPAL)),
)


def action_index(inventory: Inventory, places: Mapping[str, Sequence[Source]] | None = None) -> ActionIndex:
    """The index of an organization; `places` has where the statements of a policy are written, by its key."""
    known = with_stand_ins(inventory, stand_ins_of(inventory))
    context, resolved = _of_roles(organization_context(known)), known.by_address()
    unread = tuple(each for each in inventory.unread() if each.kind in FULL_ACCESS)
    force = {each.type for each in inventory.of(PolicyType)} & FULL_ACCESS.keys() - {each.kind for each in unread}
    statements = {}
    for policy in inventory.of(Policy):
        twin = resolved[policy.address]
        if policy.type in FULL_ACCESS and isinstance(twin, Policy):
            own = (places or {}).get(local(policy.address), ())
            statements[policy.address] = tuple(_statements(policy, twin, own, context))
    return ActionIndex(
        statements=statements,
        force=tuple(sorted(force)),
        unread=unread,
        not_managed=tuple(
            each.kind for each in inventory.scope.unread if each.kind in FULL_ACCESS and each not in unread
        ),
        rules=RULES,
    )


def _of_roles(place: OrganizationContext) -> Context:
    """What is known of every request of a role of any account of the organization."""
    context = context_of(Request(account="", action=""), Principal("role"), None, place, closed=False)
    own = {"aws:principalorgid": (place.organization_id,)} if place.organization_id else {}
    return replace(context, known={**context.known, **own})


def _statements(
    policy: Policy, resolved: Policy, places: Sequence[Source], context: Context
) -> Iterator[IndexedStatement]:
    """The statements that can apply at all. `resolved` is the same policy with provisional ids for unknown ones."""
    written, known = (parse(policy.type, _document(each)).statements for each in (policy, resolved))
    for shown, statement in zip(written, known, strict=True):
        predicates, texts = predicates_of(statement), predicates_of(shown)
        if predicates is None or texts is None:
            continue
        yield IndexedStatement(
            name=statement.name,
            effect=statement.effect,
            actions=statement.actions if statement.actions is not None else statement.not_actions or (),
            all_but=statement.actions is None,
            conditions=tuple(words.described(each) for each in texts),
            for_roles=_holds(predicates, context),
            source=places[statement.index] if statement.index < len(places) else None,
        )


def _document(policy: Policy) -> Json:
    is_default = policy.name == BY_SHORT[policy.type].default
    return FULL_ACCESS[policy.type] if policy.content is None and is_default else policy.content


def _holds(predicates: Sequence[Predicate], context: Context) -> bool | None:
    found = [truth(each, context) for each in predicates]
    return False if False in found else None if None in found else True
