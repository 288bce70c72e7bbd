"""Alternate contacts: which values the service takes, and what a changed one is."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from reconciler.kinds.alternate_contact import AlternateContact, ContactShape
from reconciler.kinds.comparing import changed_fields, in_place

VALUES = {"name": "SOC", "title": "On call", "email": "soc@example.com", "phone": "+31201234567"}


def contact(**changed: str) -> AlternateContact:
    place = {"address": "alternate_contact:a/security", "account": "account:a", "setting": "security"}
    return AlternateContact.model_validate({**place, **VALUES, **changed})


def test_another_name_is_an_update() -> None:
    wanted, found = contact(name="Operations"), contact()
    change = in_place(wanted, found, changed_fields(wanted, found))
    assert (change.action, change.reason, change.fields) == ("update", "differs", ("name",))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 65),
        ("title", " "),
        ("title", "x" * 51),
        ("phone", "   "),
        ("phone", "1" * 26),
        ("email", "soc@exämple.com"),
        ("email", "é@example.com"),
    ],
)
def test_what_the_service_refuses_is_invalid(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        ContactShape.model_validate({**VALUES, field: value})


def test_blanks_around_values_are_valid() -> None:
    values = {"name": " SOC ", "title": " On call", "email": "a.b+c|d@example-1.co", "phone": " (020) 123-45 "}
    assert ContactShape.model_validate(values).phone == " (020) 123-45 "
