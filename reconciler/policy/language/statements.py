"""SCPs and RCPs as frozen values.

`parse` never raises: what is not of the expected shape is left out, so the analysis works on every live document;
`lint.check` reports whether a document is acceptable. Grammar:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from reconciler.model.base import Json
from reconciler.model.document import listed, texts

Effect = Literal["Allow", "Deny"]
Qualifier = Literal["ForAllValues", "ForAnyValue"]
ValueShape = Literal["string", "number", "date", "bool", "binary", "ip", "arn"]

LANGUAGE_VERSION = "2012-10-17"
OLD_LANGUAGE_VERSION = "2008-10-17"

_OPERATORS: dict[ValueShape, str] = {
    "string": "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike",
    "number": "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan "
    "NumericGreaterThanEquals",
    "date": "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals",
    "bool": "Bool Null",
    "binary": "BinaryEquals",
    "ip": "IpAddress NotIpAddress",
    "arn": "ArnEquals ArnLike ArnNotEquals ArnNotLike",
}
OPERATORS: dict[str, ValueShape] = {name: shape for shape, names in _OPERATORS.items() for name in names.split()}
"""Every condition operator without its qualifier and `IfExists`, with the shape of its values:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""

NEGATED = frozenset(name for name in OPERATORS if "Not" in name)

_RCP_SERVICES = """
    aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch cloudtrail-data
    codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend comprehendmedical
    compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms gamelift health
    inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch pca-connector-ad
    personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin sqs sts support
    swf textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray
    """
RCP_SERVICES = frozenset(_RCP_SERVICES.split())
"""Service prefixes that RCPs reach (checked 2026-09-26; the list grows):
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""

_BY_LOWER_CASE = {name.lower(): name for name in OPERATORS}
_OPERATOR = re.compile(r"(?:(?P<qualifier>forallvalues|foranyvalue):)?(?P<name>[a-z]+?)(?P<exists>ifexists)?", re.I)


@dataclass(frozen=True, slots=True)
class Operator:
    """One condition operator: `name` is `StringNotEquals` for `ForAnyValue:StringNotEqualsIfExists`."""

    name: str
    qualifier: Qualifier | None = None
    if_exists: bool = False

    def __str__(self) -> str:
        return f"{self.qualifier + ':' if self.qualifier else ''}{self.name}{'IfExists' if self.if_exists else ''}"

    @property
    def negated(self) -> bool:
        return self.name in NEGATED


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one key: true where any of the values matches (none of them, for a negated operator).
    `operator` is `None` where its name is not known."""

    operator: Operator | None
    key: str
    values: tuple[str, ...]
    written: str
    """The operator as it is written."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Exactly one of `actions` and `not_actions`, and one of `resources` and `not_resources`, is a
    tuple where the document is acceptable."""

    index: int
    sid: str | None
    effect: Effect
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[Condition, ...] = ()
    variables: bool = True
    """Whether `${...}` is a policy variable, which it is not in the language of 2008."""

    @property
    def name(self) -> str | int:
        """Its Sid, or its number counting from 1."""
        return self.sid or self.index + 1

    @property
    def label(self) -> str:
        """Its name in messages: its Sid, or `statement 1`."""
        return self.sid or f"statement {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class PolicyDocument:
    """A parsed SCP or RCP. Two of them are never equal, so that what is known about one is found by identity."""

    version: str
    statements: tuple[Statement, ...]

    @property
    def restricts(self) -> bool:
        """Whether it is anything else than the service's own full access."""
        return any(each.effect == "Deny" or each.actions != ("*",) for each in self.statements)


def parse(type_short: str, document: Json) -> PolicyDocument:
    """The document of an SCP or RCP as the service reads it; documents of other types have no statements."""
    if type_short not in ("scp", "rcp") or not isinstance(document, dict):
        return PolicyDocument(LANGUAGE_VERSION, ())
    version = document.get("Version")
    version = version if isinstance(version, str) else OLD_LANGUAGE_VERSION
    statements = tuple(
        _statement(index, each, version != OLD_LANGUAGE_VERSION)
        for index, each in enumerate(listed(document.get("Statement", [])))
        if isinstance(each, dict) and each.get("Effect") in ("Allow", "Deny")
    )
    return PolicyDocument(version, statements)


def parse_operator(written: str) -> Operator | None:
    """The operator in `Condition`, or `None` where it is not one (`NullIfExists` is not)."""
    match = _OPERATOR.fullmatch(written)
    name = _BY_LOWER_CASE.get(match["name"].lower()) if match else None
    if match is None or name is None or (name == "Null" and match["exists"]):
        return None
    qualifier: Qualifier | None = None
    if match["qualifier"]:
        qualifier = "ForAllValues" if match["qualifier"].lower() == "forallvalues" else "ForAnyValue"
    return Operator(name, qualifier, bool(match["exists"]))


def _statement(index: int, written: dict[str, Json], variables: bool) -> Statement:
    sid = written.get("Sid")
    return Statement(
        index=index,
        sid=sid if isinstance(sid, str) and sid else None,
        effect="Deny" if written["Effect"] == "Deny" else "Allow",
        actions=_patterns(written, "Action"),
        not_actions=_patterns(written, "NotAction"),
        resources=_patterns(written, "Resource"),
        not_resources=_patterns(written, "NotResource"),
        conditions=tuple(_conditions(written.get("Condition"))),
        variables=variables,
    )


def _patterns(written: dict[str, Json], element: str) -> tuple[str, ...] | None:
    if element not in written:
        return None
    return tuple(each for each in listed(written[element]) if isinstance(each, str))


def _conditions(written: Json) -> list[Condition]:
    if not isinstance(written, dict):
        return []
    return [
        Condition(parse_operator(operator), key, texts(values), operator)
        for operator, keys in written.items()
        if isinstance(keys, dict)
        for key, values in keys.items()
    ]
