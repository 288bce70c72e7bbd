"""A plan whose changes refer to what will not exist is an error at the line of the spec."""

from __future__ import annotations

import pytest

from reconciler.errors import ReconcilerError, SpecInvalid
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.model.base import Source
from reconciler.model.plan import change_of
from reconciler.model.resources import Account
from reconciler.planning.references import check_references

ACCOUNT = "account:audit"
SOURCE = Source(file="org.yaml", line=5, column=30)
RESOURCE = DelegatedAdministrator(
    address="delegated_administrator:config.amazonaws.com@audit", principal="config.amazonaws.com", account=ACCOUNT
)


def test_what_exists_afterwards_can_be_referred_to() -> None:
    change = change_of("create", "declared", after=RESOURCE, source=SOURCE)
    check_references([change], {ACCOUNT: Account(address=ACCOUNT, parent="root:/")})


def test_what_goes_may_refer_to_anything() -> None:
    check_references([change_of("delete", "not_declared", before=RESOURCE)], {})


def test_all_others_are_errors_with_their_places() -> None:
    change = change_of("create", "declared", after=RESOURCE, source=SOURCE)
    with pytest.raises(SpecInvalid) as raised:
        check_references([change, change.model_copy(update={"address": "delegated_administrator:other"})], {})
    first, second = raised.value.diagnostics
    assert (first.code, first.file, first.line, first.column) == ("E333", "org.yaml", 5, 30)
    assert first.message == f"{RESOURCE.address} refers to {ACCOUNT}, which will not exist"
    assert second.message == f"delegated_administrator:other refers to {ACCOUNT}, which will not exist"


def test_a_change_that_no_line_of_the_spec_declares_is_an_error_too() -> None:
    with pytest.raises(ReconcilerError, match="which will not exist"):
        check_references([change_of("create", "declared", after=RESOURCE)], {})
