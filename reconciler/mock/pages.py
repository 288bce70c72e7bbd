"""Paging of every list as in the service: tokens are valid only for the same call, and Organizations has at most 20
items a page.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from reconciler.mock.refusal import invalid
from reconciler.model.api import Params, Response

PAGE = 20

PAGED_BY_BACKEND = frozenset({
    "ListAccounts", "ListAccountsForParent", "ListChildren", "ListCreateAccountStatus",
    "ListOrganizationalUnitsForParent", "ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy",
})  # fmt: skip
"""Long lists, which the backend slices."""

LIST_MEMBERS: Mapping[str, str] = {
    "ListRoots": "Roots",
    "ListParents": "Parents",
    "ListTagsForResource": "Tags",
    "ListAWSServiceAccessForOrganization": "EnabledServicePrincipals",
    "ListDelegatedAdministrators": "DelegatedAdministrators",
    "ListDelegatedServicesForAccount": "DelegatedServices",
    "ListHandshakesForOrganization": "Handshakes",
    "ListAccountsWithInvalidEffectivePolicy": "Accounts",
    "ListEffectivePolicyValidationErrors": "EffectivePolicyValidationErrors",
}
"""Lists that are answered without pages, and the member of the answer that is the list."""


def with_offset(operation: str, params: Params) -> dict[str, Any]:
    """The parameters for the backend: an offset in place of the token, and always a page size."""
    inner = {key: value for key, value in params.items() if key not in ("NextToken", "MaxResults")}
    if operation in PAGED_BY_BACKEND:
        inner |= {"NextToken": str(offset(operation, params)), "MaxResults": params.get("MaxResults", PAGE)}
    return inner


def paged(operation: str, params: Params, response: Response) -> Response:
    """The answer with an opaque token, cut to one page where the backend has not done so."""
    if operation in PAGED_BY_BACKEND:
        following = response.pop("NextToken", None)
        return response if following is None else {**response, "NextToken": token(operation, params, int(following))}
    member = LIST_MEMBERS.get(operation)
    return response if member is None else cut(operation, params, response, member, PAGE)


def cut(operation: str, params: Params, response: Response, member: str, size: int) -> Response:
    """One page of an answer whose `member` is the whole list; it has `size` items where the call does not say."""
    start = offset(operation, params)
    end = start + params.get("MaxResults", size)
    items = response.get(member, [])
    following = {"NextToken": token(operation, params, end)} if end < len(items) else {}
    return {**response, member: items[start:end], **following}


def token(operation: str, params: Params, position: int) -> str:
    """An opaque token for the page of the same call that begins at `position`."""
    return base64.urlsafe_b64encode(f"{_fingerprint(operation, params)}:{position}".encode()).decode()


def offset(operation: str, params: Params, name: str = "NextToken") -> int:
    """Where the page begins. A token of another call is refused as INVALID_NEXT_TOKEN."""
    text = params.get(name)
    if not text:
        return 0
    try:
        fingerprint, _, position = base64.urlsafe_b64decode(text).decode().partition(":")
        if fingerprint == _fingerprint(operation, params) and position.isdigit():
            return int(position)
    except ValueError:
        pass
    raise invalid("INVALID_NEXT_TOKEN", "You specified an invalid value for NextToken.")


def _fingerprint(operation: str, params: Params) -> str:
    about = {key: value for key, value in params.items() if key not in _WINDOW}
    return f"{crc32(json.dumps([operation, about], sort_keys=True, default=str).encode()):08x}"


_WINDOW = frozenset({"NextToken", "MaxResults", "PaginationToken", "ResourcesPerPage"})
