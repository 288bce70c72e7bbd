"""The codes of findings about an organization: W6xx what has no effect or protects nothing, I6xx advice."""

from __future__ import annotations

from reconciler.model.diagnostic import Code, severity_of


def _code(code: str, title: str, explanation: str) -> Code:
    return Code(code=code, severity=severity_of(code), title=title, explanation=explanation)


FINDING_CODES: tuple[Code, ...] = (
    _code(
        "W601",
        "an SCP or RCP is attached to the management account",
        "SCPs and RCPs do not affect the management account, whatever it is attached to. Attach the policy to the root "
        "or to OUs; protect the management account by having no workloads, few people and few roles in it.",
    ),
    _code(
        "W602",
        "a suspended OU in which everything is still allowed",
        "An OU named Suspended is where accounts wait to be closed. Without an SCP that denies every action, there or "
        "above it, they can be used as before. An exemption by a condition (a break-glass role) is fine.",
    ),
    _code(
        "I601",
        "the management account is among other accounts",
        "No SCP restricts the management account, and whoever has it has the whole organization. AWS recommends to run "
        "no workloads in it; in an OU with member accounts it looks like one of them.",
    ),
    _code(
        "I602",
        "accounts are directly in the root",
        "What is attached to the root is for every account. In OUs, accounts can have policies of their own kind.",
    ),
    _code(
        "I603",
        "a security service has no delegated administrator",
        "The service works across the organization and is administered from the management account. AWS recommends a "
        "delegated administrator, so that people who read findings need no access to the management account.",
    ),
    _code(
        "I604",
        "accounts have no security contact",
        "AWS writes to the security contact about abuse and incidents; without one, to the root user's e-mail only. It "
        "is a finding where alternate contacts are managed: of other accounts it is not known.",
    ),
    _code("I605", "an OU is empty", "It has no accounts and no OUs, so what is attached to it has no effect."),
    _code(
        "I606",
        "a policy that is not declared is attached nowhere",
        "It has no effect, and counts for the quota of policies. "
        "A policy of the spec that is attached nowhere is W302.",
    ),
    _code(
        "I607",
        "a quota is almost reached",
        "More than 80% are in use. `organization.quotas` has the quotas where yours differ from the defaults of AWS.",
    ),
    _code(
        "I608",
        "root access is not managed centrally",
        "Member accounts have root credentials of their own. With centralised root access they can be removed, and "
        "tasks that need the root user are done from the management account or a delegated administrator.",
    ),
)
