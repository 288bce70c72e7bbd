"""Rules for the documents of policies: size, form, and the least that SCPs and RCPs must be.

The whole language is `reconciler.analysis`'s; here is what the service refuses with certainty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from reconciler.aws.api import Params
from reconciler.kinds.policy_types import BY_API, PolicyTypeRow
from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, violates
from reconciler.model.document import listed


def document_is_an_object(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html"""
    if "Content" not in params:
        return
    try:
        document = json.loads(params["Content"])
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _malformed("it is not a JSON object")


def document_has_statements(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html"""
    if "Content" not in params or _row(organization, params).language == "declarative":
        return
    statements = listed(json.loads(params["Content"]).get("Statement", []))
    if not statements or not all(
        isinstance(each, dict) and each.get("Effect") in ("Allow", "Deny") for each in statements
    ):
        raise _malformed("it needs statements with the Effect Allow or Deny")


def scp_names_no_principal(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html"""
    if any({"Principal", "NotPrincipal"} & each.keys() for each in _statements(organization, params, "scp")):
        raise _malformed("an SCP cannot have a Principal")


def rcp_denies_everyone(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"""
    for each in _statements(organization, params, "rcp"):
        if each["Effect"] != "Deny" or each.get("Principal") != "*":
            raise _malformed("an RCP has the Effect Deny and the Principal *")
        if {"NotPrincipal", "NotAction"} & each.keys() or "*" in listed(each.get("Action")):
            raise _malformed("an RCP names the actions of services that support RCPs")


def document_fits(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html

    The service counts what it is sent, white space included.
    """
    limit = _row(organization, params).max_characters
    if limit is not None and len(params.get("Content", "")) > limit:
        raise violates("POLICY_CONTENT_LIMIT_EXCEEDED", f"The policy document is longer than {limit} characters.")


def _row(organization: Backend, params: Params) -> PolicyTypeRow:
    return BY_API[params["Type"] if "Type" in params else organization.catalogue[params["PolicyId"]].type]


def _statements(organization: Backend, params: Params, language: str) -> Iterator[dict[str, Any]]:
    """The statements of the document that is sent, where it is of this language."""
    if "Content" in params and _row(organization, params).language == language:
        yield from cast(list[dict[str, Any]], listed(json.loads(params["Content"])["Statement"]))


def _malformed(why: str) -> Refusal:
    return Refusal(
        "MalformedPolicyDocumentException", f"The provided policy document does not meet the requirements: {why}."
    )


DOCUMENT_RULES = (
    document_is_an_object,
    document_has_statements,
    scp_names_no_principal,
    rcp_denies_everyone,
    document_fits,
)
