"""Rules about accounts."""

from __future__ import annotations

import re

from reconciler.spec.declared import DeclaredAccount
from reconciler.spec.places import Place
from reconciler.spec.rules.facts import RuleContext, first_uses
from reconciler.spec.wording import counted, quoted

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NEW_NAME = re.compile(r"[ -~]{1,50}")


def are_declared_once(facts: RuleContext) -> None:
    for key, path, first in first_uses((account.key, account.at) for account in facts.found.accounts):
        facts.notes.add(
            "E303", facts.tree.key(path), f"the account {quoted(key)} is declared twice",
            help="keep it in one place, or give one of them another key",
            related=[("first declared here", facts.tree.key(first))],
        )  # fmt: skip


def have_an_identity(facts: RuleContext) -> None:
    for account in facts.found.accounts:
        if account.shape.id is None and account.email is None and _is_whole(facts, account):
            facts.notes.add(
                "E306", facts.tree.key(account.at),
                f"the account {quoted(account.key)} has neither an `id` nor an `email`",
                help='add `id:` or `email:`, or set `defaults.accounts.email`, as in "aws+{{ key }}@example.com"',
            )  # fmt: skip


def have_emails_of_their_own(facts: RuleContext) -> None:
    """An e-mail belongs to one account in all of AWS (orgs_manage_accounts_create)."""
    by_path = {account.at: account for account in facts.found.accounts}
    named = [(account.email.casefold(), account.at) for account in facts.found.accounts if account.email]
    pattern = facts.found.spec.defaults.accounts.email or ""
    for _, path, first in first_uses(named):
        account, other = by_path[path], by_path[first]
        if account.key == other.key:
            continue  # E303 says that it is declared twice
        by_default = account.default_email and other.default_email and "{{" not in pattern
        help = "put `{{ key }}` into `defaults.accounts.email`" if by_default else "give one of them another e-mail"
        facts.notes.add(
            "E304", email_place(facts, account),
            f"the accounts {quoted(other.key)} and {quoted(account.key)} have the same e-mail"
            f" {quoted(account.email or '')}",
            help=help, related=[(f"the e-mail of {other.key}", email_place(facts, other))],
        )  # fmt: skip


def have_ids_of_their_own(facts: RuleContext) -> None:
    by_path = {account.at: account for account in facts.found.accounts}
    named = [(account.shape.id, account.at) for account in facts.found.accounts if account.shape.id]
    for number, path, first in first_uses(named):
        if by_path[path].key == by_path[first].key:
            continue  # E303 says that it is declared twice
        facts.notes.add(
            "E305", facts.tree.at((*path, "id")),
            f"the accounts {quoted(by_path[first].key)} and {quoted(by_path[path].key)} have the same id {number}",
            help="correct one of the ids, or keep one of the accounts",
            related=[(f"the id of {by_path[first].key}", facts.tree.at((*first, "id")))],
        )  # fmt: skip


def have_valid_emails(facts: RuleContext) -> None:
    """6 to 64 characters (API_CreateAccount)."""
    for account in facts.found.accounts:
        email = account.email
        if email is None or account.default_email == "" or (_EMAIL.fullmatch(email) and 6 <= len(email) <= 64):
            continue
        if _EMAIL.fullmatch(email):
            message = f"the e-mail {quoted(email)} has {counted(len(email), 'character')}; AWS allows 6 to 64"
        else:
            message = f"{quoted(email)} is not an e-mail address"
        if account.default_email is not None:
            message += " (from `defaults.accounts.email`)"
        help = "write an address such as aws+name@example.com"
        facts.notes.add("E307", email_place(facts, account), message, help=help)


def have_valid_names(facts: RuleContext) -> None:
    """A new account has printable ASCII, at most 50 characters (API_CreateAccount). An account that exists may have any
    name, and without an id nobody knows offline whether it does; with an id, only the plan knows whether it gets
    another name."""
    for account in facts.found.accounts:
        name = account.create_name
        where = facts.tree.at((*account.at, "name")) if account.shape.name else facts.tree.key(account.at)
        if not name.strip():
            facts.notes.add("E308", where, "an account cannot have a name of blanks only", help="write its name")
        elif name != name.strip():
            facts.notes.add(
                "W309", where, f"the name {quoted(name)} has blanks at its ends, which the service does not keep",
                help="remove them",
            )  # fmt: skip
        elif account.shape.id is None and not _NEW_NAME.fullmatch(name):
            problem = f"it has {counted(len(name), 'character')}" if len(name) > 50 else "other characters are in it"
            facts.notes.add(
                "W308", where, f"a new account cannot be named {quoted(name)}: {problem}",
                help="use at most 50 characters of printable ASCII" + ("" if account.shape.name else ", in `name:`")
                + "; give the `id` of an account that has this name",
            )  # fmt: skip


def can_be_invited(facts: RuleContext) -> None:
    """An invitation goes to an account that exists: the e-mail that `defaults.accounts` makes is none of its own."""
    for account in facts.found.accounts:
        shape, name = account.shape, quoted(account.key)
        here = facts.tree.key((*account.at, "invite"))
        if shape.invite and shape.id is None and shape.email is None:
            facts.notes.add(
                "E346", here, f"the account {name} is to be invited, and has neither an `id` nor an `email` of its own",
                help="add the `id` of the account, or the e-mail of its root user",
            )  # fmt: skip
        elif shape.invite and shape.gov_cloud:
            facts.notes.add(
                "E347", here, f"the account {name} cannot be invited and be created with a GovCloud counterpart",
                help="remove `invite` for a new account, `gov_cloud` for one that exists",
            )  # fmt: skip
        if shape.invite_notes is not None and not shape.invite:
            facts.notes.add(
                "E348", facts.tree.key((*account.at, "invite_notes")),
                f"the account {name} has `invite_notes`, but is not to be invited",
                help="add `invite: true`, or remove `invite_notes`",
            )  # fmt: skip


def matter_at_creation(facts: RuleContext) -> None:
    """What the service takes when it creates an account, on accounts that exist."""
    for account in facts.found.accounts:
        shape, name = account.shape, quoted(account.key)
        if shape.invite and shape.role_name is not None:
            facts.notes.add(
                "W337", facts.tree.key((*account.at, "role_name")),
                f"`role_name` has no effect on {name}: an account that is invited gets no access role",
                help="remove `role_name`, and create the role in the account",
            )  # fmt: skip
        if shape.gov_cloud and shape.id is not None:
            facts.notes.add(
                "W338", facts.tree.key((*account.at, "gov_cloud")),
                f"`gov_cloud` has no effect on {name}: the pair is made at creation only, and the account exists",
                help="remove `gov_cloud`",
            )  # fmt: skip


def _is_whole(facts: RuleContext, account: DeclaredAccount) -> bool:
    shaped = facts.shaped
    return not facts.incomplete and shaped.whole(account.at) and shaped.whole(("defaults",))


def email_place(facts: RuleContext, account: DeclaredAccount) -> Place:
    return facts.tree.at((*account.at, "email")) if account.shape.email is not None else facts.tree.key(account.at)
