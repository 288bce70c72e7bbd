"""What `apply` needs to continue a reviewed plan: where plans are kept, and whether the plan still holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.locking import lock_place
from reconciler.commands.options import Options
from reconciler.commands.running import reading, spec_of
from reconciler.errors import PlanRefused

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.planning.guards import GuardOverrides
    from reconciler.spec import Desired
    from reconciler.use_cases.app import Connection
    from reconciler.use_cases.plan_store import PlanStore
    from reconciler.use_cases.reviewed import Resumed

plan_store_option = click.option(
    "--plan-store",
    metavar="DIR|s3://BUCKET/PREFIX",
    envvar="RECONCILER_PLAN_STORE",
    default=None,
    help="Where plans are kept from before their first write, to continue from (default .reconciler/plans beside the "
    "spec, or beside a lock in S3; env RECONCILER_PLAN_STORE).",
)

_DEFAULT_SPEC = Path("org.yaml")


def opened_store(options: Options, plan_store: str | None, lock: str | None) -> PlanStore:
    """The store that the command line names."""
    from reconciler.use_cases.plan_store import Bucket, Directory, store_place

    place = store_place(plan_store, lock_place(options, lock), options.folder)
    if isinstance(place, Path):
        return Directory(place)
    from reconciler.aws.boto import BotoApi
    from reconciler.aws.sessions import AwsOptions

    reach = AwsOptions(options.profile, options.region, options.role_arn, options.endpoint_url)
    return Bucket(BotoApi(reach), place.bucket, place.key)


def kept(store: PlanStore, digest: str) -> Plan | None:
    """The plan of an earlier run with this digest."""
    return store.find(digest) if re.fullmatch(r"(sha256:)?[0-9a-f]{64}", digest) else None


def spec_at_hand(options: Options) -> Desired | None:
    """The spec, for the guards of a saved plan: `None` where none was named and there is no `org.yaml`."""
    if options.spec == _DEFAULT_SPEC and not options.spec.exists():
        return None
    return spec_of(options, tests=False)


def resumed_plan(
    plan: Plan, options: Options, desired: Desired | None, connection: Connection, permitted: GuardOverrides
) -> Resumed:
    """The reviewed plan with what is left of it and the verdict of the guards on all of it. Raises `PlanRefused`."""
    from reconciler.render.safe import safe
    from reconciler.use_cases import reviewed

    with reading(options) as progress:
        found = reviewed.resume(plan, connection, progress)
    found = reviewed.guarded(found, connection, desired, permitted)
    if found.done and (left := len(found.remaining.changes)):
        options.say(f"{len(found.done)} of {len(plan.changes)} changes of the plan are done, {left} to do:")
        for each in found.remaining.changes:
            options.say(safe(f"  {each.action} {each.address}"))
    return found


def check_spec_leads_there(
    resumed: Resumed, desired: Desired, connection: Connection, targets: tuple[str, ...], permitted: GuardOverrides
) -> None:
    """Raises `PlanRefused` where the spec changed after the review and now leads to something else than the plan that
    is continued."""
    from reconciler.use_cases import reviewed

    if desired.digest == resumed.plan.spec_digest:
        return
    if differing := reviewed.differing_ends(resumed, desired, connection, targets, permitted):
        raise PlanRefused(
            "the spec changed after the review: it leads to something else than the reviewed plan",
            moved=differing,
            help="pass the saved plan to apply it all the same, or make the plan again and have it reviewed",
        )
