"""`Paths` of accounts and `Path` of OUs, which every answer that describes one has since 2026 (moto's have none)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.mock.backend import Backend
from reconciler.model.api import Response


def paths_of_accounts(organization: Backend, answer: Response) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html"""
    for account in _described(answer, "Account"):
        account["Paths"] = [path(organization, account["Id"])]


def paths_of_units(organization: Backend, answer: Response) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html"""
    for unit in _described(answer, "OrganizationalUnit"):
        unit["Path"] = path(organization, unit["Id"])


def path(organization: Backend, id: str) -> str:
    """The ids from the organization down, with a slash after each."""
    return "/".join([organization.organization.id, *organization.chain(id), ""])


def _described(answer: Response, kind: str) -> Iterator[dict[str, Any]]:
    if kind in answer:
        yield answer[kind]
    yield from answer.get(f"{kind}s", ())
