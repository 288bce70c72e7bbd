"""moto's classes of an organization's resources, with overrides where they differ from the service.

They are constructed from given values (moto generates ids and times, and an IAM role in each account), have all policy
types of `model.policy_types`, and ARNs in the service's format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from moto.core.utils import utcnow
from moto.organizations.models import (
    FakeAccount,
    FakeOrganization,
    FakeOrganizationalUnit,
    FakePolicy,
    FakeRoot,
)

from reconciler.model.policy_types import POLICY_TYPES

MANAGED = {
    "FullAWSAccess": (
        "Allows access to every operation",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ),
    "RCPFullAWSAccess": (
        "Allows access to every resource",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    ),
}
"""Description and content of the policies that AWS manages."""

MANAGED_IDS = {row.default: f"p-{row.default}" for row in POLICY_TYPES if row.default}
"""The ids of the policies that AWS manages, by name."""

MANAGED = {
    "FullAWSAccess": (
        "Allows access to every operation",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ),
    "RCPFullAWSAccess": (
        "Allows access to every resource",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    ),
}
"""Description and content of the policies that AWS manages."""


class Organization(FakeOrganization):
    """An organization with given ids."""

    def __init__(self, id: str, root_id: str, management_account_id: str, email: str, feature_set: str) -> None:
        super().__init__(management_account_id, "us-east-1", feature_set)
        self.id = id
        self.root_id = root_id
        self.master_account_email = email


class Root(FakeRoot):
    """The root: it supports all policy types, and none is enabled at first."""

    SUPPORTED_POLICY_TYPES = [row.api for row in POLICY_TYPES]  # noqa: RUF012 - extends moto's table

    parent_id: str | None
    attached_policies: list[FakePolicy]

    def __init__(self, organization: FakeOrganization, tags: Mapping[str, str]) -> None:
        super().__init__(organization)
        self.tags = dict(tags)


class Unit(FakeOrganizationalUnit):
    """An OU."""

    name: str
    parent_id: str
    attached_policies: list[FakePolicy]

    def __init__(
        self, organization: FakeOrganization, *, id: str, name: str, parent_id: str, tags: Mapping[str, str]
    ) -> None:
        super().__init__(organization, Name=name, ParentId=parent_id)
        self.id = id
        self.tags = dict(tags)


class RegionSwitch(NamedTuple):
    """An opt-in Region of an account: whether it is enabled, and how many status reads show that it is still being
    switched."""

    enabled: bool
    reads_left: int


class Account(FakeAccount):
    """An account; `joined` counts seconds since 1970. moto's constructor is not called: it creates an IAM role."""

    parent_id: str
    attached_policies: list[FakePolicy]

    def __init__(
        self,
        organization: FakeOrganization,
        *,
        id: str,
        name: str,
        email: str,
        parent_id: str,
        joined: float,
        method: str,
        state: str = "ACTIVE",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.type = "ACCOUNT"
        self.region = organization.region
        self.organization_id = organization.id
        self.master_account_id = organization.master_account_id
        self.id = id
        self.name = name
        self.email = email
        self.joined = joined
        self.joined_method = method
        self.create_time = utcnow()
        self.parent_id = parent_id
        self.attached_policies = []
        self.tags = dict(tags or {})
        self.set_state(state)

    def set_state(self, state: str) -> None:
        """Set `State`, and the older `Status`, in which a closed account is SUSPENDED.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_account_state.html
        """
        self.state = state
        self.status = {"CLOSED": "SUSPENDED", "PENDING_ACTIVATION": "ACTIVE"}.get(state, state)

    def close(self) -> None:
        self.set_state("PENDING_CLOSURE")

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "JoinedTimestamp": self.joined}


class Policy(FakePolicy):
    """A policy of any type. Its ARN has the type in lower case, and no organization where AWS manages it.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_PolicySummary.html
    """

    name: str
    description: str
    content: str
    type: str

    def __init__(
        self,
        organization: FakeOrganization,
        *,
        id: str,
        type: str,
        name: str,
        content: str,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        aws_managed: bool = False,
    ) -> None:
        super().__init__(organization, Name=name, Content=content, Description=description, Type=_SUPPORTED_BY_MOTO)
        self.id = id
        self.type = type
        self.aws_managed = aws_managed
        self.tags = dict(tags or {})

    @property
    def arn(self) -> str:
        if self.aws_managed:
            return f"arn:aws:organizations::aws:policy/{self.type.lower()}/{self.id}"
        owner = f"arn:aws:organizations::{self.master_account_id}:policy/{self.organization_id}"
        return f"{owner}/{self.type.lower()}/{self.id}"


@dataclass
class ResourcePolicy:
    """The organization's resource policy."""

    id: str
    content: str
    tags: dict[str, str]


@dataclass
class CostCategory:
    """A cost category; `definition` has the rules, the default value and the split charges as the API has them."""

    name: str
    definition: dict[str, Any]
    tags: dict[str, str]
    used_for: tuple[str, ...] = ()


@dataclass
class BudgetNotification:
    """A notification of a budget with its subscribers, as the API has them."""

    notification: dict[str, Any]
    subscribers: list[dict[str, str]]


@dataclass
class Budget:
    """A budget; `definition` is as the API has it, without outputs."""

    definition: dict[str, Any]
    notifications: list[BudgetNotification]
    tags: dict[str, str]


Container = Root | Unit
Node = Root | Unit | Account

_SUPPORTED_BY_MOTO = "SERVICE_CONTROL_POLICY"
