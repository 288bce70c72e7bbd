"""The content of a new mocked organization."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.mock.identity_center import DEFAULT_REGION


@dataclass(frozen=True)
class Seed:
    """A new organization: all features, SCPs enabled, the management account and `accounts` (id, name, e-mail) in the
    root; `account_quota` is how many there may be, `None` for the default of AWS. The default `organization_id` is
    derived from the management account's id, so that equal seeds give equal organizations. IAM Identity Center is in
    `region`; its identity store has `groups` and `users`, by their names."""

    management_account_id: str = "123456789012"
    organization_id: str | None = None
    management_email: str = "management@example.com"
    accounts: tuple[tuple[str, str, str], ...] = ()
    account_quota: int | None = None
    region: str = DEFAULT_REGION
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
