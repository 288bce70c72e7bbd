"""Handshakes of the mocked organization: invitations, and the parties of the change to all features.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Handshake.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from reconciler.kinds.handshakes import RUNNING
from reconciler.mock.account_requests import Seconds
from reconciler.model.base import Frozen

DAY = 86_400
LIFETIME = {"INVITE": 15 * DAY}
"""Seconds until a handshake expires, by action. Observed against the live service, September 2026."""
LIFETIME_OF_ALL_FEATURES = 90 * DAY
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_org_support-all-features.html"""
KEPT = 30 * DAY
"""Seconds for which an ended handshake is listed."""


class Handshake(Frozen):
    """One handshake. `party` is the account, by id or e-mail, that is asked; times are seconds since 1970. One of a
    `parent` belongs to the change to all features."""

    id: str
    action: Literal["INVITE", "ENABLE_ALL_FEATURES", "APPROVE_ALL_FEATURES", "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE"]
    state: Literal["REQUESTED", "OPEN", "CANCELED", "ACCEPTED", "DECLINED", "EXPIRED"] = "OPEN"
    party: str | None = None
    requested: Seconds
    ended: Seconds | None = None
    parent: str | None = None
    notes: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def expires(self) -> float:
        """When it expires, in seconds since 1970."""
        return self.requested + LIFETIME.get(self.action, LIFETIME_OF_ALL_FEATURES)

    def describe(self, organization: str, management: Mapping[str, str]) -> dict[str, Any]:
        """The `Handshake` of the service. `management` has the id, the e-mail and the name of the management
        account. The parties are in no order: the one that is asked comes first."""
        asked = [{"Id": self.party, "Type": "EMAIL" if "@" in self.party else "ACCOUNT"}] if self.party else []
        resources: list[dict[str, Any]] = [
            {
                "Type": "ORGANIZATION",
                "Value": organization,
                "Resources": [
                    {"Type": "MASTER_EMAIL", "Value": management["email"]},
                    {"Type": "MASTER_NAME", "Value": management["name"]},
                ],
            },
            *({"Type": each["Type"], "Value": each["Id"]} for each in asked),
            *([{"Type": "NOTES", "Value": self.notes}] if self.notes else []),
            *([{"Type": "PARENT_HANDSHAKE", "Value": self.parent}] if self.parent else []),
        ]
        owner = f"arn:aws:organizations::{management['id']}:handshake/{organization}"
        return {
            "Id": self.id,
            "Arn": f"{owner}/{self.action.lower()}/{self.id}",
            "Parties": [*asked, {"Id": organization.removeprefix("o-"), "Type": "ORGANIZATION"}],
            "State": self.state,
            "RequestedTimestamp": datetime.fromtimestamp(self.requested, UTC),
            "ExpirationTimestamp": datetime.fromtimestamp(self.expires, UTC),
            "Action": self.action,
            "Resources": resources,
        }
