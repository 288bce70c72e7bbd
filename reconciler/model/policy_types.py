"""Every policy type of the service, one row each; adding a type is adding a row.

Numbers are the defaults of the AWS Organizations quotas page (checked 2026-11-22); a spec overrides them in
`organization.quotas`. A limit of `None` is not published and left to the service.
"""

from __future__ import annotations

from typing import NamedTuple

from reconciler.model.document import Language


class PolicyTypeRow(NamedTuple):
    """One policy type.

    `short` is its name in a spec, `api` the member of the service's `PolicyType` enum, `label` how people say it,
    `language` the document kind, `max_characters` the size of the minified document, `max_attached` and `min_attached`
    the number attached directly to one node, `default` the managed policy which the service attaches everywhere,
    `default_detachable` whether that one may be detached, and `service` the principal whose trusted access is needed
    while the type is enabled (POLICY_TYPE_ENABLED_FOR_THIS_SERVICE of DisableAWSServiceAccess).
    """

    short: str
    api: str
    label: str
    language: Language
    max_characters: int | None
    max_attached: int | None
    min_attached: int = 0
    default: str | None = None
    default_detachable: bool = False
    service: str | None = None


POLICY_TYPES: tuple[PolicyTypeRow, ...] = (
    PolicyTypeRow(
        "scp", "SERVICE_CONTROL_POLICY", "SCP", "scp", 10_240, 10, 1, "FullAWSAccess", default_detachable=True
    ),
    PolicyTypeRow("rcp", "RESOURCE_CONTROL_POLICY", "RCP", "rcp", 5_120, 5, 1, "RCPFullAWSAccess"),
    PolicyTypeRow("tag", "TAG_POLICY", "tag policy", "declarative", 10_000, 10),
    PolicyTypeRow("backup", "BACKUP_POLICY", "backup policy", "declarative", 10_000, 10),
    PolicyTypeRow("ai_opt_out", "AISERVICES_OPT_OUT_POLICY", "AI opt-out policy", "declarative", 2_500, 5),
    PolicyTypeRow("chatbot", "CHATBOT_POLICY", "chat policy", "declarative", 10_000, 5),
    PolicyTypeRow("declarative_ec2", "DECLARATIVE_POLICY_EC2", "EC2 declarative policy", "declarative", 10_000, 10),
    PolicyTypeRow(
        "security_hub",
        "SECURITYHUB_POLICY",
        "Security Hub policy",
        "declarative",
        10_000,
        10,
        service="securityhub.amazonaws.com",
    ),
    PolicyTypeRow(
        "security_hub_cspm", "SECURITYHUB_CSPM_POLICY", "Security Hub CSPM policy", "declarative", None, None
    ),
    PolicyTypeRow(
        "inspector",
        "INSPECTOR_POLICY",
        "Inspector policy",
        "declarative",
        10_000,
        None,
        service="inspector2.amazonaws.com",
    ),
    PolicyTypeRow("upgrade_rollout", "UPGRADE_ROLLOUT_POLICY", "upgrade rollout policy", "declarative", 10_000, None),
    PolicyTypeRow("bedrock", "BEDROCK_POLICY", "Bedrock policy", "declarative", 10_000, None),
    PolicyTypeRow("s3", "S3_POLICY", "S3 policy", "declarative", None, None),
    PolicyTypeRow(
        "network_security_director",
        "NETWORK_SECURITY_DIRECTOR_POLICY",
        "Network Security Director policy",
        "declarative",
        None,
        None,
    ),
    PolicyTypeRow(
        "guardduty",
        "GUARDDUTY_POLICY",
        "GuardDuty policy",
        "declarative",
        None,
        None,
        service="guardduty.amazonaws.com",
    ),
)

BY_SHORT: dict[str, PolicyTypeRow] = {row.short: row for row in POLICY_TYPES}
BY_API: dict[str, PolicyTypeRow] = {row.api: row for row in POLICY_TYPES}
