"""How guardrails are told, the same in every format. Nothing here is escaped: each format does that in its own way."""

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
    "rcp": "What may be done at most to resources of an account, by whomever. They never apply to resources of the"
    " management account, to service-linked roles and to AWS managed KMS keys.",
    "tag": "Which tags there are, how they are spelled, and which values they may have.",
    "backup": "Backup plans for resources that have the tags. They cannot be changed from within an account.",
    "declarative_ec2": "Settings that EC2 enforces, whatever a request asks for.",
    "ai_opt_out": "Which AI services of AWS may keep and use our content.",
}


class Section(NamedTuple):
    """The guardrails of one policy type."""

    title: str
    note: str
    guardrails: tuple[Guardrail, ...]


def introduction(found: Guardrails) -> str:
    """What the page is, and how to find the policy that an AccessDenied was about: newer messages have its id.

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


def does(statement: GuardrailStatement) -> str:
    """The verb of the statement."""
    return "denies" if statement.effect == "Deny" else "allows"


def extent(statement: GuardrailStatement) -> str:
    """What leads to the list of actions, if anything does."""
    if statement.all_but_actions:
        return "every action except"
    return "every action" if "*" in statement.actions else ""


def verb(statement: GuardrailStatement) -> str:
    """What the statement does, up to its list of actions: `denies every action except`."""
    return f"{does(statement)} {extent(statement)}".strip()


def actions(statement: GuardrailStatement) -> tuple[str, ...]:
    """The list of actions behind the verb."""
    return () if "*" in statement.actions and not statement.all_but_actions else statement.actions


def on(statement: GuardrailStatement) -> str:
    """What leads to the list of resources."""
    return "on everything except" if statement.all_but_resources else "on"


def exempt(statement: GuardrailStatement) -> tuple[str, ...]:
    """Whom a Deny leaves alone, besides those whom policies of its type never stop."""
    return statement.exempt or (("nobody",) if statement.effect == "Deny" else ())


def nodes(guardrail: Guardrail) -> tuple[str, ...]:
    """The nodes that hold it: `the root`, `Workloads`, `account log-archive`."""
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
    """How much of the largest size its document takes."""
    if guardrail.max_size is None:
        return count(guardrail.size, "character")
    share = round(100 * guardrail.size / guardrail.max_size)
    return f"{guardrail.size:,} of {guardrail.max_size:,} characters ({share}%)"
