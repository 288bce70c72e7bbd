"""A second evaluator, written from the documentation alone: one request at a time, on the JSON text, no caches.

It shares no code with `reconciler.policy`. It knows closed contexts only: a key has values or is absent.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from __future__ import annotations

import base64
import ipaddress
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

SERVICES = """aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch
cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend comprehendmedical
compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms gamelift health
inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch pca-connector-ad
personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin sqs sts support swf
textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray"""
RCP_SERVICES = SERVICES.split()


class Asked(NamedTuple):
    """A request with its whole context, keys in lower case."""

    action: str
    resource: str
    context: dict[str, list[str]]


Levels = list[dict[str, list[Any]]]
"""From the root to an account, each level with the documents of its `scp`s and `rcp`s."""


def is_allowed(levels: Levels, asked: Asked) -> bool:
    """A request by a principal of an account on a resource of the same account."""
    return may(levels, levels, asked)


def may(caller: Levels | None, owner: Levels | None, asked: Asked) -> bool:
    """The SCPs above the caller's account (`None` where none apply), and the RCPs above that of the resource."""
    if asked.action.lower() == "sts:getcalleridentity":
        return True
    for level in [] if caller is None or is_sign_in(asked.action) else caller:
        if not any(applies(statement, asked) for document in level["scp"] for statement in allows(document)):
            return False
        if any(applies(statement, asked) for document in level["scp"] for statement in denies(document)):
            return False
    for level in [] if owner is None or not rcp_sees(asked.action) else owner:
        if any(applies(statement, asked) for document in level["rcp"] for statement in denies(document)):
            return False
    return True


def is_sign_in(action: str) -> bool:
    """Calls that are made to become a principal."""
    return action.lower() in ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity")


def rcp_sees(action: str) -> bool:
    return action.partition(":")[0].lower() in RCP_SERVICES and action.lower() != "kms:retiregrant"


def allows(document: Any) -> list[Any]:
    return [each for each in statements(document) if each["Effect"] == "Allow"]


def denies(document: Any) -> list[Any]:
    return [each for each in statements(document) if each["Effect"] == "Deny"]


def statements(document: Any) -> list[Any]:
    old = document.get("Version", "2008-10-17") == "2008-10-17"
    return [{**each, "old": old} for each in many(document["Statement"])]


def applies(statement: Any, asked: Asked) -> bool:
    if "Action" in statement and not any(action_is(each, asked.action) for each in many(statement["Action"])):
        return False
    if "NotAction" in statement and any(action_is(each, asked.action) for each in many(statement["NotAction"])):
        return False
    context = None if statement["old"] else asked.context
    if "Resource" in statement and not any(
        resource_is(x, asked.resource, context) for x in many(statement["Resource"])
    ):
        return False
    if "NotResource" in statement and any(
        resource_is(each, asked.resource, context) for each in many(statement["NotResource"])
    ):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            texts = [text(value) for value in many(values)]
            if not condition_holds(operator, asked.context.get(key.lower()), texts, context):
                return False
    return True


def action_is(pattern: str, action: str) -> bool:
    if pattern == "*":
        return True
    return ":" in pattern and like(list(pattern.lower()), action.lower())


def resource_is(pattern: str, resource: str, context: Any) -> bool:
    filled = fill(pattern, context)
    return filled is not None and like(filled, resource)


def condition_holds(operator: str, found: list[str] | None, wanted: list[str], context: Any) -> bool:
    qualifier, _, name = operator.rpartition(":")
    name = name.lower()
    if name == "null":
        return any((each.lower() == "true") == (not found) for each in wanted)
    optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = "not" in name
    positive = name.replace("not", "", 1)
    if not found:
        if optional or qualifier.lower() == "forallvalues":
            return True
        return negated and not qualifier
    matched = [any(value_is(positive, value, each, context) for each in wanted) for value in found]
    if qualifier.lower() == "foranyvalue":
        return any(not each if negated else each for each in matched)
    if qualifier.lower() == "forallvalues":
        return all(not each if negated else each for each in matched)
    return not any(matched) if negated else any(matched)


def value_is(operator: str, value: str, wanted: str, context: Any) -> bool:
    if operator.startswith(("string", "arn")):
        filled = fill(wanted, context, wild=operator in ("stringlike", "arnlike", "arnequals"))
        if filled is None:
            return False
        if operator == "stringequalsignorecase":
            return "".join(each[-1] for each in filled).lower() == value.lower()
        return arn_like(filled, value) if operator.startswith("arn") else like(filled, value)
    if operator == "bool":
        return value.lower() == wanted.lower()
    if operator == "ipaddress":
        return inside(value, wanted)
    if operator == "binaryequals":
        try:
            return base64.b64decode(value, validate=True) == base64.b64decode(wanted, validate=True)
        except ValueError:
            return False
    read = number if operator.startswith("numeric") else moment
    left, right = read(value), read(wanted)
    if left is None or right is None:
        return False
    comparison = operator.removeprefix("numeric").removeprefix("date")
    return {
        "equals": left == right,
        "lessthan": left < right,
        "lessthanequals": left <= right,
        "greaterthan": left > right,
        "greaterthanequals": left >= right,
    }[comparison]


def fill(pattern: str, context: Any, wild: bool = True) -> list[str] | None:
    """The pattern as a list in which `*` and `?` are wildcards and `=c` is the character c; `None` without a value."""
    result: list[str] = []
    while pattern:
        variable = re.match(r"\$\{([^}]*)\}", pattern)
        inner = variable[1] if variable else ""
        if variable and context is not None and (":" in inner or inner in ("*", "?", "$")):
            value = inner if ":" not in inner else variable_value(inner, context)
            if value is None:
                return None
            result += [f"={char}" for char in value]
            pattern = pattern[variable.end() :]
            continue
        char = pattern[0]
        result.append(char if wild and char in "*?" else f"={char}")
        pattern = pattern[1:]
    return result


def variable_value(inner: str, context: dict[str, list[str]]) -> str | None:
    key, comma, default = inner.partition(",")
    values = context.get(key.strip().lower()) or []
    if len(values) == 1:
        return values[0]
    return default.strip().strip("'") if comma else None


def like(pattern: list[str], value: str) -> bool:
    """Wildcards by dynamic programming over the lengths that are matched so far."""
    reached = {0}
    for token in pattern:
        if not reached:
            return False
        if token == "*":
            reached = set(range(min(reached), len(value) + 1))
        elif token == "?":
            reached = {at + 1 for at in reached if at < len(value)}
        else:
            char = token[1:] if len(token) == 2 else token
            reached = {at + 1 for at in reached if at < len(value) and value[at] == char}
    return len(value) in reached


def arn_like(pattern: list[str], value: str) -> bool:
    sections: list[list[str]] = [[]]
    for token in pattern:
        if token in ("=:", ":") and len(sections) < 6:
            sections.append([])
        else:
            sections[-1].append(token)
    if len(sections) < 6:
        return like(pattern, value)
    parts = value.split(":", 5)
    return len(parts) == 6 and all(like(each, part) for each, part in zip(sections, parts, strict=True))


def inside(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_network(value).subnet_of(ipaddress.ip_network(wanted, strict=False))  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False


def number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def moment(value: str) -> float | None:
    if re.fullmatch(r"\d{5,}(\.\d+)?", value):
        return float(value)
    try:
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
