"""`Paths` of accounts and `Path` of OUs, which every answer with an account or an OU has since 2026; moto has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.mock.backend import Backend
from reconciler.model.api import Response


def add_paths(organization: Backend, answer: Response) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
    """
    for account in _described(answer, "Account"):
        account["Paths"] = [_path(organization, account["Id"])]
    for unit in _described(answer, "OrganizationalUnit"):
        unit["Path"] = _path(organization, unit["Id"])


def _path(organization: Backend, id: str) -> str:
    """The ids from the organization down, with a slash after each."""
    return "/".join([organization.organization.id, *organization.chain(id), ""])


def _described(answer: Response, kind: str) -> Iterator[dict[str, Any]]:
    if kind in answer:
        yield answer[kind]
    yield from answer.get(f"{kind}s", ())
