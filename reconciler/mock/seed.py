"""What a new mocked organization begins with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seed:
    """The organization that a mock creates where it finds none: all features, SCPs enabled, the management account
    and `accounts` (id, name, e-mail) in the root. Without an `organization_id` it is derived from the management
    account's, so the same seed always makes the same organization."""

    management_account_id: str = "123456789012"
    organization_id: str | None = None
    management_email: str = "management@example.com"
    accounts: tuple[tuple[str, str, str], ...] = ()
