"""Policies described for the users of an account: statements, conditions and exemptions as text, and where they apply.

Nothing is escaped; ids that are not known yet are replaced by the name of their object.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.address import ROOT, Address, local
from reconciler.model.base import Json, Source
from reconciler.model.document import listed, minified
from reconciler.model.guardrail import Guardrail, Guardrails, GuardrailStatement, Setting
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.reference import padded
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.policy.language import words
from reconciler.policy.language.conditions import NOT_RESOURCE, ONE_RESOURCE, Predicate, predicates_of
from reconciler.policy.language.statements import Statement, parse

_ROLE = re.compile(r"arn:[^:]*:iam::(?P<account>⟨[^⟩]*⟩|[^:]*):role/(?P<name>.+)")
_REFERENCE = re.compile(r"⟨(?P<kind>[^:⟨⟩]*):(?P<name>[^⟨⟩]*)\.id⟩")
_NAMED_KINDS = {"organization": "this organization", "management": "the management account", "root": "the root"}
_CALLERS_BY_KEY = {
    "aws:principalisawsservice": "AWS services",
    "aws:assumedroot": "sessions of centralised root access",
    "aws:viaawsservice": "calls that an AWS service makes for the caller",
}
"""Keys whose `true` names a kind of caller."""
_CALLER_KEYS = (
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltype",
    "aws:principalservicename", "aws:principalservicenameslist", "aws:userid", "aws:username",
)  # fmt: skip


def guardrails(
    inventory: Inventory,
    statements: Mapping[str, Sequence[Source]] | None = None,
    sizes: Mapping[str, int | None] | None = None,
) -> Guardrails:
    """Every policy that AWS does not manage. `statements` has the places of the statements of a policy, by its key,
    `sizes` the largest size of a document by policy type where it is not the default one."""
    targets, anchors = _Targets(inventory), _Anchors()
    keys = {each.id: local(each.address) for each in inventory.of(Account) if each.id}
    order = {row.short: index for index, row in enumerate(POLICY_TYPES)}
    policies = [each for each in inventory.of(Policy) if not each.aws_managed]
    policies.sort(key=lambda each: (order.get(each.type, len(order)), each.name.casefold(), each.address))
    largest = {row.short: row.max_characters for row in POLICY_TYPES} | dict(sizes or {})
    return Guardrails(
        organization=inventory.organization.id,
        policies=tuple(
            targets.applied(_described(each, (statements or {}).get(local(each.address), ()), keys, anchors, largest))
            for each in policies
        ),
        unread=inventory.unread(),
    )


def _described(
    policy: Policy,
    places: Sequence[Source],
    keys: Mapping[str, str],
    anchors: _Anchors,
    largest: Mapping[str, int | None],
) -> Guardrail:
    key = local(policy.address)
    own = (anchors.taken(key), *([anchors.taken(policy.id)] if policy.id else []))
    language = BY_SHORT[policy.type].language if policy.type in BY_SHORT else "declarative"
    return Guardrail(
        key=key,
        id=policy.id,
        type=policy.type,
        name=policy.name,
        anchors=own,
        purpose=policy.description,
        statements=tuple(_statements(policy, places, keys)),
        settings=tuple(_settings(policy.content, ())) if language == "declarative" else (),
        size=len(minified(padded(policy.content))) if policy.content is not None else 0,
        max_size=largest.get(policy.type),
        source=policy.source,
    )


class _Anchors:
    """Unique link anchors, which depend on the name of a policy and on the policies before it alone."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def taken(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-") or "policy"
        found, number = plain, 1
        while found in self._used:
            number += 1
            found = f"{plain}-{number}"
        self._used.add(found)
        return found


def _statements(policy: Policy, places: Sequence[Source], keys: Mapping[str, str]) -> Iterator[GuardrailStatement]:
    for statement in parse(policy.type, policy.content).statements:
        predicates = predicates_of(statement)
        if predicates is None:
            continue
        by_caller = [each for each in predicates if _exempts(each)] if statement.effect == "Deny" else []
        held = [each for each in predicates if each not in by_caller and each.name not in (ONE_RESOURCE, NOT_RESOURCE)]
        yield GuardrailStatement(
            name=statement.label,
            effect=statement.effect,
            actions=statement.actions if statement.actions is not None else statement.not_actions or (),
            all_but_actions=statement.actions is None,
            resources=_resources(statement),
            all_but_resources=statement.not_resources is not None,
            conditions=tuple(_readable(words.described(each, most=len(each.values))) for each in held),
            exempt=tuple(dict.fromkeys(text for each in by_caller for text in _exempted(each, keys))),
            source=places[statement.index] if statement.index < len(places) else None,
        )


