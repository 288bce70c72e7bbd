"""The global condition keys, with the shape of their values and whether they have several at once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (checked 2026-09-26)
"""

from __future__ import annotations

from typing import Literal, NamedTuple

KeyShape = Literal[
    "text", "arn", "account", "organization", "path", "bool", "number", "date", "ip", "region", "service"
]


class GlobalKey(NamedTuple):
    """A key as the documentation writes it (`aws:PrincipalTag/` stands for one key for each tag), the shape of its
    values, and whether a request has several of them."""

    name: str
    shape: KeyShape = "text"
    multivalued: bool = False


_ROWS = (
    GlobalKey("aws:AssumedRoot", "bool"),
    GlobalKey("aws:CalledVia", "service", True),
    GlobalKey("aws:CalledViaAWSMCP", "service"),
    GlobalKey("aws:CalledViaFirst", "service"),
    GlobalKey("aws:CalledViaLast", "service"),
    GlobalKey("aws:ChatbotSourceArn", "arn"),
    GlobalKey("aws:CurrentTime", "date"),
    GlobalKey("aws:Ec2InstanceSourcePrivateIPv4", "ip"),
    GlobalKey("aws:Ec2InstanceSourceVpc"),
    GlobalKey("aws:EpochTime", "date"),
    GlobalKey("aws:FederatedProvider"),
    GlobalKey("aws:MultiFactorAuthAge", "number"),
    GlobalKey("aws:MultiFactorAuthPresent", "bool"),
    GlobalKey("aws:PrincipalAccount", "account"),
    GlobalKey("aws:PrincipalArn", "arn"),
    GlobalKey("aws:PrincipalIsAWSService", "bool"),
    GlobalKey("aws:PrincipalOrgID", "organization"),
    GlobalKey("aws:PrincipalOrgPaths", "path", True),
    GlobalKey("aws:PrincipalServiceName", "service"),
    GlobalKey("aws:PrincipalServiceNamesList", "service", True),
    GlobalKey("aws:PrincipalTag/"),
    GlobalKey("aws:PrincipalType"),
    GlobalKey("aws:Referer"),
    GlobalKey("aws:RequestedRegion", "region"),
    GlobalKey("aws:RequestTag/"),
    GlobalKey("aws:ResourceAccount", "account"),
    GlobalKey("aws:ResourceOrgID", "organization"),
    GlobalKey("aws:ResourceOrgPaths", "path", True),
    GlobalKey("aws:ResourceTag/"),
    GlobalKey("aws:SecureTransport", "bool"),
    GlobalKey("aws:SignInSessionArn", "arn"),
    GlobalKey("aws:SourceAccount", "account"),
    GlobalKey("aws:SourceArn", "arn"),
    GlobalKey("aws:SourceIdentity"),
    GlobalKey("aws:SourceIp", "ip"),
    GlobalKey("aws:SourceOrgID", "organization"),
    GlobalKey("aws:SourceOrgPaths", "path", True),
    GlobalKey("aws:SourceVpc"),
    GlobalKey("aws:SourceVpcArn", "arn"),
    GlobalKey("aws:SourceVpce"),
    GlobalKey("aws:TagKeys", "text", True),
    GlobalKey("aws:TokenIssueTime", "date"),
    GlobalKey("aws:UserAgent"),
    GlobalKey("aws:userid"),
    GlobalKey("aws:username"),
    GlobalKey("aws:ViaAWSMCPService", "bool"),
    GlobalKey("aws:ViaAWSService", "bool"),
    GlobalKey("aws:VpceAccount", "account"),
    GlobalKey("aws:VpceOrgID", "organization"),
    GlobalKey("aws:VpceOrgPaths", "path", True),
    GlobalKey("aws:VpcSourceIp", "ip"),
)
GLOBAL_KEYS: dict[str, GlobalKey] = {row.name.lower(): row for row in _ROWS}
"""By the name in lower case: keys do not mind the case."""


def global_key(written: str) -> GlobalKey | None:
    """The global key that this is: `aws:PrincipalTag/` for `aws:principaltag/team`."""
    lower = written.lower()
    prefix, slash, tag = lower.partition("/")
    return GLOBAL_KEYS.get(f"{prefix}/" if slash and tag else lower)
