"""Checks of policies by AWS itself, for `--online` and `--lookback`. Nothing here changes anything.

- IAM Access Analyzer checks one document:
  https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
- IAM's policy simulator decides one request by the SCPs above an account:
  https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
- CloudTrail's event history has the calls of one account in one region, of the last 90 days:
  https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from reconciler.aws.pages import pages
from reconciler.errors import ReadFailed
from reconciler.model.address import Address
from reconciler.model.api import REGION, Api
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code, Finding, Severity
from reconciler.model.document import minified, statements_in
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.reference import resolved

SimulatorDecision = Literal["allowed", "explicitDeny", "implicitDeny"]

KEPT_DAYS = 90
"""How far back the event history goes."""

_FINDING = {"ERROR": "A001", "SECURITY_WARNING": "A002", "WARNING": "A003", "SUGGESTION": "A004"}


def _code(code: str, severity: Severity, title: str, explanation: str) -> Code:
    more = " The message ends with Access Analyzer's own code, and the help links to its explanation."
    return Code(code=code, severity=severity, title=f"Access Analyzer: {title}", explanation=explanation + more)


CODES: tuple[Code, ...] = (
    _code("A001", "error", "an error", "A part of the policy does not work, or the service would refuse it."),
    _code(
        "A002",
        "warning",
        "a security warning",
        "The policy allows more than AWS recommends. If that is intended, name the code in the policy's `lint`.",
    ),
    _code(
        "A003",
        "warning",
        "a warning",
        "The policy departs from AWS's advice in something that is not about security.",
    ),
    _code("A004", "warning", "a suggestion", "The policy could be written better; what it means would not change."),
)
"""What `validate --online` can report."""

_STAND_INS = {
    "account": "111122223333",
    "management": "111122223333",
    "organization": "o-a1b2c3d4e5",
    "root": "r-a1b2",
    "ou": "ou-a1b2-c3d4e5f6",
}
"""For ids that are not known yet: valid in form, and in use nowhere."""


def findings(api: Api, type_short: str, document: Json) -> Iterator[Finding]:
    """The findings of Access Analyzer on an SCP or RCP; none for a policy of another type."""
    if type_short not in ("scp", "rcp"):
        return
    params = {
        "policyType": BY_SHORT[type_short].api,
        "policyDocument": minified(resolved(document, _stand_in)),
    }
    for page in pages(api, "accessanalyzer:ValidatePolicy", params, "nextToken"):
        yield from map(_finding, page["findings"])


def _stand_in(address: Address) -> str | None:
    return _STAND_INS.get(address.partition(":")[0])


def _finding(found: Mapping[str, Any]) -> Finding:
    code = _FINDING.get(found["findingType"], "A003")
    path = next((each["path"] for each in found.get("locations", ())), ())
    steps = (each.get("index", each.get("key") or each.get("value")) for each in path)
    return Finding(
        code=code,
        severity="error" if code == "A001" else "warning",
        message=f"{found['findingDetails'].rstrip('.')} ({found['issueCode']})",
        path=tuple(each for each in steps if each is not None),
        help=f"see {found['learnMoreLink']}",
    )


def simulated(
    api: Api,
    action: str,
    *,
    scps: Sequence[Sequence[Json]],
    identity_policy: Json,
    resource: str | None = None,
    context: Mapping[str, Sequence[str]] | None = None,
) -> SimulatorDecision:
    """The answer of IAM's simulator to a caller with this identity policy. `scps` are the documents at each level, the
    root's first, the account's own last. A context key that is not given is absent."""
    documents = [identity_policy, *(each for level in scps for each in level)]
    types = _types(documents)
    params: dict[str, Any] = {
        "PolicyInputList": [_ascii(identity_policy)],
        "ActionNames": [action],
        "ContextEntries": [_entry(key, values, types) for key, values in (context or {}).items() if values],
    }
    if scps:
        levels = [{"ServiceControlPolicyInputList": list(map(_ascii, level))} for level in scps]
        params["OrderedOrganizationPolicyInputList"] = levels
    if resource is not None:
        params["ResourceArns"] = [resource]
    answer = api.call("iam:SimulateCustomPolicy", params)
    decision: SimulatorDecision = answer["EvaluationResults"][0]["EvalDecision"]
    return decision


def _entry(key: str, values: Sequence[str], types: Mapping[str, str]) -> dict[str, object]:
    kind = types.get(key.lower(), "string")
    if len(values) > 1:
        kind = f"{kind.removesuffix('List')}List"
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": kind}


def _ascii(document: Json) -> str:
    """The simulator takes Latin-1 only; everything else as an escape is the same JSON."""
    return json.dumps(document, separators=(",", ":"))


_OPERATORS = {"Numeric": "numeric", "Date": "date", "Bool": "boolean", "Binary": "binary", "Ip": "ip", "NotIp": "ip"}
"""How the names of operators begin, and the type of the keys that they compare."""


def _types(documents: Sequence[Json]) -> dict[str, str]:
    """The type of each condition key (in lower case) that some operator takes for other than one text."""
    found: dict[str, str] = {}
    for document in documents:
        for statement in statements_in(document):
            condition = statement.get("Condition")
            for operator, keys in condition.items() if isinstance(condition, dict) else ():
                of_set, _, name = operator.rpartition(":")
                kind = next((kind for start, kind in _OPERATORS.items() if name.startswith(start)), "string")
                kind += "List" * bool(of_set)
                if kind != "string" and isinstance(keys, dict):
                    found.update(dict.fromkeys(map(str.lower, keys), kind))
    return found


def recorded_calls(
    api: Api,
    since: datetime,
    *,
    most: int,
    cut: Callable[[datetime], None],
    source: str | None = None,
    region: str | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The CloudTrail records since then, the newest first: of one event source (`organizations.amazonaws.com`) and of
    another Region than the configured one, where these are given. Where there are more than `most`, `cut` gets the time
    of the first one that is left out."""
    seen = 0
    params: dict[str, Any] = {"StartTime": since, "MaxResults": 50}
    if source is not None:
        params["LookupAttributes"] = [{"AttributeKey": "EventSource", "AttributeValue": source}]
    if region is not None:
        params[REGION] = region
    for page in pages(api, "cloudtrail:LookupEvents", params):
        for event in page["Events"]:
            if seen == most:
                cut(event["EventTime"])
                return
            seen += 1
            yield _record(event["CloudTrailEvent"])


def _record(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadFailed(f"cloudtrail:LookupEvents answered with a record that is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ReadFailed("cloudtrail:LookupEvents answered with a record that is not a JSON object")
    return found
