"""The global condition keys, with the shape of their values and whether they have several at once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (checked 2026-09-26)
"""

from __future__ import annotations

from typing import Literal, NamedTuple

KeyShape = Literal[
    "text", "arn", "account", "organization", "path", "bool", "number", "date", "ip", "region", "service"
]


class GlobalKey(NamedTuple):
    """A key as the documentation writes it (`aws:PrincipalTag/` is for one key for each tag), the shape of its
    values, and whether a request has several of them."""

    name: str
    shape: KeyShape
    multivalued: bool


_ROWS: dict[KeyShape, str] = {
    "text": """
        aws:Ec2InstanceSourceVpc aws:FederatedProvider aws:PrincipalTag/ aws:PrincipalType aws:Referer
        aws:RequestTag/ aws:ResourceTag/ aws:SourceIdentity aws:SourceVpc aws:SourceVpce aws:TagKeys[] aws:UserAgent
        aws:userid aws:username
    """,
    "arn": "aws:ChatbotSourceArn aws:PrincipalArn aws:SignInSessionArn aws:SourceArn aws:SourceVpcArn",
    "account": "aws:PrincipalAccount aws:ResourceAccount aws:SourceAccount aws:VpceAccount",
    "organization": "aws:PrincipalOrgID aws:ResourceOrgID aws:SourceOrgID aws:VpceOrgID",
    "path": "aws:PrincipalOrgPaths[] aws:ResourceOrgPaths[] aws:SourceOrgPaths[] aws:VpceOrgPaths[]",
    "bool": """
        aws:AssumedRoot aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport
        aws:ViaAWSMCPService aws:ViaAWSService
    """,
    "number": "aws:MultiFactorAuthAge",
    "date": "aws:CurrentTime aws:EpochTime aws:TokenIssueTime",
    "ip": "aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp",
    "region": "aws:RequestedRegion",
    "service": """
        aws:CalledVia[] aws:CalledViaAWSMCP aws:CalledViaFirst aws:CalledViaLast aws:PrincipalServiceName
        aws:PrincipalServiceNamesList[]
    """,
}
"""Shape -> its keys; those marked with [] have several values in one request."""
GLOBAL_KEYS: dict[str, GlobalKey] = {
    name.lower().removesuffix("[]"): GlobalKey(name.removesuffix("[]"), shape, name.endswith("[]"))
    for shape, names in _ROWS.items()
    for name in sorted(names.split())
}
"""By the name in lower case: keys are case-insensitive."""


def global_key(written: str) -> GlobalKey | None:
    """The global key that this is: `aws:PrincipalTag/` for `aws:principaltag/team`."""
    lower = written.lower()
    prefix, slash, tag = lower.partition("/")
    return GLOBAL_KEYS.get(f"{prefix}/" if slash and tag else lower)
