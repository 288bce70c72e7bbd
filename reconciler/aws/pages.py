"""Lists of the service, all their pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.tag_index import MOST_PAGES
from reconciler.errors import ReadFailed
from reconciler.model.api import Api, Params, Response

_NAMES = ("Id", "TargetId", "Key", "ServicePrincipal")
"""The members that name an item of a list: the first of them that it has."""


def items(api: Api, operation: str, params: dict[str, Any], member: str) -> Iterator[Any]:
    """Every item of a list, once: what is added or removed during the read moves others to the next page. Of an
    operation that answers one thing, that thing."""
    size, answer = OPERATIONS[operation].page_size, OPERATIONS[operation].answer
    sized = params if size is None else {**params, "MaxResults": size}
    seen: set[str | None] = set()
    for page in pages(api, operation, sized):
        found = page[member] if answer is None or answer.always else page.get(member) or []
        for item in found if isinstance(found, list) else [found]:
            key = next((item[name] for name in _NAMES if name in item), None) if isinstance(item, dict) else None
            if key is None or key not in seen:
                yield item
                seen.add(key)


def pages(api: Api, operation: str, params: Params, token: str = "NextToken") -> Iterator[Response]:
    """Every page of a list, until there is no `token`: a page may be empty and not the last."""
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = api.call(operation, params)
        yield page
        following = page.get(token)
        if not following:
            return
        if following in seen:
            raise ReadFailed(
                f"{operation} answers the same page token again and again", help="nothing was changed; run it again"
            )
        seen.add(following)
        params = {**params, token: following}
    raise ReadFailed(f"{operation} has more than {MOST_PAGES} pages")
