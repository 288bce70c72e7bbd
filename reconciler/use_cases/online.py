"""What AWS itself answers: IAM's policy simulator about a request, CloudTrail's event history about recorded calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.aws.online import KEPT_DAYS, SimulatorDecision, recorded_calls, simulated
from reconciler.errors import UsageError
from reconciler.model import address
from reconciler.model.api import Api
from reconciler.model.base import Frozen, Json
from reconciler.model.decision import Decision, Request
from reconciler.model.impact import Lookback
from reconciler.model.resources import Policy
from reconciler.policy.evaluation.chains import FULL_ACCESS
from reconciler.policy.evaluation.identity import Identity
from reconciler.policy.language.context import RESOURCE, account_in, context_of, principal_of
from reconciler.use_cases.explain import Explain
from reconciler.use_cases.policy_evaluator import PolicyEvaluator

_SPAN = re.compile(r"([1-9]\d{0,3})([dh])")


class Online(Frozen):
    """The answer of IAM's policy simulator, and whether ours is the same; `None` where it was not called, or our
    decision depends on the request."""

    decision: SimulatorDecision | None = None
    agrees: bool | None = None
    note: str | None = None


class ComparedExplanation(Decision):
    """An explanation with AWS's answer beside it."""

    online: Online


def compared(api: Api, explain: Explain, identity_policy: Path | None, identity: Identity | None) -> Explain:
    """The decision of `explain` and of IAM's policy simulator. Compared is what the simulator knows: SCPs only, and a
    context key that is not known is absent from the request."""
    document: Json = json.loads(identity_policy.read_text("utf-8")) if identity_policy else FULL_ACCESS["scp"]

    def explain_both(evaluator: PolicyEvaluator, request: Request) -> Decision:
        found = explain(evaluator, request)
        if found.exempt and not found.exempt.startswith("RCPs"):
            online = Online(note=f"not asked: {found.exempt}")
        else:
            scps = evaluator.without_rcps
            ours = scps.explain(request, closed_context=True, identity=identity)
            decision = _simulated(api, scps, request, ours, document)
            unsure = ours.decision in ("conditional", "unknown")
            agrees = None if unsure else (ours.decision == "allowed") == (decision == "allowed")
            online = Online(decision=decision, agrees=agrees, note=_note(found, explain(scps, request), ours))
        return ComparedExplanation(**dict(found), online=online)

    return explain_both


def _note(found: Decision, by_scps: Decision, ours: Decision) -> str | None:
    """What has to be known about the comparison with `ours`."""
    if ours.decision == "conditional":
        return f"not compared: {ours.condition}"
    if by_scps.decision != found.decision:
        return f"an RCP decides, and the simulator knows SCPs only: compared with the answer by these, {ours.decision}"
    if found.decision == "conditional":
        return f"to it a key that is not known is absent: compared with the answer for that, {ours.decision}"
    return None


def _simulated(
    api: Api, evaluator: PolicyEvaluator, request: Request, ours: Decision, identity_policy: Json
) -> SimulatorDecision:
    contents = {each.address: each.content for each in evaluator.inventory.of(Policy)}
    levels = [[address.policy(key) for key in each.scps] for each in ours.levels if each.scps]
    return simulated(
        api,
        request.action,
        scps=[[contents[each] or FULL_ACCESS["scp"] for each in level] for level in levels],
        identity_policy=identity_policy,
        resource=evaluator.question(request)[1].resource,
        context=_known(evaluator, request),
    )


def _known(evaluator: PolicyEvaluator, request: Request) -> Mapping[str, tuple[str, ...]]:
    """The context keys that have a value where all that is not known is absent."""
    chain, request = evaluator.question(request)
    principal = principal_of(request, chain.account_id)
    ours = chain.account_id if principal.account not in (None, chain.account_id) else None
    owner = request.resource_account or account_in(request.resource) or ours
    known = context_of(request, principal, owner, evaluator.place, closed=True).known
    return {key: found for key, found in known.items() if isinstance(found, tuple) and key != RESOURCE}


@dataclass(frozen=True)
class EventHistory:
    """CloudTrail's event history, at most `most` events since then, and what was found in it: of which accounts the
    calls are, and the time of the first one that was left out."""

    api: Api
    since: datetime
    most: int
    accounts: set[str] = field(default_factory=set)
    left_out: list[datetime] = field(default_factory=list)

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The records, the newest first."""
        for record in recorded_calls(self.api, self.since, most=self.most, cut=self.left_out.append):
            self.accounts.add(str(record.get("recipientAccountId")))
            yield record

    def lookback(self) -> Lookback:
        """What was read."""
        accounts = tuple(sorted(self.accounts))
        return Lookback(since=self.since.isoformat(), complete=not self.left_out, accounts=accounts)


def since(lookback: str, option: str = "--lookback") -> datetime:
    """The time this long ago (`14d`, `36h`), as an option has it. Raises `UsageError` for another text, or longer than
    CloudTrail keeps."""
    written = _SPAN.fullmatch(lookback)
    if written is None:
        raise UsageError(f"{option} {lookback}: expected days or hours", help="for example 14d or 36h")
    span = timedelta(**{{"d": "days", "h": "hours"}[written[2]]: int(written[1])})
    if span > timedelta(days=KEPT_DAYS):
        raise UsageError(f"{option} {lookback}: CloudTrail's event history has {KEPT_DAYS} days")
    return datetime.now(UTC) - span
