"""Rules for the documents of policies: size, syntax and what the type allows."""

from __future__ import annotations

import json

from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, violates
from reconciler.model.api import Params
from reconciler.model.base import Json
from reconciler.model.policy_types import BY_API, PolicyTypeRow
from reconciler.policy.lint.check import check


def document_is_an_object(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html"""
    if "Content" not in params:
        return
    try:
        document = json.loads(params["Content"], object_pairs_hook=_unique_keys)
    except ValueError as error:
        raise _malformed(f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _malformed("it is not a JSON object")


def document_is_valid(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html

    The checks are those of `validate`.
    """
    if "Content" not in params:
        return
    findings = check(_row(organization, params).short, json.loads(params["Content"]))
    error = next((each for each in findings if each.severity == "error"), None)
    if error is not None:
        raise _malformed(f"{error.message} (at {'.'.join(map(str, error.path)) or 'the top'})")


def document_fits(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html

    The service counts the document as sent, white space included.
    """
    limit = _row(organization, params).max_characters
    if limit is not None and len(params.get("Content", "")) > limit:
        raise violates("POLICY_CONTENT_LIMIT_EXCEEDED", f"The policy document is longer than {limit} characters.")


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """The service refuses an object with the same key twice (observed against the live service, September 2026)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _row(organization: Backend, params: Params) -> PolicyTypeRow:
    return BY_API[params["Type"] if "Type" in params else organization.catalogue[params["PolicyId"]].type]


def _malformed(reason: str) -> Refusal:
    return Refusal(
        "MalformedPolicyDocumentException", f"The provided policy document does not meet the requirements: {reason}."
    )


DOCUMENT_RULES = (
    document_is_an_object,
    document_is_valid,
    document_fits,
)
