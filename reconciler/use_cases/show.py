"""The declared or the live organization, to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.model.guardrail import Guardrails
from reconciler.model.inventory import Inventory
from reconciler.planning.planner import aligned
from reconciler.policy.evaluation.guardrails import guardrails
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.policy_evaluator import Statements
from reconciler.use_cases.read import Progress, read_known, silent


@dataclass(frozen=True)
class View:
    """An organization by the spec's names, with the places of its statements where the spec is known. `sizes` has the
    largest size of a document, in characters, by policy type where it is not AWS's default."""

    inventory: Inventory
    statements: Statements = field(default_factory=dict)
    sizes: Mapping[str, int | None] = field(default_factory=dict)

    def guardrails(self) -> Guardrails:
        """Its policies as documentation for the users that they restrict."""
        return guardrails(self.inventory, self.statements, self.sizes)


def declared_view(desired: Desired) -> View:
    """What the spec declares."""
    sizes = {short: quota.characters for short, quota in desired.settings.quotas.policy_types.items()}
    return View(desired.inventory, desired.statements, sizes)


def live_view(
    connection: Connection,
    desired: Desired | None,
    policy_types: Collection[str] | None = None,
    progress: Progress = silent,
    *,
    tags: bool = False,
) -> View:
    """The live organization with the policies of these types (`None`: all), whether the spec manages them or not, by
    the spec's names where there is a spec."""
    live = read_known(connection, policy_types, progress, tags=tags)
    return View(live) if desired is None else View(aligned(desired.inventory, live)[1], desired.statements)
