"""Invitations: accounts of AWS that exist already join the organization when they accept.

An invitation is sent once and stays open for 15 days; only the invited account can accept or decline it. An account
that has joined is in the root, has no access role, and is moved and tagged by the next plan.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from reconciler.kinds.base import Call, Comparison, Ids, Kind, Reads, Undeclared, UnmanagedRules
from reconciler.kinds.comparing import pairs, readdressed
from reconciler.kinds.handshakes import LIST_HANDSHAKES, RUNNING, handshakes, newest, time_of
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Pending, Warning_, change_of
from reconciler.model.resources import Account, Label, Resource

InvitationState = Literal["open", "declined", "expired", "canceled"]
_ENDED = {
    "declined": "the invitation of {} was declined",
    "expired": "the invitation of {} has expired",
    "canceled": "the invitation of {} was cancelled",
}


class Invitation(Resource):
    """The invitation of the account `target`, an id or an e-mail, by the account's key. `state` is `canceled` on the
    desired side where no invitation is wanted. Inviting again is another `handshake`, so that is not what it is known
    by. `since` and `expires` are times (RFC 3339)."""

    kind: ClassVar[str] = "invitation"
    plural: ClassVar[str] = "invitations"
    prefix: ClassVar[str] = "invitation"
    label: ClassVar[Label] = Label("invitation", "invitations", "cancelled")
    identified: ClassVar[bool] = False
    identity: ClassVar[frozenset[str]] = Resource.identity | {"target", "handshake", "since", "expires"}
    target: str
    handshake: str | None = None
    state: InvitationState = "open"
    notes: str | None = None
    since: str | None = None
    expires: str | None = None

    def unique_key(self) -> tuple[str, ...]:
        return (self.prefix, self.target.lower())

    def is_fulfilled(self, live: Iterable[Resource]) -> bool:
        """An invitation that was accepted is no longer listed: its account is a member."""
        members = (each for each in live if isinstance(each, Account))
        return self.is_open and any(self.target.lower() in (each.id, (each.email or "").lower()) for each in members)

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def account(self) -> Address:
        """The address of the invited account, where it is declared."""
        return addresses.account(addresses.local(self.address))


class InvitationKind(Kind):
    resource = Invitation
    undeclared = Undeclared("Open invitations of accounts without `invite`; `delete` cancels them.")
    max_deletes = (20, "Open invitations that get cancelled.")
    reasons = MappingProxyType({"declared": "declared, not a member yet"})
    operations = (
        LIST_HANDSHAKES,
        Operation(
            "InviteAccountToOrganization", 3, 5, Answer("Handshake", dict, {"Id": str}), writes=True, repeatable=False
        ),
        Operation("CancelHandshake", 2, 3, Answer("Handshake", dict, {"Id": str}), writes=True),
    )

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[Invitation]:
        """The newest invitation of each account; one that was accepted is an account now."""
        by_target: dict[str, list[Mapping[str, Any]]] = {}
        for each in handshakes(reads, ActionType="INVITE"):
            if (target := _target(each)) is not None:
                by_target.setdefault(target.lower(), []).append(each)
        for target, found in by_target.items():
            last = newest(found)
            if last is None or last["State"] == "ACCEPTED":
                continue
            yield Invitation(
                address=addresses.invitation(target),
                target=target,
                handshake=last["Id"],
                state="open" if last["State"] in RUNNING else last["State"].lower(),
                notes=next((str(each["Value"]) for each in last["Resources"] if each["Type"] == "NOTES"), None),
                since=time_of(last, "RequestedTimestamp"),
                expires=time_of(last, "ExpirationTimestamp"),
            )

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        """An invitation belongs to the declared account with the id, or the e-mail, that was invited. Of two, an open
        one does."""
        accounts = {each.address: each for each in desired.of(Account)}
        declared = {}
        for wanted in desired.of(Invitation):
            account = accounts.get(wanted.account)
            for known in (wanted.target, account and account.id, account and account.email):
                if known:
                    declared[known.lower()] = wanted.address
        names: dict[Address, Address] = {}
        for each in sorted(live.of(Invitation), key=lambda found: not found.is_open):
            wanted_address = declared.get(each.target.lower())
            if wanted_address is not None and wanted_address not in names.values():
                names[each.address] = wanted_address
        return desired, readdressed(live, names)

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        cancels = desired.scope.has_part(Invitation.plural) and policies.unmanaged.get(Invitation.plural) == "delete"
        for wanted, existing in pairs(Invitation, desired, live):
            if wanted and wanted.is_open:
                _compare_wanted(wanted, existing, live, found)
            elif existing is None or not existing.is_open:
                continue
            elif wanted or cancels:
                found.changes.append(_cancellation(existing, wanted))
            else:
                found.unmanaged.append(existing)
        unread = next((each for each in live.scope.unread if each.kind == Invitation.plural), None)
        if unread is not None and found.changes:
            text = f"which invitations are open is not known ({unread.reason}); the service refuses to send one twice"
            found.warnings.append(Warning_(code="W541", message=text))
        return found

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        """Which accounts to invite depends on the existing invitations."""
        if any(each.kind == Invitation.kind for each in changes):
            yield Invitation.plural

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        invitation = change.resource
        assert isinstance(invitation, Invitation)
        if change.after is None:
            already = frozenset({"HandshakeAlreadyInStateException"})
            yield Call("CancelHandshake", {"HandshakeId": invitation.handshake}, already=already)
            return
        type = "EMAIL" if "@" in invitation.target else "ACCOUNT"
        params: dict[str, Any] = {"Target": {"Id": invitation.target, "Type": type}}
        if invitation.notes:
            params["Notes"] = invitation.notes
        already = frozenset({"DuplicateHandshakeException"})
        yield Call("InviteAccountToOrganization", params, id_at=("Handshake", "Id"), already=already)


def _cancellation(existing: Invitation, wanted: Invitation | None) -> Change:
    if wanted is None:
        return change_of("delete", "not_declared", before=existing)
    return change_of("delete", "removed", before=existing, source=wanted.source)


def _target(handshake: Mapping[str, Any]) -> str | None:
    """The id or the e-mail of the invited account; the parties are in no order."""
    return next((str(each["Id"]) for each in handshake["Parties"] if each["Type"] in ("ACCOUNT", "EMAIL")), None)


def _compare_wanted(wanted: Invitation, existing: Invitation | None, live: Inventory, found: Comparison) -> None:
    members = {each.address: each for each in live.of(Account)}
    if wanted.account in members:
        return
    emails = {(each.email or "").lower(): each for each in members.values()}
    if (member := emails.get(wanted.target.lower())) is not None:
        text = (
            f"{wanted.account} is not invited: its e-mail is that of {member.id}, which is a member already; "
            "correct the id, or the e-mail"
        )
        found.warnings.append(Warning_(code="W540", message=text, address=wanted.address, source=wanted.source))
    elif existing is not None and existing.is_open:
        text = f"{existing.target} has not accepted the invitation yet; only that account can accept or decline it"
        pending = Pending(
            address=wanted.address, state="open", since=existing.since, expires=existing.expires, detail=text
        )
        found.pending.append(pending)
    else:
        notes = ["the account gets no access role, and is moved and tagged once it has accepted"]
        if existing is not None:
            day = (existing.since or "an earlier day").partition("T")[0]
            notes.insert(0, f"invited again: {_ENDED[existing.state].format(day)}")
        after = wanted if existing is None else existing.model_copy(update={"state": "open", "notes": wanted.notes})
        fields = () if existing is None else ("notes", "state")
        change = change_of("invite", "declared", before=existing, after=after, fields=fields, source=wanted.source)
        found.changes.append(change.model_copy(update={"note": "; ".join(notes)}))
