"""AWS Account Management."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.mock.backend import Backend
from reconciler.mock.objects import Account
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Params, Response

_FORMS = {"EmailAddress": r"\s*[\w+=.#|!&-]+@[\w.-]+\.\w+\s*", "PhoneNumber": r"[\s0-9()+-]{1,25}"}


def put_account_name(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html"""
    _account(organization, params).name = params["AccountName"]
    return {}


def get_alternate_contact(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html"""
    return {"AlternateContact": {**_contact(organization, params), "AlternateContactType": _type(params)}}


def put_alternate_contact(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutAlternateContact.html

    The e-mail is trimmed, nothing else is (observed against the live service, September 2026).
    """
    account, type = _allowed(organization, params), _type(params)
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
    del organization.alternate_contacts[_allowed(organization, params).id][_type(params)]
    return {}


def to_resources(organization: Backend) -> Iterator[AlternateContact]:
    """The resources of a snapshot."""
    for id, contacts in organization.alternate_contacts.items():
        account = addresses.account(id)
        for type, each in contacts.items():
            yield AlternateContact(
                address=AlternateContact.at(account, type.lower()),
                account=account,
                setting=type.lower(),
                name=each["Name"],
                title=each["Title"],
                email=each["EmailAddress"],
                phone=each["PhoneNumber"],
            )


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Sets what the file has."""
    for each in file.of(AlternateContact):
        fields = {"Name": each.name, "Title": each.title, "EmailAddress": each.email, "PhoneNumber": each.phone}
        organization.alternate_contacts.setdefault(ids[each.account], {})[each.setting.upper()] = fields


def _account(organization: Backend, params: Params) -> Account:
    if params.get("AccountId") == organization.account_id:
        raise Refusal(
            "AccessDeniedException",
            "The management account can only be managed using the standalone context from the management account.",
        )
    account = organization.account(params.get("AccountId", organization.account_id))
    if account is None:
        raise Refusal("AccessDeniedException", "The account is not a member of the organization.")
    return account


def _allowed(organization: Backend, params: Params) -> Account:
    """Members only with trusted access (observed against the live service, September 2026)."""
    if "AccountId" in params and "account.amazonaws.com" not in organization.trusted_access:
        raise Refusal("AccessDeniedException", "Trusted access for AWS Account Management is not enabled.")
    return _account(organization, params)


def _type(params: Params) -> str:
    type = str(params["AlternateContactType"])
    if type not in ("BILLING", "OPERATIONS", "SECURITY"):
        raise Refusal("AccessDeniedException", "The type of the contact is unknown.")
    return type


def _contact(organization: Backend, params: Params) -> dict[str, str]:
    found = organization.alternate_contacts.get(_allowed(organization, params).id, {}).get(_type(params))
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
    },
    invalid="ValidationException",
)
