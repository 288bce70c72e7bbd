"""Condition keys and operators with a surprising effect.

The keys of each action:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostic import Finding
from reconciler.policy.language.catalogue import Catalogue
from reconciler.policy.language.conditions import Predicate, truth
from reconciler.policy.language.context import Context, Missing
from reconciler.policy.language.nearest import nearest
from reconciler.policy.language.service_keys import keys_of
from reconciler.policy.language.statements import Condition
from reconciler.policy.language.words import listed
from reconciler.policy.lint.condition_values import service_key_findings, value_findings
from reconciler.policy.lint.findings import Path, warning
from reconciler.policy.lint.located import LocatedStatement

OFTEN_ABSENT = frozenset({
    "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:resourceaccount", "aws:resourceorgid",
    "aws:resourceorgpaths", "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceorgid",
    "aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
    "aws:vpcsourceip",
})  # fmt: skip
"""Global keys that many requests do not have:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""

IN_EVERY_SERVICE = frozenset({
    "codebuild:buildarn", "codebuild:projectarn", "ec2:instanceprofile", "ec2:roledelivery", "ec2:sourceinstancearn",
    "glue:credentialissuingservice", "glue:roleassumedby", "lambda:sourcefunctionarn", "ssm:sourceinstancearn",
})  # fmt: skip
"""Keys with the prefix of one service that requests to any service may have: they describe the caller's session."""

LITERAL_ASTERISK = frozenset({"lambda:principal"})
"""Keys that really have the value `*`: a function that is public."""

_MOST_NAMES = 3


def key_findings(located: LocatedStatement, actions: Catalogue) -> Iterator[Finding]:
    """Everything suspicious in the conditions of one statement."""
    mask = actions.union(located.statement.actions or ()) & actions.listed
    written = located.written.get("Condition")
    for operator, keys in written.items() if isinstance(written, dict) else ():
        if keys == {}:
            message = f"{operator} has no condition key, so it has no effect"
            yield warning("W477", message, (*located.path, "Condition", operator), "add a key, or remove the operator")
    for path, condition, predicate in located.conditions():
        yield from value_findings(path, condition, predicate)
        if predicate.key.startswith("aws:"):
            yield from _global_key(located, path, condition, predicate)
        elif predicate.key not in IN_EVERY_SERVICE:
            yield from _service_key(located, path, condition, predicate, actions, mask)
        yield from _wildcard_in_equals(path, condition, predicate)
        yield from _every_value_in_allow(located, path, condition, predicate)


def _global_key(located: LocatedStatement, path: Path, condition: Condition, predicate: Predicate) -> Iterator[Finding]:
    if predicate.key not in OFTEN_ABSENT or predicate.if_exists or predicate.name == "Null":
        return
    if any(each.name == "Null" and each.key == predicate.key for _, _, each in located.conditions()):
        return
    if located.statement.effect == "Deny" and _when_absent(predicate):
        message = f"without {condition.key} in the request, {condition.written} is true, so it is denied"
        help = f"write {condition.written}IfExists if requests without the key are to pass, or say Null explicitly"
        if predicate.negated and predicate.qualifier is None:
            help = f'add "Null": {{"{condition.key}": "false"}} if requests without the key are to pass'
        yield warning("W463", message, path, help)


def _service_key(
    located: LocatedStatement, path: Path, condition: Condition, predicate: Predicate, actions: Catalogue, mask: int
) -> Iterator[Finding]:
    prefix = predicate.key.partition(":")[0]
    known = keys_of(prefix)
    if known is None:
        return
    key = known.find(condition.key)
    if key is None:
        near = nearest(condition.key, known.all)
        yield warning(
            "W462", f"{condition.key} is not a listed key of {prefix}", path, f"did you mean {near}?" if near else None
        )
        return
    yield from service_key_findings(path, condition, predicate, key in known.multivalued)
    if not mask:
        return
    names = list(actions.names(mask))
    with_key = [name for name in names if key in _keys(name)]
    if not with_key:
        message = f"none of these actions has the key {condition.key}"
        yield warning("W462", message, path, "the condition sees no value: remove it, or name the right actions")
        return
    elsewhere = any(not name.startswith(f"{prefix}:") for name in names)
    without = [] if elsewhere else [name for name in names if key not in _keys(name)]
    if without and located.statement.effect == "Deny" and _when_absent(predicate) and predicate.name != "Null":
        message = f"{len(without)} of {len(names)} actions have no {condition.key}, so they are always denied"
        help = f"name only actions that have the key: {listed(sorted(with_key), _MOST_NAMES)}"
        yield warning("W464", message, path, help)


def _keys(action: str) -> frozenset[str]:
    prefix, _, name = action.partition(":")
    known = keys_of(prefix)
    return known.by_action.get(name.lower(), frozenset()) if known else frozenset()


def _when_absent(predicate: Predicate) -> bool:
    return truth(predicate, Context({predicate.key: Missing.ABSENT})) is True


def _wildcard_in_equals(path: Path, condition: Condition, predicate: Predicate) -> Iterator[Finding]:
    if not predicate.name.startswith("String") or predicate.name.endswith("Like"):
        return
    for value in predicate.values:
        if "*" in value and not predicate.variables and not (value == "*" and predicate.key in LITERAL_ASTERISK):
            message = f"{condition.written} compares exactly: * in {value!r} is not a wildcard"
            yield warning("W469", message, path, f"write {condition.written.replace('Equals', 'Like')}")
            return


def _every_value_in_allow(
    located: LocatedStatement, path: Path, condition: Condition, predicate: Predicate
) -> Iterator[Finding]:
    if predicate.qualifier == "ForAllValues" and located.statement.effect == "Allow":
        message = f"without {condition.key} in the request, {condition.written} is true, so it is allowed"
        yield warning("W463", message, path, f'add "Null": {{"{condition.key}": "false"}}')
