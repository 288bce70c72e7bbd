"""What `--online` and `--lookback` do: AWS itself is asked, whatever organization the run is about."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.aws.online import SimulatorDecision
from reconciler.commands.options import Options
from reconciler.commands.running import connected
from reconciler.errors import SpecInvalid, UsageError
from reconciler.model import address
from reconciler.model.base import Frozen, Json
from reconciler.model.decision import Decision
from reconciler.model.resources import Policy

if TYPE_CHECKING:
    from reconciler.commands.explain import Ask
    from reconciler.model.api import Api
    from reconciler.model.decision import Request
    from reconciler.model.diagnostic import Diagnostic
    from reconciler.use_cases.meaning import Meaning

_SPAN = re.compile(r"([1-9]\d{0,3})([dh])")


def aws(options: Options) -> Api:
    """AWS until the command ends, also where the organization is a snapshot. Raises `UsageError` for a mocked one."""
    if options.mock or options.mock_state is not None:
        raise UsageError(
            "AWS is asked, which a mocked organization is not", help="use --snapshot FILE or the spec alone"
        )
    connection = click.get_current_context().with_resource(connected(replace(options, snapshot=None), None))
    assert connection.reads is not None
    return connection.reads


def access_analyzer(options: Options) -> tuple[Diagnostic, ...]:
    """What IAM Access Analyzer says of the SCPs and RCPs of a valid spec, each at its place."""
    from reconciler import spec
    from reconciler.aws.online import CODES, findings

    try:
        found = spec.load(options.spec, checks=[partial(findings, aws(options))]).warnings
    except SpecInvalid as error:
        found = error.diagnostics
    theirs = {each.code for each in CODES}
    return tuple(each for each in found if each.code in theirs)


class Online(Frozen):
    """The answer of IAM's policy simulator, and whether ours is the same; `None` where it was not asked, or ours says
    that it depends."""

    decision: SimulatorDecision | None = None
    agrees: bool | None = None
    note: str | None = None


class Compared(Decision):
    """An explanation with AWS's answer beside it."""

    online: Online


def compared(options: Options, here: Ask, identity_policy: Path | None) -> Ask:
    """Asks here and there. What is compared is what the simulator knows: SCPs only, and a context key that is not known
    is absent from the request."""
    from reconciler.policy.evaluation.chains import FULL_ACCESS
    from reconciler.use_cases import meaning

    api = aws(options)
    identity = meaning.identity_policy_in(identity_policy) if identity_policy else None
    document: Json = json.loads(identity_policy.read_text("utf-8")) if identity_policy else FULL_ACCESS["scp"]

    def ask(asked: Meaning, request: Request) -> Decision:
        found = here(asked, request)
        if found.exempt and not found.exempt.startswith("RCPs"):
            online = Online(note=f"not asked: {found.exempt}")
        else:
            scps = asked.without_rcps
            ours = scps.explain(request, closed_context=True, identity_policy=identity)
            decision = _simulated(api, scps, request, ours, document)
            unsure = ours.decision in ("conditional", "unknown")
            agrees = None if unsure else (ours.decision == "allowed") == (decision == "allowed")
            online = Online(decision=decision, agrees=agrees, note=_note(found, here(scps, request), ours))
        return Compared.model_validate({**dict(found), "online": online})

    return ask


def _note(found: Decision, by_scps: Decision, ours: Decision) -> str | None:
    """What has to be known about the comparison with `ours`."""
    if ours.decision == "conditional":
        return f"not compared: {ours.condition}"
    if by_scps.decision != found.decision:
        return f"an RCP decides, and the simulator knows SCPs only: compared with the answer by these, {ours.decision}"
    if found.decision == "conditional":
        return f"to it a key that is not known is absent: compared with the answer for that, {ours.decision}"
    return None


