"""The texts for guardrails, the same in every format. Nothing here is escaped: each format escapes in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from reconciler.model.address import ROOT, kind_of, local
from reconciler.model.guardrail import Guardrail, Guardrails, GuardrailStatement
from reconciler.render.attached import not_read
from reconciler.render.words import count, listing, policy_label

TITLE = "Guardrails"
_NOTES = {
    "scp": "What principals of an account may do at most. They never apply to the management account and to"
    " service-linked roles, but to the root user of every other account.",
    "rcp": "What may be done at most to resources of an account, by any caller. They never apply to resources of the"
    " management account, to service-linked roles and to AWS managed KMS keys.",
    "tag": "Which tags there are, how they are spelled, and which values they may have.",
    "backup": "Backup plans for resources that have the tags. They cannot be changed from within an account.",
    "declarative_ec2": "Settings that EC2 enforces for every request.",
    "ai_opt_out": "Which AI services of AWS may keep and use our content.",
}


class Section(NamedTuple):
    """The guardrails of one policy type."""

    title: str
    note: str
    guardrails: tuple[Guardrail, ...]


def introduction(found: Guardrails) -> str:
    """What the page is, and how to find the policy of an AccessDenied: newer messages have its id.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    by_id = (
        "the id of the policy that the message ends in (p-…), or for "
        if any(each.id for each in found.policies)
        else ""
    )
    return (
        "What the policies of this organization deny and set. After an AccessDenied with"
        f" an explicit deny in a service or resource control policy, search this page for {by_id}the action."
        + "".join(f" Not known: {each}." for each in not_read(found.unread))
    )


def sections(found: Guardrails) -> Iterator[Section]:
    """The guardrails by type."""
    for short, group in groupby(found.policies, key=lambda each: each.type):
        guardrails = tuple(group)
        yield Section(count(len(guardrails), policy_label(short)), _NOTES.get(short, ""), guardrails)


class Wording(NamedTuple):
    """A statement in words: `denies`, `every action except`, the actions, `on`, and who is exempt."""

    effect: str
    extent: str
    actions: tuple[str, ...]
    on: str
    exempt: tuple[str, ...]

    @property
    def verb(self) -> str:
        """The words up to the list of actions."""
        return f"{self.effect} {self.extent}".strip()


def wording(statement: GuardrailStatement) -> Wording:
    """The words for a statement. Of a Deny, `exempt` omits principals to which policies of the type never apply."""
    deny, every = statement.effect == "Deny", "*" in statement.actions
    extent = "every action except" if statement.all_but_actions else "every action" if every else ""
    return Wording(
        "denies" if deny else "allows",
        extent,
        () if every and not statement.all_but_actions else statement.actions,
        "on everything except" if statement.all_but_resources else "on",
        statement.exempt or (("nobody",) if deny else ()),
    )


def nodes(guardrail: Guardrail) -> tuple[str, ...]:
    """The nodes that it is attached to: `the root`, `Workloads`, `account log-archive`."""
    return tuple(
        "the root" if each == ROOT else f"account {local(each)}" if kind_of(each) == "account" else local(each)
        for each in guardrail.attached_to
    )


def reach(guardrail: Guardrail) -> str:
    """How many OUs and accounts it is in force for."""
    if not guardrail.attached_to:
        return "nobody: it is attached nowhere"
    counted = [count(len(guardrail.units), "OU")] if guardrail.units else []
    return listing([*counted, count(len(guardrail.accounts), "account")])


def size(guardrail: Guardrail) -> str:
    """The size of its document, and the share of the largest size."""
    if guardrail.max_size is None:
        return count(guardrail.size, "character")
    share = round(100 * guardrail.size / guardrail.max_size)
    return f"{guardrail.size:,} of {guardrail.max_size:,} characters ({share}%)"
