"""The rules of an organization that its shape cannot express, one named function each.

A rule reports what is wrong in its `RuleContext`; it changes nothing and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable

from reconciler.spec.rules import accounts, attachments, backup, organization, policies, previously, tags, units
from reconciler.spec.rules.context import RuleContext

RULES: tuple[Callable[[RuleContext], None], ...] = (
    organization.needs_all_features,
    organization.keeps_the_management_account,
    organization.is_not_ignored,
    organization.is_within_quotas,
    organization.has_matching_protected_patterns,
    organization.has_existing_findings,
    units.are_not_too_deep,
    units.have_no_blanks_at_the_ends,
    units.differ_in_more_than_case,
    accounts.are_declared_once,
    accounts.have_an_identity,
    accounts.have_emails_of_their_own,
    accounts.have_ids_of_their_own,
    accounts.have_valid_emails,
    accounts.have_valid_names,
    accounts.can_be_invited,
    accounts.matter_at_creation,
    policies.have_managed_types,
    policies.have_names_of_their_own,
    previously.names_one_object_each,
    policies.are_attached,
    policies.are_not_too_large,
    attachments.name_declared_policies,
    attachments.are_made_once,
    attachments.leave_an_scp,
    attachments.allow_something,
    attachments.are_within_quotas,
    attachments.use_full_aws_access_for_scps,
    backup.plans_are_complete,
    tags.are_valid,
    tags.are_not_too_many,
)


def check_rules(context: RuleContext) -> None:
    """Reports everything that breaks a rule."""
    for rule in RULES:
        rule(context)
