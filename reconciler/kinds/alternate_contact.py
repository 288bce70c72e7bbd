"""Alternate contacts: the recipients of AWS's messages about billing, operations and security of an account.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from reconciler.errors import ServiceError
from reconciler.kinds import scalars as s
from reconciler.kinds.account_setting import AccountSetting, OfAccount, account_parameter, part
from reconciler.kinds.base import Call, Declaring, Ids, Reads, SpecSection
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change
from reconciler.model.reference import MANAGEMENT
from reconciler.model.resources import Label, Resource

TYPES = ("billing", "operations", "security")
_ABSENT = "ResourceNotFoundException"
_MEMBERS: Mapping[str, str] = MappingProxyType(
    {"name": "Name", "title": "Title", "email": "EmailAddress", "phone": "PhoneNumber"}
)
"""The fields, with their names in the API."""

ContactName = Annotated[
    str,
    StringConstraints(pattern=r"^.*\S.*$", max_length=64),
    s.Expected("a name of at most 64 characters, not only blanks"),
]
ContactTitle = Annotated[
    str,
    StringConstraints(pattern=r"^.*\S.*$", max_length=50),
    s.Expected("a title of at most 50 characters, not only blanks"),
]
ContactEmail = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Za-z_+=.#|!&-]+@[0-9A-Za-z_.-]+\.[0-9A-Za-z_]+$", max_length=254),
    s.Expected("an e-mail address of at most 254 characters"),
]
ContactPhone = Annotated[
    str,
    StringConstraints(pattern=r"^[ 0-9()+-]*[0-9][ 0-9()+-]*$", max_length=25),
    s.Expected("a phone number: at most 25 digits, blanks and `()+-`", 'write it in quotes, like "+31201234567"'),
]


class ContactShape(s.Shape):
    """A person or a team that AWS can reach."""

    name: ContactName = Field(description="The name, at most 64 characters.", examples=["SOC"])
    title: ContactTitle = Field(description="The title, at most 50 characters.", examples=["On call"])
    email: ContactEmail = Field(description="The e-mail address.", examples=["soc@example.com"])
    phone: ContactPhone = Field(description="The phone number, in quotes.", examples=["+31201234567"])


_Type = Annotated[Literal["billing", "operations", "security"], s.Choice(TYPES)]
_Contact: Any = s.or_none(ContactShape)


def _all_types(contacts: dict[str, Any]) -> dict[str, Any]:
    """An empty mapping is short for `none` for each type."""
    return contacts or dict.fromkeys(TYPES, "none")


class AlternateContact(OfAccount):
    """The contact of an account for one `setting`: billing, operations or security."""

    kind: ClassVar[str] = "alternate_contact"
    plural: ClassVar[str] = "alternate_contacts"
    prefix: ClassVar[str] = "alternate_contact"
    label: ClassVar[Label] = Label("alternate contact", "alternate contacts")
    name: str
    title: str
    email: str
    phone: str


class AlternateContactKind(AccountSetting):
    resource = AlternateContact
    settings = TYPES
    needs_all_features = True
    max_deletes = (50, "Alternate contacts.")
    section = SpecSection(
        "alternate_contacts",
        Annotated[dict[_Type, _Contact], AfterValidator(_all_types)],
        "Alternate contacts by type: billing, operations, security. A type that is absent is left alone, `none` is "
        "deleted; `{}`: all three are.",
        ({"security": {"name": "SOC", "title": "On call", "email": "soc@example.com", "phone": "+31201234567"}},),
        of="account",
        defaults=True,
    )
    operations = (
        Operation(
            "account:GetAlternateContact", 10, 10,
            Answer("AlternateContact", dict, MappingProxyType({"EmailAddress": str, "Name": str})),
        ),
        Operation("account:PutAlternateContact", 5, 8, writes=True),
        Operation("account:DeleteAlternateContact", 1, 6, writes=True),
    )  # fmt: skip

    def declare(self, value: Mapping[str, ContactShape | str], spec: Declaring) -> Iterator[AlternateContact]:
        assert spec.owner is not None
        for setting, contact in value.items():
            if isinstance(contact, ContactShape):
                yield AlternateContact(
                    address=AlternateContact.at(spec.owner.address, setting),
                    account=spec.owner.address,
                    setting=setting,
                    name=contact.name.strip(),
                    title=contact.title.strip(),
                    email=contact.email,
                    phone=contact.phone.strip(),
                    source=spec.source(setting),
                )

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        contacts = (each for each in resources if isinstance(each, AlternateContact))
        return {each.setting: each.fields() for each in sorted(contacts, key=lambda contact: contact.setting)}

    def parts(self, value: Mapping[str, Any], spec: Declaring) -> tuple[str, ...]:
        assert spec.owner is not None
        owner = spec.owner.address
        return tuple(part(AlternateContact, owner, each) for each in value)

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[AlternateContact]:
        for each in parts:
            _, id, setting = each.split("/")
            params = {
                "AlternateContactType": setting.upper(),
                **account_parameter(id, reads.organization.management_account_id),
            }
            try:
                found = reads.call("account:GetAlternateContact", params)["AlternateContact"]
            except ServiceError as error:
                if error.code != _ABSENT:
                    raise
                continue
            yield contact_of(id, setting, {member: str(text).strip() for member, text in found.items()})

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        contact = change.resource
        assert isinstance(contact, AlternateContact)
        account = account_parameter(ids[contact.account], ids[MANAGEMENT])
        params: dict[str, Any] = {"AlternateContactType": contact.setting.upper(), **account}
        if change.after is None:
            yield Call("account:DeleteAlternateContact", params, already=frozenset({_ABSENT}))
            return
        yield Call("account:PutAlternateContact", {**params, **members_of(contact)})


def contact_of(account_id: str, setting: str, members: Mapping[str, str]) -> AlternateContact:
    """The contact that the service has."""
    account = addresses.account(account_id)
    texts: dict[str, Any] = {name: members.get(member, "") for name, member in _MEMBERS.items()}
    return AlternateContact(address=AlternateContact.at(account, setting), account=account, setting=setting, **texts)


def members_of(contact: AlternateContact) -> dict[str, str]:
    """The contact as the service has it."""
    return {member: getattr(contact, name) for name, member in _MEMBERS.items()}
