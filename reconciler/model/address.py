r"""Names for everything that is managed, readable and unique in one organization.

    root:/                               the root
    ou:Workloads/Production              an organizational unit, by its path of names
    account:shop-prod                    an account, by its key in the spec (live and undeclared: by its id)
    policy:deny-regions                  a policy, by its key in the spec
    policy_type:scp                      a policy type
    attachment:deny-regions@Workloads    a policy on a node (`@/` the root, `@account:KEY` an account)

A `/` or `\` inside the name of an OU is written `\/` or `\\`.
"""

from __future__ import annotations

import hashlib
import re

Address = str

ROOT: Address = "root:/"
FEATURE_SET: Address = "feature_set:/"
"""The feature set of the organization."""


def escape(name: str) -> str:
    """The name of an OU as one step of a path."""
    return name.replace("\\", "\\\\").replace("/", "\\/")


def split_path(path: str) -> list[str]:
    """The escaped steps of a path: `A/B` is `["A", "B"]`, `/` is `[]`."""
    steps, current, escaped = [], "", False
    for char in path:
        if char == "/" and not escaped:
            steps.append(current)
            current = ""
            continue
        escaped = char == "\\" and not escaped
        current += char
    return [step for step in [*steps, current] if step]


def ou(path: str) -> Address:
    return f"ou:{path}"


def account(key: str) -> Address:
    return f"account:{key}"


def invitation(key: str) -> Address:
    """The address of the invitation of an account, by its key (live and undeclared: by the id or e-mail invited)."""
    return f"invitation:{key}"


def policy(key: str) -> Address:
    return f"policy:{key}"


def trusted_access(principal: str) -> Address:
    """The address of a service's trusted access."""
    return f"trusted_access:{principal}"


def policy_type(short: str) -> Address:
    return f"policy_type:{short}"


def child(parent: Address, name: str) -> Address:
    """The address of the OU `name` in `parent`."""
    step = escape(name)
    return ou(step) if parent == ROOT else f"{parent}/{step}"


def attachment(policy_address: Address, target: Address) -> Address:
    kind, _, name = target.partition(":")
    return f"attachment:{local(policy_address)}@{target if kind == 'account' else name}"


def local(address: Address) -> str:
    """The address without its kind: `Workloads` of `ou:Workloads`."""
    return address.partition(":")[2]


def depth(address: Address) -> int:
    """How far below the root a node can be: 0 the root, the level of an OU, and for an account more than for any OU."""
    if kind_of(address) == "account":
        return 1_000
    return len(split_path(local(address)))


def kind_of(address: Address) -> str:
    return address.partition(":")[0]


def unescape(step: str) -> str:
    """The name that `escape` made a step of."""
    return re.sub(r"\\(.)", r"\1", step)


_LONGEST_NAME = 128
"""Characters of the name of an OU or a policy (API_CreateOrganizationalUnit, API_CreatePolicy)."""
_TEMPORARY = "--reconciler-rename"


def temporary_name(final: str) -> str:
    """The name that an OU or a policy has while the name it is to get is still taken. It is made from the final name
    alone, so that a run which comes after an interrupted one recognises it."""
    room = _LONGEST_NAME - len(_TEMPORARY)
    if len(final) > room:
        digest = hashlib.sha256(final.encode()).hexdigest()[:12]
        final = f"{final[: room - 13]}-{digest}"
    return final + _TEMPORARY
