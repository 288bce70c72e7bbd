"""Likely mistakes in an SCP or RCP that the service accepts, each with a fix.

Needs the catalogue of actions, which `check` does not. Findings are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from reconciler.model.base import Json
from reconciler.model.decision import Request
from reconciler.model.diagnostic import Finding
from reconciler.model.document import listed, minified
from reconciler.model.policy_types import BY_SHORT
from reconciler.policy.impact.domain import all_imply, choices, is_closed
from reconciler.policy.impact.masks import Masks, Rule
from reconciler.policy.impact.summary import VERB
from reconciler.policy.language import patterns
from reconciler.policy.language.catalogue import Catalogue, catalogue
from reconciler.policy.language.conditions import Predicate, truth
from reconciler.policy.language.context import OrganizationContext, Principal, context_of
from reconciler.policy.language.nearest import nearest
from reconciler.policy.language.words import counted
from reconciler.policy.lint.condition_keys import key_findings
from reconciler.policy.lint.findings import warning
from reconciler.policy.lint.located import LocatedStatement, located_statements
from reconciler.policy.lint.resources import resource_findings

NEAR_THE_QUOTA = 0.9
"""From which part of its largest size on a document is reported."""

_IDENTITY_KEYS = ("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount")


def lint(
    type_short: str, document: Json, *, actions: Catalogue | None = None, max_characters: int | None = None
) -> list[Finding]:
    """Everything suspicious in the document of an SCP or RCP; of other types only the size.

    `max_characters` is the quota where it is not the default one.
    """
    findings = list(_size(type_short, document, max_characters))
    if type_short not in ("scp", "rcp"):
        return findings
    statements = located_statements(type_short, document)
    universe = actions or catalogue()
    for each in statements:
        findings += _unknown_actions(each, universe)
        findings += _repeated_actions(each, universe)
        findings += _never_applies(each)
        findings += key_findings(each, universe)
        findings += resource_findings(each, universe)
        if type_short == "rcp":
            findings += _denies_services(each)
    return [*findings, *_contained_statements(type_short, statements, Masks(universe))]


def _unknown_actions(located: LocatedStatement, actions: Catalogue) -> Iterator[Finding]:
    for element in ("Action", "NotAction"):
        for path, pattern in located.patterns(element):
            if ":" in pattern and not actions.match(pattern):
                near = nearest_action(pattern, actions)
                help = f"did you mean {near}?" if near else "check the name; a very new action may not be listed yet"
                yield warning("W460", f"{pattern} matches no action of the catalogue", path, help)


@lru_cache(maxsize=4_096)
def nearest_action(pattern: str, actions: Catalogue) -> str | None:
    """The listed action, or pattern of actions, that looks most like one which matches nothing."""
    prefix, _, name = pattern.partition(":")
    service = actions.services.get(prefix.lower())
    if service is None:
        near = nearest(prefix, actions.services)
        with_name = f"{near}:{name}"
        return with_name if near and actions.match(with_name) else None if near is None else f"{near}:*"
    stem, star, _ = name.partition("*")
    names = set(service.names)
    if star and stem:
        names = {each[: len(stem)] for each in names} | {verb[0] for each in names if (verb := VERB.match(each))}
    near = nearest(stem or name, names)
    return f"{service.prefix}:{near}{star}" if near else None


def _repeated_actions(located: LocatedStatement, actions: Catalogue) -> Iterator[Finding]:
    for element in ("Action", "NotAction"):
        written = [(path, pattern, actions.match(pattern)) for path, pattern in located.patterns(element)]
        for index, (path, pattern, mask) in enumerate(written):
            for at, (_, other, wider) in enumerate(written):
                same = mask == wider and at < index
                if mask and index != at and (same or (mask != wider and not mask & ~wider)):
                    yield warning("W466", f"{pattern} is already in {other}", path, "remove it")
                    break


def _never_applies(located: LocatedStatement) -> Iterator[Finding]:
    if located.predicates() is None:
        yield warning("W461", "NotResource has *, so the statement never applies", (*located.path, "NotResource"), None)
        return
    if any(pattern in ("*", "*:*") for _, pattern in located.patterns("NotAction")):
        yield warning("W461", "NotAction has *, so the statement never applies", (*located.path, "NotAction"), None)
    for one, other in combinations(located.conditions(), 2):
        if one[2].key == other[2].key and _contradict(one[2], other[2]):
            message = f"{one[1].written} and {other[1].written} on {one[1].key} can never both be true"
            yield warning("W461", message, other[0], "a statement applies only where all its conditions are true")


def _contradict(one: Predicate, other: Predicate) -> bool:
    """Whether no value is known for which both hold."""
    if not is_closed(one) or not is_closed(other):
        return False
    try:
        return not any(all(each.truths) for each in choices((one, other)) if each.found is not None)
    except patterns.TooLargeError:
        return False


def _denies_services(located: LocatedStatement) -> Iterator[Finding]:
    """An RCP for foreign principals that also denies AWS services, which have no organization either."""
    predicates = located.predicates()
    if predicates is None or not any(each.key in _IDENTITY_KEYS and each.negated for each in predicates):
        return
    service = Request(account="", action="", principal="cloudtrail.amazonaws.com")
    context = context_of(
        service, Principal("service", service=service.principal), None, OrganizationContext(), closed=False
    )
    mentioned = {each.key for each in predicates}
    exempted = any(truth(each, context) is False for each in predicates) or "aws:viaawsservice" in mentioned
    if not exempted and not any(key.startswith("aws:source") for key in mentioned):
        message = "this also denies AWS services, which have no principal account or organization"
        help = 'add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"} to the Condition'
        yield warning("W465", message, located.path, help)


def _contained_statements(type_short: str, statements: list[LocatedStatement], masks: Masks) -> Iterator[Finding]:
    rules = [(each, masks.rule(each.statement, of_rcp=type_short == "rcp")) for each in statements]
    for index, (inner, rule) in enumerate(rules):
        for at, (outer, other) in enumerate(rules):
            if index == at or rule is None or other is None or inner.statement.effect != outer.statement.effect:
                continue
            if _is_contained(rule, other) and (index > at or not _is_contained(other, rule)):
                message = f"everything here is already covered by {outer.statement.label}"
                yield warning("W467", message, inner.path, "remove the statement")
                break


def _is_contained(inner: Rule, outer: Rule) -> bool:
    return not inner.mask & ~outer.mask and all_imply(inner.predicates, outer.predicates)


def _size(type_short: str, document: Json, max_characters: int | None) -> Iterator[Finding]:
    most = max_characters or BY_SHORT[type_short].max_characters
    size = len(minified(document))
    if most is None or size < most * NEAR_THE_QUOTA:
        return
    message = f"{size:,} of {most:,} characters, without white space"
    yield warning("W468", message, (), "; ".join(_savings(document, size, most)) or None)


def _savings(document: Json, size: int, most: int) -> Iterator[str]:
    """What would make the document smaller."""
    statements = listed(document.get("Statement", [])) if isinstance(document, dict) else []
    without_sids = [{k: v for k, v in each.items() if k != "Sid"} for each in statements if isinstance(each, dict)]
    if without_sids and (saved := len(minified(statements)) - len(minified(list[Json](without_sids)))):
        yield f"leaving out the Sids saves {saved:,}"
    if (single := size - len(minified(_unwrapped(document)))) > 0:
        yield f"writing lists of one as a text saves {single:,}"
    if len(statements) > 1:
        parts = -(-size // int(most * NEAR_THE_QUOTA)) + 1
        yield f"its {counted(len(statements), 'statement')} can be split over {min(parts, len(statements))} policies"


def _unwrapped(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _unwrapped(each) for key, each in value.items()}
    if isinstance(value, list):
        return value[0] if len(value) == 1 and isinstance(value[0], str) else [_unwrapped(each) for each in value]
    return value
