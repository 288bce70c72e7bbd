"""AWS Account Management."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.kinds import alternate_contact, primary_contact
from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.kinds.primary_contact import PrimaryContact
from reconciler.kinds.region import Region
from reconciler.mock.backend import Backend
from reconciler.mock.other_services import account_regions
from reconciler.mock.other_services.account_members import named_account, trusted_account
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from reconciler.model.address import Address
from reconciler.model.api import Params, Response

_FORMS = {"EmailAddress": r"\s*[\w+=.#|!&-]+@[\w.-]+\.\w+\s*", "PhoneNumber": r"[\s0-9()+-]{1,25}"}
_FIRST_CONTACT = {
    "AddressLine1": "410 Terry Avenue North", "City": "Seattle", "StateOrRegion": "WA", "PostalCode": "98109-5210",
    "CountryCode": "US", "PhoneNumber": "+12065550100",
}  # fmt: skip
"""The contact of an account, besides its name, until one is set."""


def put_account_name(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html"""
    named_account(organization, params).name = params["AccountName"]
    return {}


def get_alternate_contact(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html"""
    return {"AlternateContact": {**_contact(organization, params), "AlternateContactType": _type(params)}}


def put_alternate_contact(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutAlternateContact.html

    The e-mail is trimmed, nothing else is (observed against the live service, September 2026).
    """
    account, type = trusted_account(organization, params), _type(params)
    fields = {name: params[name] for name in ("Name", "Title", "EmailAddress", "PhoneNumber")}
    for name, form in _FORMS.items():
        if not re.fullmatch(form, fields[name]):
            raise Refusal("ValidationException", f"{name} does not match {form}")
    fields["EmailAddress"] = fields["EmailAddress"].strip()
    organization.alternate_contacts.setdefault(account.id, {})[type] = fields
    return {}


def delete_alternate_contact(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_DeleteAlternateContact.html"""
    _contact(organization, params)
    del organization.alternate_contacts[trusted_account(organization, params).id][_type(params)]
    return {}


def get_contact_information(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_GetContactInformation.html"""
    account = trusted_account(organization, params)
    found = organization.contacts.get(account.id, {**_FIRST_CONTACT, "FullName": str(account.name)})
    return {"ContactInformation": dict(found)}


def put_contact_information(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutContactInformation.html

    The whole contact is replaced, values are trimmed, and the country is made upper case (observed against the live
    service, September 2026).
    """
    account = trusted_account(organization, params)
    fields = {name: str(value).strip() for name, value in params["ContactInformation"].items()}
    if blank := next((name for name, value in fields.items() if not value), None):
        raise Refusal("ValidationException", f"{blank} is blank")
    organization.contacts[account.id] = {**fields, "CountryCode": fields["CountryCode"].upper()}
    return {}


def to_resources(organization: Backend) -> Iterator[AlternateContact | PrimaryContact | Region]:
    """The resources of a snapshot; primary contacts that were never set are left out."""
    for id, members in organization.contacts.items():
        yield primary_contact.contact_of(id, members)
    yield from account_regions.to_resources(organization)
    for id, contacts in organization.alternate_contacts.items():
        for type, each in contacts.items():
            yield alternate_contact.contact_of(id, type.lower(), each)


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Sets what the file has."""
    account_regions.insert(organization, file, ids)
    for contact in file.of(PrimaryContact):
        organization.contacts[ids[contact.account]] = primary_contact.members_of(contact)
    for each in file.of(AlternateContact):
        contacts = organization.alternate_contacts.setdefault(ids[each.account], {})
        contacts[each.setting.upper()] = alternate_contact.members_of(each)


def _type(params: Params) -> str:
    type = str(params["AlternateContactType"])
    if type not in ("BILLING", "OPERATIONS", "SECURITY"):
        raise Refusal("AccessDeniedException", "The type of the contact is unknown.")
    return type


def _contact(organization: Backend, params: Params) -> dict[str, str]:
    found = organization.alternate_contacts.get(trusted_account(organization, params).id, {}).get(_type(params))
    if found is None:
        raise Refusal("ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
    return found


SERVICE = Service(
    "account",
    "account",
    {
        "PutAccountName": put_account_name,
        "GetAlternateContact": get_alternate_contact,
        "PutAlternateContact": put_alternate_contact,
        "DeleteAlternateContact": delete_alternate_contact,
        "GetContactInformation": get_contact_information,
        "PutContactInformation": put_contact_information,
        "ListRegions": account_regions.list_regions,
        "GetRegionOptStatus": account_regions.get_region_opt_status,
        "EnableRegion": account_regions.enable_region,
        "DisableRegion": account_regions.disable_region,
    },
    invalid="ValidationException",
    statuses={"ConflictException": 409, "ResourceNotFoundException": 404},
)