def _resources(statement: Statement) -> tuple[str, ...]:
    stated = statement.resources if statement.resources is not None else statement.not_resources or ()
    return () if "*" in stated else tuple(map(_readable, stated))


def _exempts(predicate: Predicate) -> bool:
    """Whether a condition of a Deny is an exemption of callers, rather than a restriction of requests."""
    if predicate.key in _CALLERS_BY_KEY:
        return predicate.name == "Bool" and [each.lower() for each in predicate.values] == ["false"]
    return predicate.key in _CALLER_KEYS and predicate.negated


def _exempted(predicate: Predicate, keys: Mapping[str, str]) -> Iterator[str]:
    """The exempt callers as text. `keys` has the accounts' keys by id."""
    if predicate.key in _CALLERS_BY_KEY:
        yield _CALLERS_BY_KEY[predicate.key]
        return
    roles = [match for each in predicate.values if (match := _ROLE.fullmatch(each))]
    if predicate.key == "aws:principalarn" and len(roles) == len(predicate.values) and predicate.qualifier is None:
        for role in roles:
            account = role["account"]
            named = f"account {keys.get(account, account)}" if account.isdigit() else _readable(account)
            yield f"role {_readable(role['name'])}{'' if account == '*' else f' of {named}'}"
        return
    yield _readable(words.described(predicate, positive=False, most=len(predicate.values)))


def _readable(text: str) -> str:
    """The text with the names of objects whose ids are not known yet."""

    def named(match: re.Match[str]) -> str:
        kind = {"ou": "OU"}.get(match["kind"], match["kind"])
        name = _NAMED_KINDS.get(match["kind"]) or f"{kind} {match['name']}"
        return f"(id of {name})" if text[: match.start()].endswith((":", "/")) else name

    return _REFERENCE.sub(named, text)


def _settings(value: Json, path: tuple[str, ...]) -> Iterator[Setting]:
    """Every value of a declarative policy. An operator that only assigns is not shown."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _settings(each, path if key == "@@assign" else (*path, key))
    elif value is not None:
        values = tuple(_readable(each if isinstance(each, str) else minified(each)) for each in listed(value))
        yield Setting(path=_readable(".".join(path)), values=values)


class _Targets:
    """The OUs and accounts that each policy applies to: all at and below the nodes that it is attached to."""

    def __init__(self, inventory: Inventory) -> None:
        self._management = inventory.organization.management_account_id
        self._nodes: dict[str, list[Address]] = defaultdict(list)
        self._children: dict[Address, list[OrganizationalUnit | Account]] = defaultdict(list)
        for attachment in inventory.of(Attachment):
            self._nodes[local(attachment.policy)].append(attachment.target)
        for each in inventory.resources:
            if isinstance(each, OrganizationalUnit | Account):
                self._children[each.parent].append(each)
        self._own = {each.address: each for each in inventory.of(Account)}

    def applied(self, guardrail: Guardrail) -> Guardrail:
        nodes = sorted(self._nodes[guardrail.key], key=lambda each: (each != ROOT, each))
        found = {each.address: each for node in nodes for each in self._below(node)}
        found |= {each: self._own[each] for each in nodes if each in self._own}
        found_units = {each for each in nodes if each.startswith("ou:")}
        found_units |= {each.address for each in found.values() if isinstance(each, OrganizationalUnit)}
        restricts = guardrail.type in ("scp", "rcp")
        accounts = (each for each in found.values() if isinstance(each, Account) and self._counts(each, restricts))
        return guardrail.model_copy(
            update={
                "attached_to": tuple(nodes),
                "units": tuple(sorted(map(local, found_units))),
                "accounts": tuple(sorted(local(each.address) for each in accounts)),
            }
        )

    def _counts(self, account: Account, restricts: bool) -> bool:
        """SCPs and RCPs do not apply to the management account, and nothing applies to a closed account."""
        if account.state in ("closed", "removed"):
            return False
        return not (restricts and account.id is not None and account.id == self._management)

    def _below(self, node: Address) -> Iterable[OrganizationalUnit | Account]:
        for each in self._children.get(node, ()):
            yield each
            yield from self._below(each.address)
