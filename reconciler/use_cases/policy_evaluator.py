"""The SCPs and RCPs of one organization, ready for decisions about requests."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.errors import UsageError
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Source
from reconciler.model.decision import Decision, Request
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.model.scope import Unread
from reconciler.policy.evaluation.chains import FULL_ACCESS, Chain, chains, organization_context
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.evaluation.identity import Identity
from reconciler.policy.evaluation.stand_ins import stand_ins_of, with_references, with_stand_ins
from reconciler.policy.evaluation.unknown_actions import unknown_action
from reconciler.policy.language.catalogue import catalogue
from reconciler.policy.language.context import OrganizationContext

_FEW = 8
Statements = Mapping[str, tuple[Source, ...]]
"""Where each statement of a policy is written, by the policy's key."""


@dataclass(frozen=True)
class PolicyEvaluator:
    """One organization, ready for decisions. `statements` names places where the spec is known."""

    inventory: Inventory
    chains: Mapping[Address, Chain]
    place: OrganizationContext
    statements: Statements
    stand_ins: Mapping[Address, str]

    @classmethod
    def of(cls, inventory: Inventory, statements: Statements | None = None) -> PolicyEvaluator:
        stand_ins = stand_ins_of(inventory)
        inventory = with_stand_ins(inventory, stand_ins)
        return cls(inventory, chains(inventory), organization_context(inventory), statements or {}, stand_ins)

    def account(self, name: str) -> Address:
        """As `account_named`."""
        return account_named(self.inventory, name)

    def explain(self, request: Request, *, closed_context: bool = False, identity: Identity | None = None) -> Decision:
        """The decision on a request, by the policies of the caller too where they are given. Raises `UsageError` for
        an account that there is not."""
        chain, request = self.question(request)
        by_id = {chain.account_id: chain for chain in self.chains.values() if chain.account_id}
        decision_of = functools.partial(
            decide,
            request=request,
            place=self.place,
            others=by_id,
            identity=identity,
            closed_context=closed_context,
        )
        decision = decision_of(chain)
        applied = decision_of(replace(chain, unread=self._not_managed)).unknown if self._not_managed else ()
        kinds = (*(each.kind for each in applied), *(identity.not_managed if identity else ()))
        return self._explanation(decision, () if decision.decision == "denied" else kinds)

    @functools.cached_property
    def without_rcps(self) -> PolicyEvaluator:
        """The same organization as if RCPs were not enabled."""
        rcps = addresses.policy_type("rcp")
        known = self.inventory.model_copy(update={"scope": self.inventory.scope.without({"rcp"})})
        kept = known.with_resources(each for each in self.inventory.resources if each.address != rcps)
        return replace(self, inventory=kept, chains=chains(kept))

    def question(self, request: Request) -> tuple[Chain, Request]:
        """The chain of the account of the request, and the request with its ids filled in. Raises `UsageError` for
        an account that there is not."""
        address = self.account(request.account)
        if address not in self.chains:
            raise UsageError(f"{address} is closed: no request can be made there")
        return self.chains[address], self._filled(request, self.chains[address])

    def _filled(self, request: Request, chain: Chain) -> Request:
        """The request with `{account}` and `{organization}` as ids, and with `root`, `role/NAME` and `user/NAME` as
        principals of the account: an id need not be known in a request."""
        ids = {"{account}": str(chain.account_id), "{organization}": str(self.place.organization_id)}

        def filled(text: str) -> str:
            return functools.reduce(lambda done, each: done.replace(*each), ids.items(), text)

        principal = request.principal
        if principal is not None and (principal == "root" or principal.startswith(("role/", "user/"))):
            principal = f"arn:{self.place.partition}:iam::{{account}}:{principal}"
        given = {"principal": principal, "resource": request.resource, "resource_account": request.resource_account}
        context = {key: tuple(map(filled, values)) for key, values in request.context.items()}
        return request.model_copy(
            update={"context": context, **{name: text and filled(text) for name, text in given.items()}}
        )

    def _explanation(self, decision: Decision, not_managed: tuple[str, ...] = ()) -> Decision:
        blocker = decision.blocked_by
        places = self.statements.get(blocker.policy, ()) if blocker and blocker.type in FULL_ACCESS else ()
        place = places[blocker.index] if blocker and blocker.index < len(places) else None
        located = blocker.model_copy(update={"file": place.file, "line": place.line}) if blocker and place else blocker
        return decision.model_copy(
            update={
                "blocked_by": located,
                "condition": with_references(decision.condition, self.stand_ins),
                "not_managed": not_managed,
                "warnings": tuple(filter(None, [unknown_action(decision.action, catalogue())])),
            }
        )

    @functools.cached_property
    def _not_managed(self) -> tuple[Unread, ...]:
        """SCPs and RCPs where the inventory is that of a spec which does not manage them."""
        unread = self.inventory.unread()
        return tuple(each for each in self.inventory.scope.unread if each.kind in FULL_ACCESS and each not in unread)


def account_named(inventory: Inventory, name: str) -> Address:
    """The address of the account with this key, id or name. Raises `UsageError` with the nearest right names."""
    accounts = list(inventory.of(Account))
    for each in accounts:
        if name in (addresses.local(each.address), each.id, each.address):
            return each.address
    named = [each.address for each in accounts if name in (each.name, each.create_name)]
    if len(named) == 1:
        return named[0]
    known = [addresses.local(each.address) for each in accounts]
    near = difflib.get_close_matches(name, known, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else _those_there(known)
    raise UsageError(f"there is no account {name}", help=hint)


def _those_there(known: Sequence[str]) -> str:
    """`the accounts are a, b and 2 more`: of the organization that is asked, which may be the live one."""
    if not known:
        return "the organization has no accounts"
    few, more = known[:_FEW], len(known) - _FEW
    return f"the accounts are {', '.join(few)}{f' and {more:,} more' if more > 0 else ''}"
