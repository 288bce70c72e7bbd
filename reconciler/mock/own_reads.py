"""What a kind reads, from the mock's own lists: so that a snapshot has what a read of the service would bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from reconciler.errors import ServiceError
from reconciler.mock.backend import Backend
from reconciler.mock.identity_center import DEFAULT_REGION
from reconciler.mock.refusal import Refusal
from reconciler.model.api import REGION, Params, Response
from reconciler.model.inventory import Organization
from reconciler.model.resources import Resource

A = TypeVar("A")


class OwnReads:
    """`kinds.base.Reads`. `answers` are the mock's operations by their names; they have no pages."""

    def __init__(self, backend: Backend, answers: Mapping[str, Callable[[Backend, Params], Response]]) -> None:
        self._backend = backend
        self._answers = answers
        self.organization = Organization(
            id=backend.organization.id, management_account_id=backend.organization.master_account_id
        )
        self.known: Iterable[Resource] = ()

    def call(self, operation: str, params: Params) -> Response:
        self._backend.region = params.get(REGION, DEFAULT_REGION)
        try:
            return self._answers[operation](self._backend, params)
        except Refusal as refusal:
            raise ServiceError(operation, refusal.code, refusal.text, detail=refusal.reason) from None

    def items(self, operation: str, member: str, **params: Any) -> Iterable[Any]:
        found: list[Any] = self.call(operation, params)[member]
        return found

    def gather(self, operation: str, asks: Sequence[Callable[[], A]]) -> list[A]:
        return [ask() for ask in asks]
