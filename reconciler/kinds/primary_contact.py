"""Primary contacts: the person and the address that AWS has for an account.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-primary.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from reconciler.errors import ServiceError
from reconciler.kinds import scalars as s
from reconciler.kinds.account_setting import AccountSetting, OfAccount, account_parameter, part
from reconciler.kinds.base import Call, Declaring, Ids, Reads, SpecSection
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change
from reconciler.model.reference import MANAGEMENT
from reconciler.model.resources import Label, Resource

_ABSENT = "ResourceNotFoundException"
_LINES = ("AddressLine1", "AddressLine2", "AddressLine3")
_STATE_REQUIRED = frozenset({"US", "CA", "GB", "DE", "JP", "IN", "BR"})
"""https://docs.aws.amazon.com/accounts/latest/reference/API_ContactInformation.html"""

Short = Annotated[
    str,
    StringConstraints(pattern=r"\S", max_length=50),
    s.Expected("a text of 1 to 50 characters"),
]
Line = Annotated[
    str,
    StringConstraints(pattern=r"\S", max_length=60),
    s.Expected("a line of 1 to 60 characters"),
]
Website = Annotated[
    str,
    StringConstraints(pattern=r"\S", max_length=256),
    s.Expected("a URL of 1 to 256 characters"),
]
PostalCode = Annotated[
    str,
    StringConstraints(pattern=r"\S", max_length=20),
    s.Expected("a postal code in quotes, at most 20 characters"),
]
Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2}$"),
    s.Expected("a country code of two letters, like `NL`", 'write its ISO code in quotes, like "NO"'),
]
Phone = Annotated[
    str,
    StringConstraints(pattern=r"^\+[ 0-9()-]*[0-9][ 0-9()-]*$", max_length=20),
    s.Expected(
        "a phone number of at most 20 characters that begins with `+`", 'write it in quotes, like "+31201234567"'
    ),
]


def _one_to_three(lines: list[str]) -> list[str]:
    if not 1 <= len(lines) <= 3:
        raise PydanticCustomError("size", "{what}", {"what": "a list of 1 to 3 lines", "help": None})
    return lines


Lines = Annotated[list[Line], AfterValidator(_one_to_three), Field(json_schema_extra={"minItems": 1, "maxItems": 3})]


class PrimaryContactShape(s.Shape):
    """The person and the address that AWS has for an account. A key that is left out is emptied."""

    full_name: Short = Field(description="The full name, at most 50 characters.", examples=["Shop BV"])
    address: Lines = Field(description="The lines of the address, one to three.", examples=[["Main street 1"]])
    city: Short = Field(description="The city.", examples=["Utrecht"])
    postal_code: PostalCode = Field(description="The postal code, in quotes.", examples=["3500 AA"])
    country: Country = Field(description="The country, by its code of two letters.", examples=["NL"])
    phone: Phone = Field(description="The phone number, in quotes, with its country code.", examples=["+31201234567"])
    state: Short | None = Field(default=None, description="The state or the region; some countries need it.")
    district: Short | None = Field(default=None, description="The district or the county.")
    company: Short | None = Field(default=None, description="The company.", examples=["Shop BV"])
    website: Website | None = Field(default=None, description="The URL of the website.")


def _not_none(value: object) -> object:
    if isinstance(value, str) and value == "none":
        help = "a primary contact cannot be deleted: remove the key to leave it alone"
        raise PydanticCustomError("expected", "{what}", {"what": "a mapping", "help": help})
    return value


class PrimaryContact(OfAccount):
    """The primary contact of an account. What it does not have is empty."""

    kind: ClassVar[str] = "contact"
    plural: ClassVar[str] = "contacts"
    prefix: ClassVar[str] = "contact"
    label: ClassVar[Label] = Label("primary contact", "primary contacts")
    full_name: str
    address_lines: tuple[str, ...]
    city: str
    state: str = ""
    district: str = ""
    postal_code: str
    country: str
    phone: str
    company: str = ""
    website: str = ""


