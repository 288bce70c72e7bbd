"""Services whose delegated administrator is designated by an operation of their own.

Registering the account with AWS Organizations lets it read the organization, and is not enough for these services.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Designation(NamedTuple):
    """The command of the AWS CLI that designates an account, up to its id, and where it is called."""

    command: str
    where: str = "in each Region"


DESIGNATIONS: Mapping[str, Designation] = MappingProxyType(
    {
        "auditmanager.amazonaws.com": Designation(
            "auditmanager register-organization-admin-account --admin-account-id"
        ),
        "cloudtrail.amazonaws.com": Designation(
            "cloudtrail register-organization-delegated-admin --member-account-id", "in one Region"
        ),
        "detective.amazonaws.com": Designation("detective enable-organization-admin-account --account-id"),
        "fms.amazonaws.com": Designation("fms associate-admin-account --admin-account", "in us-east-1"),
        "guardduty.amazonaws.com": Designation("guardduty enable-organization-admin-account --admin-account-id"),
        "inspector2.amazonaws.com": Designation(
            "inspector2 enable-delegated-admin-account --delegated-admin-account-id"
        ),
        "ipam.amazonaws.com": Designation(
            "ec2 enable-ipam-organization-admin-account --delegated-admin-account-id", "in one Region"
        ),
        "macie.amazonaws.com": Designation("macie2 enable-organization-admin-account --admin-account-id"),
        "securityhub.amazonaws.com": Designation("securityhub enable-organization-admin-account --admin-account-id"),
        "securitylake.amazonaws.com": Designation(
            "securitylake register-data-lake-delegated-administrator --account-id"
        ),
    }
)
"""By the principal."""
