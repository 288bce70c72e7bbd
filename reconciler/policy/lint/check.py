"""Precise findings for every document that the service would refuse, and for what it accepts but is a likely mistake.

An error is something the service refuses for certain; everything softer is a warning, so that what was read from a
live organization always passes. Needs no catalogue of actions and no network. Rules:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.model.document import listed, texts_in
from reconciler.policy.language.nearest import did_you_mean
from reconciler.policy.language.statements import (
    LANGUAGE_VERSION,
    OLD_LANGUAGE_VERSION,
    OPERATORS,
    RCP_SERVICES,
    parse_operator,
)
from reconciler.policy.language.values import has_shape, placeholders_in
from reconciler.policy.lint.declarative import check_declarative
from reconciler.policy.lint.findings import Path, error, warning

_DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_ACTION = re.compile(r"[A-Za-z0-9-]+:[\w*?.-]+")
_OPERATOR_NAMES = (*OPERATORS, *(f"{name}IfExists" for name in OPERATORS if name != "Null"))
_NOT_YET_KNOWN = re.compile(r"⟨[^⟨⟩]*⟩|\$\{[^}]*\}")
_SID = re.compile(r"[A-Za-z0-9]*")


def check(type_short: str, document: Json) -> list[Finding]:
    """Everything wrong with the document of a policy of this type (`scp`, `rcp`, `tag`, ...), in document order."""
    if not isinstance(document, dict):
        return [error("E450", f"a policy document is an object, not {_kind(document)}", ())]
    findings = [*_placeholders(document)]
    if type_short in ("scp", "rcp"):
        findings += _document(type_short, document)
    else:
        findings += check_declarative(type_short, document)
    return findings


def _document(type_short: str, document: dict[str, Json]) -> Iterator[Finding]:
    yield from _unknown_elements(document, _DOCUMENT_ELEMENTS, ())
    yield from _version(document)
    if not document.get("Statement"):
        yield error("E453", "Statement is missing or empty", ("Statement",), help="add at least one statement")
        return
    written = document["Statement"]
    sids: dict[str, int] = {}
    for index, statement in enumerate(listed(written)):
        path: Path = ("Statement", index) if isinstance(written, list) else ("Statement",)
        if not isinstance(statement, dict):
            yield error("E454", f"a statement is an object, not {_kind(statement)}", path)
            continue
        yield from _sid(statement, path, sids, index)
        yield from _statement(type_short, statement, path)


def _version(document: dict[str, Json]) -> Iterator[Finding]:
    version = document.get("Version")
    help = f'write "Version": "{LANGUAGE_VERSION}"'
    if version is None:
        yield warning("W450", "Version is missing", ("Version",), help)
    elif version == OLD_LANGUAGE_VERSION:
        yield warning("W450", "this Version of the language has no policy variables", ("Version",), help)
    elif version != LANGUAGE_VERSION:
        yield error("E452", f"{version!r} is not a version of the policy language", ("Version",), help)


def _sid(statement: dict[str, Json], path: Path, sids: dict[str, int], index: int) -> Iterator[Finding]:
    sid = statement.get("Sid")
    if sid is None:
        return
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        yield error("E462", f"Sid {sid!r} has other characters than letters and digits", (*path, "Sid"))
    elif sid and sids.setdefault(sid, index) != index:
        yield error("E462", f"Sid {sid!r} is already that of statement {sids[sid] + 1}", (*path, "Sid"))


def _statement(type_short: str, statement: dict[str, Json], path: Path) -> Iterator[Finding]:
    yield from _unknown_elements(statement, _STATEMENT_ELEMENTS, path)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        message = "Effect is missing" if effect is None else f"Effect {effect!r} is neither Allow nor Deny"
        yield error("E455", message, (*path, "Effect"), help="write Allow or Deny")
    yield from _rcp_statement(statement, path) if type_short == "rcp" else _scp_statement(statement, path)
    yield from _one_of(statement, "Action", "NotAction", "E456", path)
    yield from _one_of(statement, "Resource", "NotResource", "E458", path)
    for element in ("Action", "NotAction"):
        for place, action in _members(statement, element, path):
            yield from _action(action, place, type_short)
    for element in ("Resource", "NotResource"):
        for place, resource in _members(statement, element, path):
            yield from _resource(resource, place)
    if "Condition" in statement:
        yield from _condition(statement["Condition"], (*path, "Condition"))


def _scp_statement(statement: dict[str, Json], path: Path) -> Iterator[Finding]:
    for element in ("Principal", "NotPrincipal"):
        if element in statement:
            help = "remove it; exempt roles with a Condition on aws:PrincipalArn"
            yield error("E463", f"an SCP has no {element}", (*path, element), help)


def _rcp_statement(statement: dict[str, Json], path: Path) -> Iterator[Finding]:
    if statement.get("Effect") == "Allow":
        yield error("E465", "an RCP can only deny", (*path, "Effect"), help="write Deny, or use an SCP")
    if statement.get("Principal") != "*":
        yield error("E464", 'an RCP needs "Principal": "*"', (*path, "Principal"), help='write "Principal": "*"')
    for element in ("NotAction", "NotPrincipal"):
        if element in statement:
            yield error("E466", f"RCPs do not support {element}", (*path, element))


def _one_of(statement: dict[str, Json], one: str, other: str, code: str, path: Path) -> Iterator[Finding]:
    if one in statement and other in statement:
        yield error(code, f"a statement has {one} or {other}, not both", (*path, other))
    elif one not in statement and other not in statement:
        yield error(code, f"{one} or {other} is missing", (*path, one))
    for element in (one, other):
        if statement.get(element, "*") in ([], ""):
            yield error(code, f"{element} is empty", (*path, element))


def _members(statement: dict[str, Json], element: str, path: Path) -> Iterator[tuple[Path, Json]]:
    written = statement.get(element, [])
    for index, each in enumerate(listed(written)):
        yield ((*path, element, index) if isinstance(written, list) else (*path, element)), each


def _action(action: Json, path: Path, type_short: str) -> Iterator[Finding]:
    if action == "*":
        if type_short == "rcp":
            yield error("E466", "an RCP cannot be about every action", path, help="name services: s3:*, sqs:*, ...")
    elif not isinstance(action, str) or not (_ACTION.fullmatch(action) or action == "*:*"):
        yield error("E457", f"{_quoted(action)} is not an action", path, help=_action_help(action))
    elif type_short == "rcp" and (service := action.partition(":")[0].lower()) not in RCP_SERVICES:
        help = did_you_mean(service, RCP_SERVICES)
        yield warning("W454", f"{service} is not known to support RCPs", path, help)


def _action_help(action: Json) -> str:
    if isinstance(action, str) and action != action.strip():
        return "remove the space around it"
    if isinstance(action, str) and ":" in action and "*" in action.partition(":")[0]:
        return "the service prefix has no wildcards: list the services"
    return "write service:Name, with * and ? as wildcards in the name"


def _resource(resource: Json, path: Path) -> Iterator[Finding]:
    if isinstance(resource, str) and (resource == "*" or _is_arn(resource)):
        return
    if isinstance(resource, str) and resource.startswith("arn:"):
        help = "an ARN has six sections: arn:partition:service:region:account:resource, of which some may be empty"
        yield error("E459", f"{_quoted(resource)} is not a whole ARN", path, help)
        return
    spaced = isinstance(resource, str) and resource.strip() == "*"
    help = "remove the space around it" if spaced else "write * or an ARN"
    yield error("E459", f"{_quoted(resource)} is neither * nor an ARN", path, help)


def _is_arn(resource: str) -> bool:
    """Six sections, where a wildcard may match the last ones. Ids that are known after apply have colons."""
    if not re.match(r"arn:\S", resource):
        return False
    text = _NOT_YET_KNOWN.sub("x", resource)
    return text.count(":") >= 5 or text[-1] in "*?"


def _condition(condition: Json, path: Path) -> Iterator[Finding]:
    if not isinstance(condition, dict):
        yield error("E460", f"Condition is an object, not {_kind(condition)}", path)
        return
    for written, keys in condition.items():
        place = (*path, written)
        operator = parse_operator(written)
        if operator is None:
            yield error("E461", f"there is no condition operator {written!r}", place, help=_operator_help(written))
        elif str(operator) != written:
            yield warning("W452", f"the operator {written} is spelled {operator}", place, help=f"write {operator}")
        if not isinstance(keys, dict):
            yield error("E460", f"{written} holds context keys, not {_kind(keys)}", place)
            continue
        for key, values in keys.items():
            yield from _values(written, key, values, (*place, key))


def _values(written: str, key: str, values: Json, path: Path) -> Iterator[Finding]:
    operator = parse_operator(written)
    for index, value in enumerate(listed(values)):
        place = (*path, index) if isinstance(values, list) else path
        if value is None or isinstance(value, dict | list):
            yield error("E460", f"a condition value is a text, number or boolean, not {_kind(value)}", place)
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        shape = OPERATORS[operator.name] if operator else "string"
        if not has_shape(text, shape) and not placeholders_in(text):
            yield warning("W453", f"{key}: {text!r} can never match {written}, which compares a {shape}", place)


def _operator_help(written: str) -> str:
    near = did_you_mean(written.rpartition(":")[2], _OPERATOR_NAMES)
    return near or "see the IAM user guide, condition operators"


def _unknown_elements(written: dict[str, Json], right: tuple[str, ...], path: Path) -> Iterator[Finding]:
    for element in written:
        if element not in right:
            help = did_you_mean(element, right) or f"remove it; known are {', '.join(right)}"
            yield error("E451", f"{element!r} is not an element of the policy language", (*path, element), help)


def _placeholders(document: Json) -> Iterator[Finding]:
    """One finding for each placeholder, at the first of its places."""
    places: dict[str, list[Path]] = {}
    for path, text in texts_in(document):
        for found in placeholders_in(text):
            places.setdefault(found, []).append(path)
    for found, paths in places.items():
        more = f", here and in {len(paths) - 1} more" if len(paths) > 1 else ""
        help = "fill it in, or make the document a template"
        yield warning("W451", f"{found} looks like a placeholder{more}", paths[0], help)


def _quoted(value: Json) -> str:
    return repr(value) if isinstance(value, str) else _kind(value)


def _kind(value: Json) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")