def _simulated(api: Api, asked: Meaning, request: Request, ours: Decision, identity_policy: Json) -> SimulatorDecision:
    from reconciler.aws.online import simulated
    from reconciler.policy.evaluation.chains import FULL_ACCESS

    contents = {each.address: each.content for each in asked.inventory.of(Policy)}
    levels = [[address.policy(key) for key in each.scps] for each in ours.levels if each.scps]
    return simulated(
        api,
        request.action,
        scps=[[contents[each] or FULL_ACCESS["scp"] for each in level] for level in levels],
        identity_policy=identity_policy,
        resource=asked.question(request)[1].resource,
        context=_known(asked, request),
    )


def _known(asked: Meaning, request: Request) -> Mapping[str, tuple[str, ...]]:
    """The context keys that have a value where all that is not known is absent."""
    from reconciler.policy.language.context import RESOURCE, account_in, context_of, principal_of

    chain, request = asked.question(request)
    principal = principal_of(request, chain.account_id)
    ours = chain.account_id if principal.account not in (None, chain.account_id) else None
    owner = request.resource_account or account_in(request.resource) or ours
    known = context_of(request, principal, owner, asked.place, closed=True).known
    return {key: found for key, found in known.items() if isinstance(found, tuple) and key != RESOURCE}


def simulator_said(found: Decision, width: int) -> str:
    """The simulator's answer for people; nothing where it was not asked for."""
    from reconciler.render.safe import safe

    if not isinstance(found, Compared):
        return ""
    online = found.online
    said = online.decision or "no answer"
    verdict = {True: " It agrees.", False: " IT DOES NOT AGREE.", None: ""}[online.agrees]
    note = f" ({online.note})" if online.note else ""
    return "\n" + textwrap.fill(safe(f"AWS's policy simulator: {said}.{verdict}{note}"), width) + "\n"


@dataclass(frozen=True)
class Lookup:
    """A look into CloudTrail's event history, and what it met: of which accounts the calls are, and the time of the
    first one that was left out."""

    options: Options
    api: Api
    since: datetime
    most: int
    accounts: set[str] = field(default_factory=set)
    left_out: list[datetime] = field(default_factory=list)

    @classmethod
    def of(cls, options: Options, lookback: str, most: int) -> Lookup:
        """Raises `UsageError` for a span that is none, or longer than CloudTrail remembers."""
        from reconciler.aws.online import KEPT_DAYS

        written = _SPAN.fullmatch(lookback)
        if written is None:
            raise UsageError(f"--lookback {lookback}: expected days or hours", help="for example 14d or 36h")
        span = timedelta(**{{"d": "days", "h": "hours"}[written[2]]: int(written[1])})
        if span > timedelta(days=KEPT_DAYS):
            raise UsageError(f"--lookback {lookback}: CloudTrail's event history has {KEPT_DAYS} days")
        return cls(options, aws(options), datetime.now(UTC) - span, most)

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The records, the newest first."""
        from reconciler.aws.online import recorded_calls

        self.options.say(f"looking up at most {self.most:,} CloudTrail events, about 100 a second")
        for record in recorded_calls(self.api, self.since, most=self.most, cut=self.left_out.append):
            self.accounts.add(str(record.get("recipientAccountId")))
            yield record

    def tell(self, management_account_id: str | None) -> None:
        """Says what the look did not reach."""
        for time in self.left_out:
            self.options.say(
                f"warning: stopped after {self.most:,} events: those before {time:%Y-%m-%d %H:%M} were not looked at\n"
                "  = help: --max-events N looks further back; --events FILE replays the log files that a trail delivers"
            )
        if management_account_id in self.accounts:
            self.options.say(
                "warning: the event history is of the management account, which SCPs do not reach\n"
                "  = help: take the credentials of a member account, and --snapshot FILE for the organization"
            )

    def summary(self) -> dict[str, object]:
        """For JSON."""
        complete = not self.left_out
        return {"since": self.since.isoformat(), "complete": complete, "accounts": sorted(self.accounts)}
