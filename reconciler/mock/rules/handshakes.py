"""Handshakes: invitations, and the change to all features. moto has none of these operations.

The caller matters here: the management account proposes, the other account accepts or declines. A call is one of the
management account unless it names another caller (`MockOrganization.call`).
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.kinds.feature_set import FeatureSet, FeatureSetKind
from reconciler.kinds.handshakes import RUNNING
from reconciler.kinds.invitation import Invitation, InvitationKind
from reconciler.mock.backend import Backend
from reconciler.mock.handshakes import KEPT, Handshake
from reconciler.mock.objects import Account
from reconciler.mock.own_reads import OwnReads
from reconciler.mock.refusal import Refusal, invalid
from reconciler.mock.statefile import StateFile
from reconciler.model.address import Address
from reconciler.model.api import Params, Response
from reconciler.model.resources import Resource


def _constraint(reason: str, text: str) -> Refusal:
    return Refusal("HandshakeConstraintViolationException", text, reason)


def _denied() -> Refusal:
    return Refusal("AccessDeniedException", "You don't have permissions to access this resource.")


# ---- rules -----------------------------------------------------------------------------------------------------


def account_is_no_member(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html

    An invitation by the e-mail of a member opens (observed against the live service, September 2026)."""
    target = params["Target"]
    if target["Type"] not in ("ACCOUNT", "EMAIL"):
        raise invalid("INVALID_PARTY_TYPE_TARGET", "You can't invite a party of this type.")
    if target["Type"] == "ACCOUNT" and organization.account(target["Id"]) is not None:
        raise _constraint("ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization.")


