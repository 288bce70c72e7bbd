"""The base of kinds whose things belong to single accounts and are read one by one: contacts, opt-in Regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field

from reconciler.kinds.base import Comparison, UnmanagedRules
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import NOT_COMPARED, Warning_
from reconciler.model.resources import Account, Resource

SERVICE = "account.amazonaws.com"
"""Member accounts can be read and changed only with trusted access of this service.
https://docs.aws.amazon.com/accounts/latest/reference/using-orgs-trusted-access.html"""


class OfAccount(Resource):
    """Something that an account has, by the `setting`'s name (`security`). Its address is `PREFIX:ACCOUNT/SETTING`, or
    `PREFIX:ACCOUNT` for what an account has one of."""

    identified = False
    identity = Resource.identity | {"account", "setting"}
    account: Address
    setting: str = Field(default="", exclude_if=lambda value: not value)

    @classmethod
    def at(cls, account: Address, setting: str = "") -> Address:
        return f"{cls.prefix}:{_path(account, setting)}"

    @property
    def part(self) -> str:
        """The part of the scope that it is."""
        return part(type(self), self.account, self.setting)

    def references(self) -> tuple[Address, ...]:
        return (self.account,)

    def follows(self) -> tuple[Address, ...]:
        return (addresses.trusted_access(SERVICE),)

    def readdressed(self, names: Mapping[Address, Address]) -> Self:
        account = names.get(self.account, self.account)
        return self.model_copy(update={"address": self.at(account, self.setting), "account": account})

    @property
    def display_name(self) -> str:
        account = addresses.local(self.account)
        return f"{self.setting} of {account}" if self.setting else f"of {account}"


class AccountSetting(DeclaredSet):
    """A kind of which a spec names single things of single accounts. What it does not name is left alone and not read;
    what it names as `none` is deleted. In a snapshot that does not have it, a thing is unknown and not compared.

    `settings` are the names of all things that an account can have, where they are few and known beforehand; one thing
    without a name is `""`."""

    settings: ClassVar[tuple[str, ...]] = ()

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        """The account and, where it has several of the kind, which one."""
        assert isinstance(resource, OfAccount)
        account = ids.get(resource.account)
        return (account, *([resource.setting] if resource.setting else [])) if account else None

    def part_of(self, resource: Resource) -> str:
        assert isinstance(resource, OfAccount)
        return resource.part

    def deletes(self, existing: Resource, desired: Inventory, policies: UnmanagedRules) -> bool:
        return True

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        """What is not known is not compared; where this plan enables what its read needs, it is written all the same,
        for writing it twice does no harm."""
        found = super().compare(desired, live, policies)
        accounts = {each.address: each for each in live.of(Account)}
        wanted, enabled = (
            any(each.principal == SERVICE for each in side.of(TrustedAccess)) for side in (desired, live)
        )
        kept = []
        for change in found.changes:
            setting = change.resource
            assert isinstance(setting, OfAccount)
            account = accounts.get(setting.account)
            if account is not None and account.is_closed:
                continue
            known = account is None or live.scope.has_part(
                part(self.resource, addresses.account(str(account.id)), setting.setting)
            )
            if known or (wanted and not enabled and change.after is not None):
                kept.append(change)
            else:
                text = f"{change.address} is not compared: it was not read"
                found.warnings.append(
                    Warning_(code=NOT_COMPARED, message=text, address=change.address, source=change.source)
                )
        found.changes = kept
        return found


def part(resource: type[Resource], account: Address, setting: str = "") -> str:
    """The part of the scope that one thing of an account is."""
    return f"{resource.plural}/{_path(account, setting)}"


def _path(account: Address, setting: str) -> str:
    return f"{addresses.local(account)}/{setting}" if setting else addresses.local(account)


def account_parameter(account_id: str, management_account_id: str | None) -> dict[str, str]:
    """The `AccountId` of an operation of Account Management: the management account leaves out its own.
    https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html"""
    return {} if account_id == management_account_id else {"AccountId": account_id}