_MEMBERS: Mapping[str, str] = MappingProxyType(
    {
        "full_name": "FullName",
        "city": "City",
        "state": "StateOrRegion",
        "district": "DistrictOrCounty",
        "postal_code": "PostalCode",
        "country": "CountryCode",
        "phone": "PhoneNumber",
        "company": "CompanyName",
        "website": "WebsiteUrl",
    }
)
"""The fields that are one text, with their names in the API."""


class PrimaryContactKind(AccountSetting):
    resource = PrimaryContact
    settings = ("",)
    section = SpecSection(
        "contact",
        Annotated[PrimaryContactShape, BeforeValidator(_not_none)],
        "The primary contact, replaced as a whole. Unset: left alone.",
        (
            {
                "full_name": "Shop BV", "address": ["Main street 1"], "city": "Utrecht", "postal_code": "3500 AA",
                "country": "NL", "phone": "+31201234567",
            },
        ),
        of="account",
    )  # fmt: skip
    operations = (
        Operation(
            "account:GetContactInformation", 10, 15,
            Answer("ContactInformation", dict, MappingProxyType({"FullName": str, "AddressLine1": str})),
        ),
        Operation("account:PutContactInformation", 5, 8, writes=True),
    )  # fmt: skip
    codes = (
        Code(
            code="W340",
            severity="warning",
            title="A primary contact without a state",
            explanation="AWS requires `state` in addresses of Brazil, Canada, Germany, India, Japan, the United Kingdom"
            " and the United States.",
        ),
    )

    def declare(self, value: PrimaryContactShape, spec: Declaring) -> Iterator[PrimaryContact]:
        assert spec.owner is not None
        owner = spec.owner.address
        texts: dict[str, Any] = {name: (getattr(value, name) or "").strip() for name in _MEMBERS}
        texts["country"] = texts["country"].upper()
        if texts["country"] in _STATE_REQUIRED and not texts["state"]:
            spec.add("W340", f"an address in {texts['country']} needs a `state`", "country", help="add `state:`")
        yield PrimaryContact(
            address=PrimaryContact.at(owner),
            account=owner,
            address_lines=tuple(each.strip() for each in value.address),
            source=spec.source(),
            **texts,
        )

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        contact = next(each for each in resources if isinstance(each, PrimaryContact))
        found = {name: value for name, value in contact.fields().items() if value}
        lines: Json = [*contact.address_lines]
        return {"address" if key == "address_lines" else key: found[key] for key in found} | {"address": lines}

    def parts(self, value: PrimaryContactShape, spec: Declaring) -> tuple[str, ...]:
        assert spec.owner is not None
        return (part(PrimaryContact, spec.owner.address),)

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[PrimaryContact]:
        for each in parts:
            _, id = each.split("/")
            try:
                parameter = account_parameter(id, reads.organization.management_account_id)
                answer = reads.call("account:GetContactInformation", parameter)
            except ServiceError as error:
                if error.code != _ABSENT:
                    raise
                continue
            yield contact_of(id, answer["ContactInformation"])

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        contact = change.after
        assert isinstance(contact, PrimaryContact)
        account = account_parameter(ids[contact.account], ids[MANAGEMENT])
        yield Call("account:PutContactInformation", {"ContactInformation": members_of(contact), **account})


def contact_of(account_id: str, members: Mapping[str, Any]) -> PrimaryContact:
    """The contact in an answer of the service."""
    account = addresses.account(account_id)
    texts: dict[str, Any] = {name: str(members.get(member, "")).strip() for name, member in _MEMBERS.items()}
    lines = tuple(str(members[line]).strip() for line in _LINES if members.get(line))
    return PrimaryContact(address=PrimaryContact.at(account), account=account, address_lines=lines, **texts)


def members_of(contact: PrimaryContact) -> dict[str, str]:
    """The contact as the service has it, without what is empty."""
    texts = {member: getattr(contact, name) for name, member in _MEMBERS.items()}
    lines = dict(zip(_LINES, contact.address_lines, strict=False))
    return {member: text for member, text in {**texts, **lines}.items() if text}
