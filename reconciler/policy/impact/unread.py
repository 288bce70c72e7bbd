"""The effect of unread policies on the answers about a change.

A plan changes no policy that it has not read, so what is not known of an account stays the same as long as the same
nodes are above it. Then it cancels out of the difference; otherwise nothing is known of the difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from reconciler.model.address import Address
from reconciler.model.impact import ClaimProof
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.scope import Unread
from reconciler.policy.evaluation.chains import Chain

Chains = Mapping[Address, Chain]


def not_read(unread: Unread) -> str:
    """In words: `SCPs were not read: …`."""
    return f"{BY_SHORT[unread.kind].label}s were not read: {unread.reason}"


def unknown_changes(before: Chains, after: Chains) -> dict[Unread, tuple[Address, ...]]:
    """The accounts in both for which a change may do what is not known, in order, by the policy type that was not read:
    they have other nodes above them afterwards. A plan changes no policy that was not read."""
    found: dict[Unread, list[Address]] = defaultdict(list)
    for account in sorted(before.keys() & after.keys()):
        old, new = before[account], after[account]
        if old.path() != new.path():
            for each in dict.fromkeys((*old.unread, *new.unread)):
                found[each].append(account)
    return {each: tuple(accounts) for each, accounts in found.items()}


def sound(proof: ClaimProof, before: Chains, after: Chains) -> ClaimProof:
    """The proof, as far as it holds whatever was not read. Where the unread policies of some account may be others
    afterwards, nothing is proven: it may be the caller, or own the resource. Where they are the same, they may deny the
    example by which a claim is refuted."""
    unknown = list(unknown_changes(before, after))
    if not unknown and proof.verdict == "refuted":
        unknown = list(dict.fromkeys(each for chain in after.values() for each in chain.unread))
    if not unknown:
        return proof
    why = "; ".join(map(not_read, unknown))
    return proof.model_copy(update={"verdict": "not_proven", "example": None, "reason": why})
