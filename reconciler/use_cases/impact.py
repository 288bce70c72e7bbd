"""What a change means for permissions: a claim proven or refuted, recorded calls replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model import address as addresses
from reconciler.model.impact import Claim, ClaimProof, Replay
from reconciler.model.inventory import Inventory
from reconciler.model.scope import Unknown
from reconciler.policy.evaluation.chains import chains, organization_context
from reconciler.policy.evaluation.stand_ins import both_organizations
from reconciler.policy.impact.events import Record, read_records
from reconciler.policy.impact.proof import prove
from reconciler.policy.impact.replay import replay
from reconciler.policy.impact.unread import sound, unknown_changes
from reconciler.use_cases.files import reason_of


def prove_claim(claim: Claim, before: Inventory, after: Inventory, ou: str | None) -> ClaimProof:
    """Whether no account below the OU (all without one) gains, or loses, anything. Raises `UsageError` for an OU that
    does not exist."""
    old, new = both_organizations(before, after)
    found = new.chains
    if ou is not None:
        node = addresses.ROOT if ou == "/" else addresses.ou(ou)
        if node not in {each.address for each in after.resources}:
            raise UsageError(f"there is no account below {node}")
        found = {account: chain for account, chain in found.items() if node in {level.name for level in chain.levels}}
    return sound(prove(claim, old, new, found), old.chains, new.chains)


def replay_events(
    files: Iterable[Path], before: Inventory, after: Inventory, *, looked_up: Iterable[Record] = ()
) -> Replay:
    """Recorded CloudTrail events through the change: those of the files, and those that were `looked_up`. Raises
    `UsageError` for a file that holds none."""

    def records() -> Iterator[Record]:
        for file in files:
            try:
                yield from read_records(file)
            except OSError as error:
                raise UsageError(f"{file} cannot be read: {reason_of(error)}", help="correct --events") from error
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{file} contains no CloudTrail records: {reason_of(error)}") from error
        yield from looked_up

    once, then = chains(before), chains(after)
    found = replay(records(), once, then, places=(organization_context(before), organization_context(after)))
    unknown = tuple(
        Unknown(kind=each.kind, addresses=accounts, reason=each.reason)
        for each, accounts in unknown_changes(once, then).items()
    )
    return found.model_copy(update={"unknown": unknown})
