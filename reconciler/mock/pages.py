"""Paging of every list as the service does it: at most 20 a page, tokens that fit only the call they came from.

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

SLICED_BY_BACKEND = frozenset({
    "ListAccounts", "ListAccountsForParent", "ListChildren", "ListCreateAccountStatus",
    "ListOrganizationalUnitsForParent", "ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy",
})  # fmt: skip
"""Lists that grow with the organization; the backend slices them."""

SLICED_HERE: Mapping[str, str] = {
    "ListRoots": "Roots",
    "ListParents": "Parents",
    "ListTagsForResource": "Tags",
    "ListAWSServiceAccessForOrganization": "EnabledServicePrincipals",
    "ListDelegatedAdministrators": "DelegatedAdministrators",
    "ListDelegatedServicesForAccount": "DelegatedServices",
}
"""Short lists, which moto answers whole, and the member of the answer that is the list."""


def windowed(operation: str, params: Params) -> dict[str, Any]:
    """The call as the backend understands it: an offset for the token, a size in any case."""
    inner = {key: value for key, value in params.items() if key not in ("NextToken", "MaxResults")}
    if operation in SLICED_BY_BACKEND:
        inner |= {"NextToken": str(offset(operation, params)), "MaxResults": params.get("MaxResults", PAGE)}
    return inner


def paged(operation: str, params: Params, response: Response) -> Response:
    """The answer with a token that callers may use, and cut to one page where moto has not done so."""
    if operation in SLICED_BY_BACKEND:
        following = response.pop("NextToken", None)
        return response if following is None else {**response, "NextToken": token(operation, params, int(following))}
    if operation in SLICED_HERE:
        return sliced(operation, params, response)
    return response


def sliced(operation: str, params: Params, response: Response) -> Response:
    member = SLICED_HERE[operation]
    start = offset(operation, params)
    end = start + params.get("MaxResults", PAGE)
    items = response.get(member, [])
    following = {"NextToken": token(operation, params, end)} if end < len(items) else {}
    return {**response, member: items[start:end], **following}


def token(operation: str, params: Params, position: int) -> str:
    """An opaque token for what comes at `position` of the same call."""
    return base64.urlsafe_b64encode(f"{_fingerprint(operation, params)}:{position}".encode()).decode()


def offset(operation: str, params: Params, name: str = "NextToken") -> int:
    """Where the page begins. A token of another call, or one that was made up, is INVALID_NEXT_TOKEN."""
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
