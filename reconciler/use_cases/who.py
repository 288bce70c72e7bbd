"""Who made the differences of a drift, from CloudTrail's event history.

The history has 90 days, gets an event within about 15 minutes, and answers two calls a second; it is read only as far
back as differences are left to explain. The events of services without Regions are in one Region of the partition:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from reconciler.aws.online import KEPT_DAYS, recorded_calls
from reconciler.aws.services import SERVICES
from reconciler.drift.attribution import Attribution
from reconciler.errors import ReconcilerError, UsageError
from reconciler.kinds import BY_KIND
from reconciler.kinds.identity_center.resources import IdentityCenter
from reconciler.model.api import Api
from reconciler.model.inventory import Inventory
from reconciler.model.regions import PARTITIONS
from reconciler.planning.planner import PlanResult
from reconciler.use_cases.connection import Connection

MOST = 10_000
"""How many events of one service are read."""

_NOT_FOUND = f"no event of it since %s (CloudTrail keeps {KEPT_DAYS} days, and may be 15 minutes late)"
_CUT = f"no event of it among the newest {MOST:,}"
_IN_THEIR_REGION = frozenset({"sso", "identitystore"})


def with_changed_by(result: PlanResult, connection: Connection, since: datetime) -> PlanResult:
    """The drift with who made each difference since then, or why that is not known. A history that cannot be read is
    such a reason. Raises `UsageError` for a snapshot."""
    if connection.reads is None:
        raise UsageError("--who reads CloudTrail, and a snapshot has no events", help="use it without --snapshot")
    plan = result.plan
    if not plan.changes:
        return result
    ids = {each.address: each.id for each in result.before.resources if each.id}
    attribution = Attribution(plan.changes, ids)
    why = _read(attribution, connection.reads, result.before, since)
    found = attribution.result(why)
    changes = tuple(each.model_copy(update={"changed_by": found.get(each.key)}) for each in plan.changes)
    update = {"changes": changes, "reads": connection.calls}
    return replace(result, plan=plan.model_copy(update=update))


def _read(attribution: Attribution, api: Api, live: Inventory, since: datetime) -> str:
    """Adds records until everything is explained, or there are no more; why nothing is known of the rest."""
    left_out: list[datetime] = []
    for service in _services(attribution.kinds()):
        source = f"{service or 'organizations'}.amazonaws.com"
        concerned = {kind for kind in attribution.kinds() if service in _services_of(kind)}
        try:
            for record in recorded_calls(
                api, since, most=MOST, cut=left_out.append, source=source, region=_region(service, live)
            ):
                attribution.add(record)
                if attribution.kinds().isdisjoint(concerned):
                    break
        except ReconcilerError as error:
            return error.message
    return _CUT if left_out else _NOT_FOUND % since.strftime("%Y-%m-%d")


def _services(kinds: Iterable[str]) -> list[str]:
    """The services whose calls change these kinds, Organizations first."""
    wanted = {service for kind in kinds for service in _services_of(kind)}
    return [each for each in SERVICES if each in wanted]


def _services_of(kind: str) -> Iterator[str]:
    """The services of the calls that change a kind; tags of most kinds are those of Organizations."""
    yield ""
    yield from (row.name.rpartition(":")[0] for row in BY_KIND[kind].operations if row.writes)


def _region(service: str, live: Inventory) -> str:
    """The Region that records the calls of a service."""
    if service in _IN_THEIR_REGION and (center := next(live.of(IdentityCenter), None)) is not None:
        return center.region
    return PARTITIONS[live.organization.partition].global_region
