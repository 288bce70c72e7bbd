"""Operations of other services that the program calls, one module a service. moto has none of them."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.mock.other_services import account, budgets, ce, enabling, iam, servicequotas, sts, tagging
from reconciler.mock.other_services.service import Answer, Service

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
        *enabling.SERVICES,
    )
}

OF_SNAPSHOTS = (account, iam, ce, budgets)
"""The modules whose resources a snapshot has: each has `to_resources` and `insert`."""

ANSWERS: Mapping[str, Answer] = {
    f"{service.prefix}:{name}": answer for service in SERVICES.values() for name, answer in service.operations.items()
}
"""By the name of the operation with the service's prefix."""
