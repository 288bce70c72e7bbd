"""What is known of assignments, which are read by principal, by pair of a permission set and an account, or not."""

from __future__ import annotations

from reconciler.kinds.identity_center.resources import BY_PRINCIPAL, Assignment
from reconciler.model.scope import Coverage, Scope


def coverage_of(scope: Scope) -> Coverage | None:
    """How the assignments in a scope were read, by the least complete of its parts; `None` where none were."""
    if scope.parts is None or Assignment.plural in scope.parts:
        return "by_pair"
    if BY_PRINCIPAL in scope.parts:
        return "by_principal"
    return "by_pair" if any(each.startswith(f"{Assignment.plural}/") for each in scope.parts) else None


def account_part(account_id: str) -> str:
    """The part of a scope that all permission sets are in one account: all its pairs."""
    return f"{Assignment.plural}/{account_id}"
