"""The e-mails that `defaults.accounts.email` gives to accounts which have neither an e-mail nor an id."""

from __future__ import annotations

from dataclasses import replace

from reconciler.spec.declared import Declared, DeclaredAccount
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.faults import TemplateFault
from reconciler.spec.sandbox import Sandbox
from reconciler.spec.tree import Tree
from reconciler.spec.wording import did_you_mean

_AT = ("defaults", "accounts", "email")
_HELP = 'write an address with the key of the account in it, as in "aws+{{ key }}@example.com"'


def with_default_emails(declared: Declared, tree: Tree, diagnostics: DiagnosticCollector) -> Declared:
    """The same with `default_email` set. A pattern that fails is reported once."""
    pattern = declared.spec.defaults.accounts.email
    if pattern is None:
        return declared
    try:
        accounts = _rendered(declared.accounts, pattern)
    except TemplateFault as fault:
        help = did_you_mean(fault.name, ("key", "name"), _HELP) if fault.name else fault.help or _HELP
        diagnostics.add(fault.code, tree.at(_AT), f"the default e-mail cannot be made: {fault.message}", help)
        return replace(declared, accounts=[replace(each, default_email="") for each in declared.accounts])
    return replace(declared, accounts=accounts)


def _rendered(accounts: list[DeclaredAccount], pattern: str) -> list[DeclaredAccount]:
    sandbox = Sandbox()
    template = sandbox.compiled(pattern)
    return [
        replace(each, default_email=sandbox.rendered(template, {"key": each.key, "name": each.create_name}))
        if each.shape.id is None and each.shape.email is None
        else each
        for each in accounts
    ]
