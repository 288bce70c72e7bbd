"""`reconciler drift --who --notify` as a Lambda function, on a schedule.

Environment:
  RECONCILER_SPEC  the spec in the image (default organization/org.yaml beside this file)
  NOTIFY           receivers, separated by commas: sns:TOPIC_ARN, eventbridge:BUS, slack:VARIABLE, webhook:VARIABLE
  NOTIFY_ON        drift, change or always (default change where there is NOTIFY_STATE, else drift)
  NOTIFY_STATE     s3://bucket/key, where `change` keeps what was notified last
  LINK             a link for the notifications

A check that fails, or a notification that is not sent, is a failed invocation: the service tries it again, and the
alarm in template.yaml sees it. Drift alone is no failure.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.use_cases.connection import ConnectionOptions, connect
from reconciler.use_cases.drift import find_drift, is_drift
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.notify import Notifier, memory_at

LOG = logging.getLogger(__name__)
LOG.setLevel(logging.INFO)
LOOK_BACK = timedelta(days=14)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The entry point of the function. Neither the event nor the context matters."""
    return check(ConnectionOptions(), os.environ)


def check(options: ConnectionOptions, environment: Mapping[str, str]) -> dict[str, Any]:
    """Looks for drift and notifies. Raises `ReconcilerError`."""
    spec = Path(environment.get("RECONCILER_SPEC") or Path(__file__).parent / "organization" / "org.yaml")
    notifier = notifier_of(options, environment)
    desired = load_spec(spec)
    with connect(options, desired, LOG.info) as connection:
        result = find_drift(desired, connection, who_since=datetime.now(UTC) - LOOK_BACK)
        failed = notifier.notify(result, connection.writes) if notifier else []
    for error in failed:
        LOG.error("%s", error.message)
    if failed:
        raise failed[0]
    plan = result.plan
    found = {"drift": is_drift(plan), "digest": plan.digest, **plan.summary.model_dump(include={"total", "severity"})}
    LOG.info("%s", found)
    return found


def notifier_of(options: ConnectionOptions, environment: Mapping[str, str]) -> Notifier | None:
    """What sends the notifications; `None` where nobody is to get any. Raises `UsageError`."""
    targets = [each.strip() for each in environment.get("NOTIFY", "").split(",") if each.strip()]
    if not targets:
        return None
    state, link = environment.get("NOTIFY_STATE") or None, environment.get("LINK") or None
    on = environment.get("NOTIFY_ON") or ("change" if state else "drift")
    memory = memory_at(state, Path("/tmp"), options) if on == "change" else None  # noqa: S108  # all that is writable
    return Notifier.of(targets, on=on, memory=memory, link=link, environment=dict(environment))
