"""Operations of other services that the program calls, one module a service. moto has none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.mock.backend import Backend
from reconciler.mock.other_services import (
    account,
    budgets,
    ce,
    cloudtrail,
    enabling,
    iam,
    identity_center,
    notifications,
    servicequotas,
    sts,
    tagging,
)
from reconciler.mock.other_services.service import Answer, Rule, Service
from reconciler.mock.pages import cut
from reconciler.model.api import Params, Response

SERVICES: Mapping[str, Service] = {
    each.prefix: each
    for each in (
        sts.SERVICE,
        account.SERVICE,
        servicequotas.SERVICE,
        tagging.SERVICE,
        iam.SERVICE,
        ce.SERVICE,
        budgets.SERVICE,
        cloudtrail.SERVICE,
        *enabling.SERVICES,
        *notifications.SERVICES,
        *identity_center.SERVICES,
    )
}

OF_SNAPSHOTS = (account, iam, ce, budgets, identity_center)
"""The modules whose resources a snapshot has: each has `to_resources` and `insert`."""

ANSWERS: Mapping[str, Answer] = {
    f"{service.prefix}:{name}": answer for service in SERVICES.values() for name, answer in service.operations.items()
}
"""By the name of the operation with the service's prefix."""


def rules_of(operation: str) -> Iterator[Rule]:
    """The rules of an operation, in the order in which they are checked."""
    prefix, _, name = operation.rpartition(":")
    if prefix:
        yield from SERVICES[prefix].rules.get(name, ())


def answered(backend: Backend, operation: str, params: Params) -> Response:
    """Carries out an allowed call."""
    prefix, _, name = operation.rpartition(":")
    service, answer = SERVICES[prefix], ANSWERS[operation](backend, params)
    if name in service.lists:
        return cut(operation, params, answer, service.lists[name], service.page_size)
    return answer
