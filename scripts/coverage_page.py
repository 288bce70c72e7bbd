"""The page docs/coverage.md: what of the services' operations a spec reaches, from the registry of kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import botocore.session

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import SERVICES
from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind
from scripts.commands_page import WRITTEN

READING: Final = ("Describe", "Get", "List")
SCOPES = {"": "", "account": "", "iam": "Organizations", "ram": "Organization"}
"""The services on the page, and the word in the names of their operations that are about the organization."""

KEYS_OF_THE_TREE = {
    "AttachPolicy": "`policies` of a node",
    "CloseAccount": "`state: closed` of an account",
    "CreateAccount": "an account",
    "CreateGovCloudAccount": "`gov_cloud: true` of an account",
    "CreateOrganization": "`apply --create-organization`",
    "CreateOrganizationalUnit": "an organizational unit",
    "CreatePolicy": "`policies`",
    "DeleteOrganizationalUnit": "`unmanaged.organizational_units`",
    "DeletePolicy": "`unmanaged.policies`",
    "DetachPolicy": "`policies` of a node",
    "DisablePolicyType": "`organization.policy_types`",
    "EnablePolicyType": "`organization.policy_types`",
    "MoveAccount": "the place of an account",
    "RemoveAccountFromOrganization": "`state: removed` of an account",
    "TagResource": "`tags`",
    "UntagResource": "`tags`",
    "UpdateOrganizationalUnit": "`previously` of an organizational unit",
    "UpdatePolicy": "`policies`",
    "account:PutAccountName": "`name` of an account",
}
"""What of a spec leads to the operations of the tree and its policies."""

LEFT_OUT = {
    "DeclineHandshake": "for the recipient of a handshake, which an organization is not",
    "DeleteOrganization": "an organization is never deleted by a spec",
    "InviteOrganizationToTransferResponsibility": "a transfer of billing is a matter of contracts",
    "LeaveOrganization": "called by a member account about itself; `state: removed` is the other side of it",
    "TerminateResponsibilityTransfer": "a transfer of billing is a matter of contracts",
    "UpdateResponsibilityTransfer": "a transfer of billing is a matter of contracts",
    "account:AcceptPrimaryEmailUpdate": "needs the one-time password that AWS sends by e-mail",
    "account:SendPhoneNumberVerification": "the code is sent to a telephone",
    "account:StartPrimaryEmailUpdate": "needs the one-time password that AWS sends by e-mail",
    "account:VerifyPhoneNumber": "needs the code that AWS sends to a telephone",
    "iam:GenerateOrganizationsAccessReport": "makes a report, and changes nothing of the organization",
}
"""Operations that no spec reaches, and why."""


def changing() -> list[str]:
    """Every operation on the page: those of botocore's models that change something, as the table of operations names
    them."""
    models = botocore.session.get_session()
    found = []
    for name, word in SCOPES.items():
        client = SERVICES[name].client if name in SERVICES else name
        operations = models.get_service_model(client).operation_names
        named = (each for each in operations if word in each and not each.startswith(READING))
        found += [f"{name}:{each}" if name else each for each in named]
    return sorted(found)


NOTIFICATIONS = {"sns:Publish": "`drift --notify`", "events:PutEvents": "`drift --notify`"}
"""Operations that tell somebody, and change nothing."""


def reached() -> dict[str, str]:
    """What of a spec leads to each operation, by operation."""
    of_kinds = {row.name: _key(kind) for kind in KINDS for row in kind.operations if row.writes}
    return {name: key for name, key in {**of_kinds, **KEYS_OF_THE_TREE, **NOTIFICATIONS}.items() if name in OPERATIONS}


def _key(kind: Kind) -> str:
    """Where a spec declares a kind."""
    if kind.section is None:
        return f"`{kind.resource.plural}`"
    owner, key = kind.section.of, kind.section.key
    return f"`{key}` of an account" if owner == "account" else f"`{owner}.{key}`"


def coverage_page() -> str:
    """The text of docs/coverage.md."""
    keys, operations = reached(), changing()
    parts = [
        "# Coverage of the services' operations",
        WRITTEN,
        "Every operation that changes something in the newest service models of AWS Organizations and Account "
        "Management, and what IAM and Resource Access Manager have for the organization: what of a spec leads to it, "
        "or why nothing does. A test compares this page with botocore.",
        f"{len(operations)} operations, {len(keys.keys() & set(operations))} reached.",
        *_table("Reached by a spec", "key", {each: keys[each] for each in operations if each in keys}),
        *_table("Left out", "reason", {each: LEFT_OUT[each] for each in operations if each in LEFT_OUT}),
    ]
    return "\n\n".join(parts) + "\n"


def _table(title: str, head: str, rows: dict[str, str]) -> Iterator[str]:
    if rows:
        yield f"## {title}"
        yield "\n".join(
            [f"| operation | {head} |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in rows.items())]
        )
