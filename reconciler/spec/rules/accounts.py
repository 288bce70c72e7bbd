"""Rules about accounts."""

from __future__ import annotations

import re

from reconciler.spec.declared import DeclaredAccount
from reconciler.spec.rules.context import RuleContext, repeated
from reconciler.spec.tree import Span
from reconciler.spec.wording import counted, quoted

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NEW_NAME = re.compile(r"[ -~]{1,50}")


def is_email(text: str) -> bool:
    """Whether a spec can have the text as the e-mail of an account."""
    return _EMAIL.fullmatch(text) is not None and 6 <= len(text) <= 64


def are_declared_once(context: RuleContext) -> None:
    for key, path, first in repeated((account.key, account.at) for account in context.declared.accounts):
        context.report(
            "E303", context.tree.key(path), f"the account {quoted(key)} is declared twice",
            "keep it in one place, or give one of them another key",
            related=[("first declared here", context.tree.key(first))],
        )  # fmt: skip


def have_an_identity(context: RuleContext) -> None:
    for account in context.declared.accounts:
        if account.shape.id is None and account.email is None and _is_complete(context, account):
            context.report(
                "E306", context.tree.key(account.at),
                f"the account {quoted(account.key)} has neither an `id` nor an `email`",
                'add `id:` or `email:`, or set `defaults.accounts.email`, as in "aws+{{ key }}@example.com"',
            )  # fmt: skip


def have_emails_of_their_own(context: RuleContext) -> None:
    """The e-mail of an account is unique in all of AWS (orgs_manage_accounts_create)."""
    pattern = context.declared.spec.defaults.accounts.email or ""
    named = ((each.email.casefold(), each) for each in context.declared.accounts if each.email)
    for _, account, other in repeated(named):
        if account.key == other.key:
            continue  # reported as E303
        by_default = account.default_email and other.default_email and "{{" not in pattern
        context.report(
            "E304", email_span(context, account),
            f"the accounts {quoted(other.key)} and {quoted(account.key)} have the same e-mail"
            f" {quoted(account.email or '')}",
            "put `{{ key }}` into `defaults.accounts.email`" if by_default else "give one of them another e-mail",
            related=[(f"the e-mail of {other.key}", email_span(context, other))],
        )  # fmt: skip


def have_ids_of_their_own(context: RuleContext) -> None:
    for number, account, other in repeated(
        (each.shape.id, each) for each in context.declared.accounts if each.shape.id
    ):
        if account.key == other.key:
            continue  # reported as E303
        context.report(
            "E305", context.tree.at((*account.at, "id")),
            f"the accounts {quoted(other.key)} and {quoted(account.key)} have the same id {number}",
            "correct one of the ids, or keep one of the accounts",
            related=[(f"the id of {other.key}", context.tree.at((*other.at, "id")))],
        )  # fmt: skip


def have_valid_emails(context: RuleContext) -> None:
    """6 to 64 characters (API_CreateAccount)."""
    for account in context.declared.accounts:
        email = account.email
        if email is None or account.default_email == "" or is_email(email):
            continue
        if _EMAIL.fullmatch(email):
            message = f"the e-mail {quoted(email)} has {counted(len(email), 'character')}; AWS allows 6 to 64"
        else:
            message = f"{quoted(email)} is not an e-mail address"
        if account.default_email is not None:
            message += " (from `defaults.accounts.email`)"
        help = "write an address such as aws+name@example.com"
        context.report("E307", email_span(context, account), message, help)


def have_valid_names(context: RuleContext) -> None:
    """A new account has printable ASCII, at most 50 characters (API_CreateAccount). An account that exists may have any
    name. Without an id it is not known offline whether it exists; with an id, whether the plan changes the name."""
    for account in context.declared.accounts:
        name = account.create_name
        where = context.tree.at((*account.at, "name")) if account.shape.name else context.tree.key(account.at)
        if not name.strip():
            context.report("E308", where, "an account cannot have a name of blanks only", "write its name")
        elif name != name.strip():
            context.report(
                "W309", where, f"the name {quoted(name)} has blanks at its ends, which the service does not keep",
                "remove them",
            )  # fmt: skip
        elif account.shape.id is None and not _NEW_NAME.fullmatch(name):
            problem = f"it has {counted(len(name), 'character')}" if len(name) > 50 else "other characters are in it"
            context.report(
                "W308", where, f"a new account cannot be named {quoted(name)}: {problem}",
                "use at most 50 characters of printable ASCII" + ("" if account.shape.name else ", in `name:`")
                + "; give the `id` of an account that has this name",
            )  # fmt: skip


def can_be_invited(context: RuleContext) -> None:
    """An invitation needs an existing account. An e-mail that `defaults.accounts` generates identifies none."""
    for account in context.declared.accounts:
        shape, name = account.shape, quoted(account.key)
        here = context.tree.key((*account.at, "invite"))
        if shape.invite and shape.id is None and shape.email is None:
            context.report(
                "E346", here, f"the account {name} is to be invited, and has neither an `id` nor an `email` of its own",
                "add the `id` of the account, or the e-mail of its root user",
            )  # fmt: skip
        elif shape.invite and shape.gov_cloud:
            context.report(
                "E347", here, f"the account {name} cannot be invited and be created with a GovCloud counterpart",
                "remove `invite` for a new account, `gov_cloud` for one that exists",
            )  # fmt: skip
        if shape.invite_notes is not None and not shape.invite:
            context.report(
                "E348", context.tree.key((*account.at, "invite_notes")),
                f"the account {name} has `invite_notes`, but is not to be invited",
                "add `invite: true`, or remove `invite_notes`",
            )  # fmt: skip


def matter_at_creation(context: RuleContext) -> None:
    """What the service takes when it creates an account, on accounts that exist."""
    for account in context.declared.accounts:
        shape, name = account.shape, quoted(account.key)
        if shape.invite and shape.role_name is not None:
            context.report(
                "W337", context.tree.key((*account.at, "role_name")),
                f"`role_name` has no effect on {name}: an account that is invited gets no access role",
                "remove `role_name`, and create the role in the account",
            )  # fmt: skip
        if shape.gov_cloud and shape.id is not None:
            context.report(
                "W338", context.tree.key((*account.at, "gov_cloud")),
                f"`gov_cloud` has no effect on {name}: the pair is made at creation only, and the account exists",
                "remove `gov_cloud`",
            )  # fmt: skip


def _is_complete(context: RuleContext, account: DeclaredAccount) -> bool:
    valid = context.valid
    return not context.incomplete and valid.is_complete(account.at) and valid.is_complete(("defaults",))


def email_span(context: RuleContext, account: DeclaredAccount) -> Span:
    return context.tree.at((*account.at, "email")) if account.shape.email is not None else context.tree.key(account.at)