def account_is_not_invited(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html"""
    target = params["Target"]["Id"].lower()
    for each in organization.handshakes.values():
        if each.action == "INVITE" and each.is_running and (each.party or "").lower() == target:
            raise Refusal("DuplicateHandshakeException", "A handshake with the same action and target exists.")


def all_features_are_not_being_enabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html"""
    if migration(organization) is not None:
        reason = "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES"
        raise _constraint(reason, "You can't invite accounts while all features are being enabled.")


def organization_has_consolidated_billing(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAllFeatures.html"""
    if organization.organization.feature_set == "ALL":
        raise _constraint("ORGANIZATION_ALREADY_HAS_ALL_FEATURES", "The organization has all features.")
    if migration(organization) is not None:
        reason = "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION"
        raise _constraint(reason, "The change to all features was begun already.")


def filter_has_one_field(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListHandshakesForOrganization.html

    Observed against the live service, September 2026."""
    if len(params.get("Filter", {})) > 1:
        raise invalid("MAX_LIMIT_EXCEEDED_FILTER", "You can specify one filter only.")


def handshake_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeHandshake.html"""
    if params["HandshakeId"] not in organization.handshakes:
        raise Refusal("HandshakeNotFoundException", "There is no handshake with this id.")


def caller_is_asked(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html

    The sender neither accepts nor declines; the management account accepts the parent of the change to all features.
    """
    found = organization.handshakes[params["HandshakeId"]]
    is_management = organization.caller == organization.account_id
    asks_management = found.action == "ENABLE_ALL_FEATURES"
    by_id = found.party is not None and "@" not in found.party
    if is_management != asks_management or (by_id and found.party != organization.caller):
        raise _denied()


def caller_is_the_sender(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CancelHandshake.html"""
    if organization.caller != organization.account_id:
        raise _denied()


def _check_waiting(state: str, organization: Backend, params: Params) -> None:
    found = organization.handshakes[params["HandshakeId"]]
    if found.state == state:
        raise Refusal("HandshakeAlreadyInStateException", f"The handshake is {state} already.")
    too_early = found.action == "ENABLE_ALL_FEATURES" and state == "ACCEPTED" and found.state != "OPEN"
    if not found.is_running or too_early:
        raise Refusal("InvalidHandshakeTransitionException", f"A handshake that is {found.state} can't be {state}.")


def can_be_accepted(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html"""
    _check_waiting("ACCEPTED", organization, params)
    found = organization.handshakes[params["HandshakeId"]]
    members = {each.email.lower() for each in organization.members()}
    if found.action == "INVITE" and (
        organization.account(organization.caller) or (found.party or "").lower() in members
    ):
        raise _constraint("ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization.")


def can_be_cancelled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CancelHandshake.html"""
    _check_waiting("CANCELED", organization, params)


def can_be_declined(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeclineHandshake.html"""
    _check_waiting("DECLINED", organization, params)


# ---- answers ---------------------------------------------------------------------------------------------------


def invite(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html"""
    tags = {each["Key"]: each["Value"] for each in params.get("Tags", ())}
    made = _made(organization, "INVITE", party=params["Target"]["Id"], notes=params.get("Notes"), tags=tags)
    return _answer(organization, made)


def enable_all_features(organization: Backend, params: Params) -> Response:
    """Members that were invited are asked; those that were created have the service-linked role. Open invitations are
    cancelled. https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAllFeatures.html"""
    for each in list(organization.handshakes.values()):
        if each.action == "INVITE" and each.is_running:
            _end(organization, each, "CANCELED")
    parent = _made(organization, "ENABLE_ALL_FEATURES", state="REQUESTED")
    for member in organization.members():
        if member.joined_method == "INVITED" and member.id != organization.account_id:
            _made(organization, "APPROVE_ALL_FEATURES", party=member.id, parent=parent.id)
    return _answer(organization, _with_parent_open(organization, parent))


def listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListHandshakesForOrganization.html"""
    chosen = params.get("Filter", {})
    found = [
        each
        for each in organization.handshakes.values()
        if chosen.get("ActionType") in (None, each.action) and chosen.get("ParentHandshakeId") in (None, each.parent)
    ]
    return {"Handshakes": [_answer(organization, each)["Handshake"] for each in found]}


def described(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeHandshake.html"""
    return _answer(organization, organization.handshakes[params["HandshakeId"]])


def cancel(organization: Backend, params: Params) -> Response:
    """Cancelling the parent also cancels the requests to the members.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CancelHandshake.html"""
    found = organization.handshakes[params["HandshakeId"]]
    for each in list(organization.handshakes.values()):
        if each.parent == found.id and each.is_running:
            _end(organization, each, "CANCELED")
    return _answer(organization, _end(organization, found, "CANCELED"))


def decline(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeclineHandshake.html"""
    return _answer(organization, _end(organization, organization.handshakes[params["HandshakeId"]], "DECLINED"))


def accept(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html"""
    found = organization.handshakes[params["HandshakeId"]]
    ended = _end(organization, found, "ACCEPTED")
    if found.action == "INVITE":
        _join(organization, found)
    elif found.action == "ENABLE_ALL_FEATURES":
        organization.organization.feature_set = "ALL"
    elif found.parent is not None:
        _with_parent_open(organization, organization.handshakes[found.parent])
    return _answer(organization, ended)


def _join(organization: Backend, invitation: Handshake) -> None:
    """The account joins in the root, with the tags of the invitation and without an access role."""
    party = invitation.party or ""
    account = Account(
        organization.organization,
        id=organization.caller,
        name=party.partition("@")[0] if "@" in party else f"account-{party}",
        email=party if "@" in party else f"aws+{party}@example.com",
        parent_id=organization.root.id,
        joined=round(organization.clock(), 3),
        method="INVITED",
        tags=invitation.tags,
    )
    organization.add_account(account)
    organization.attach_defaults([account])


def _with_parent_open(organization: Backend, parent: Handshake) -> Handshake:
    """The parent, which is OPEN once every account has approved."""
    children = [each for each in organization.handshakes.values() if each.parent == parent.id]
    if parent.state == "REQUESTED" and all(each.state == "ACCEPTED" for each in children):
        parent = organization.handshakes[parent.id] = parent.model_copy(update={"state": "OPEN"})
    return parent


def _made(organization: Backend, action: str, **fields: object) -> Handshake:
    made = Handshake.model_validate(
        {"id": organization.ids.handshake(), "action": action, "requested": round(organization.clock(), 3), **fields}
    )
    organization.handshakes[made.id] = made
    return made


def _end(organization: Backend, found: Handshake, state: str) -> Handshake:
    ended = found.model_copy(update={"state": state, "ended": round(organization.clock(), 3)})
    organization.handshakes[found.id] = ended
    return ended


def _answer(organization: Backend, found: Handshake) -> Response:
    own = organization.get_account_by_id(organization.account_id)
    management = {"id": own.id, "email": own.email, "name": own.name}
    return {"Handshake": found.describe(organization.organization.id, management)}


# ---- time and snapshots ----------------------------------------------------------------------------------------


def migration(organization: Backend) -> Handshake | None:
    """The change to all features, while it is under way."""
    found = (each for each in organization.handshakes.values() if each.action == "ENABLE_ALL_FEATURES")
    return next((each for each in found if each.is_running), None)


def pass_time(organization: Backend) -> None:
    """Expires handshakes, and deletes those that ended long ago."""
    now = organization.clock()
    for each in list(organization.handshakes.values()):
        if each.is_running and now >= each.expires:
            expired = _end(organization, each, "EXPIRED" if each.parent is None else "CANCELED")
            organization.handshakes[each.id] = expired.model_copy(update={"ended": each.expires})
        elif each.ended is not None and now - each.ended >= KEPT:
            del organization.handshakes[each.id]


def to_resources(organization: Backend) -> Iterator[Resource]:
    """The resources of a snapshot: what a read of the invitations and of the change to all features brings."""
    reads = OwnReads(organization, ANSWERS)
    yield from InvitationKind().read(reads, (Invitation.plural,))
    yield from FeatureSetKind().read(reads, (FeatureSet.plural,))


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """The handshakes of the file, and those that only its resources have, as far as these describe them."""
    found = {each.id: each for each in file.mock.handshakes}
    for invitation in file.of(Invitation):
        state = "OPEN" if invitation.is_open else invitation.state.upper()
        made = _taken_over(organization, "INVITE", state, invitation.since, invitation.handshake)
        found.setdefault(made.id, made.model_copy(update={"party": invitation.target, "notes": invitation.notes}))
    for each in file.of(FeatureSet):
        running = "OPEN" if each.ready else "REQUESTED"
        state = {"running": running, "done": "ACCEPTED", "ended": "EXPIRED"}[each.migration]
        made = _taken_over(organization, "ENABLE_ALL_FEATURES", state, each.since, each.handshake)
        found.setdefault(made.id, made)
    organization.handshakes = found


def _taken_over(organization: Backend, action: str, state: str, since: str | None, id: str | None) -> Handshake:
    """A handshake that only a resource describes; it ended now, where it has ended."""
    now = round(organization.clock(), 3)
    requested = datetime.fromisoformat(since).timestamp() if since else now
    ended = None if state in RUNNING else now
    values = {"id": id or organization.ids.handshake(), "action": action, "state": state}
    return Handshake.model_validate({**values, "requested": requested, "ended": ended})


_OF_RECIPIENT = (handshake_exists, caller_is_asked)
RULES = {
    "InviteAccountToOrganization": (account_is_no_member, all_features_are_not_being_enabled, account_is_not_invited),
    "EnableAllFeatures": (organization_has_consolidated_billing,),
    "ListHandshakesForOrganization": (filter_has_one_field,),
    "DescribeHandshake": (handshake_exists,),
    "CancelHandshake": (handshake_exists, caller_is_the_sender, can_be_cancelled),
    "AcceptHandshake": (*_OF_RECIPIENT, can_be_accepted),
    "DeclineHandshake": (*_OF_RECIPIENT, can_be_declined),
}
ANSWERS = {
    "InviteAccountToOrganization": invite,
    "EnableAllFeatures": enable_all_features,
    "ListHandshakesForOrganization": listed,
    "DescribeHandshake": described,
    "CancelHandshake": cancel,
    "AcceptHandshake": accept,
    "DeclineHandshake": decline,
}
