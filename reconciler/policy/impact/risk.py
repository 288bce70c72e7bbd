"""The risk of a change of permissions."""

from __future__ import annotations

import re

from reconciler.model.impact import Risk
from reconciler.policy.evaluation.chains import Chain
from reconciler.policy.language.catalogue import Catalogue

SENSITIVE: dict[str, tuple[str, ...]] = {
    "leaving or changing the organization": ("organizations:*", "account:*"),
    "identities and their permissions": ("iam:*", "sso:*", "identitystore:*", "sts:AssumeRoot"),
    "encryption keys": ("kms:*",),
    "stopping the audit trail": (
        "cloudtrail:Stop*", "cloudtrail:Delete*", "cloudtrail:Update*", "cloudtrail:PutEventSelectors",
        "config:Stop*", "config:Delete*", "logs:Delete*",
    ),
    "switching off detection": (
        "guardduty:Delete*", "guardduty:Disassociate*", "guardduty:Stop*", "guardduty:Update*",
        "securityhub:Disable*", "securityhub:Delete*", "access-analyzer:Delete*", "macie2:Disable*",
        "inspector2:Disable*", "detective:Delete*",
    ),
}  # fmt: skip
"""Actions that should not come back unnoticed, by what they are about."""

_PRODUCTION = re.compile(
    r"(?<![a-z])(?<!non-)(?<!non_)(?<!pre-)(?<!pre_)(prod|production|live)(?![a-z])", re.IGNORECASE
)
_BROAD = 0.5


def in_production(chain: Chain) -> bool:
    """Whether the account or one of its parents is named like production."""
    return any(_PRODUCTION.search(level.name) for level in chain.levels)


class Risks:
    """Rates changes over one catalogue."""

    def __init__(self, actions: Catalogue) -> None:
        self._most = actions.listed.bit_count() * _BROAD
        self._sensitive = {what: actions.union(patterns) & actions.listed for what, patterns in SENSITIVE.items()}

    def of_gain(self, mask: int, *, certain: bool, protected: str | None) -> tuple[Risk, str | None]:
        """The risk of no longer denying these actions, of which `protected` is a guarded policy that denied them."""
        if protected:
            return "high", f"the policy {protected} is protected"
        if mask.bit_count() > self._most:
            return ("high" if certain else "medium"), "most actions of AWS"
        about = [what for what, sensitive in self._sensitive.items() if mask & sensitive]
        if about:
            return ("high" if certain else "medium"), ", ".join(about)
        return ("medium" if certain else "low"), None

    def of_loss(self, mask: int, *, certain: bool, production: bool) -> tuple[Risk, str | None]:
        """The risk of newly denying these actions."""
        if mask.bit_count() > self._most:
            return ("high" if certain or production else "medium"), "most actions of AWS"
        if production:
            return ("high" if certain else "medium"), "in production"
        return ("medium" if certain else "low"), None
