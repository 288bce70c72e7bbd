"""The errors of templates, and the placeholder for an id which is not known yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from jinja2 import Template, TemplateSyntaxError
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import StrictUndefined
from jinja2.utils import missing

from reconciler.model.address import Address, local
from reconciler.model.reference import MANAGEMENT, ORGANIZATION, reference
from reconciler.spec.wording import all_of, did_you_mean, quoted

NO_FILES = "a template cannot read other files"
USE_FILTERS = "the filters are enough: `join`, `replace`, `tojson`, `upper`, `lower`, ..."
_SYNTAX = "check that each `{{` has its `}}`, each `{%` its `%}`, and each block its end"

_WRITE_OUT = "write it out without comparing or changing it"
_OF_THE_SPEC = {
    ORGANIZATION: ("the organization", "write the id as `organization.id` of the spec"),
    MANAGEMENT: ("the management account", "write the id as `organization.management_account_id` of the spec"),
}


class TemplateFault(Exception):
    """Why a template cannot be rendered: the code of the diagnostic, the message, and where in the template."""

    def __init__(self, code: str, message: str, help: str | None = None, *, name: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.help, self.name = code, message, help, name
        self.line = 1


class UnknownId:
    """The id of something that may not exist yet. It can be written out and nothing else."""

    __slots__ = ("_address",)

    def __init__(self, address: Address) -> None:
        self._address = address

    def __str__(self) -> str:
        return reference(self._address)

    __repr__ = __str__

    def refuse(self, *_: object) -> NoReturn:
        """Raises `TemplateFault`."""
        where, advice = _OF_THE_SPEC.get(self._address, (quoted(self._address), _WRITE_OUT))
        if self._address.startswith("account:"):
            advice = f"give the account its `id` in the spec, or {_WRITE_OUT}"
        message = f"the id of {where} is known only after apply, so a template can only write it out"
        raise TemplateFault("E409", message, advice, name=local(self._address) or self._address.rstrip(":"))

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __bool__ = __len__ = __iter__ = refuse
    __getitem__ = __contains__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = refuse
    __rmod__ = __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __neg__ = __int__ = (
        refuse
    )
    __pos__ = __float__ = __index__ = __call__ = __reversed__ = __abs__ = refuse


def refuse_ids(*values: object) -> None:
    """Raises `TemplateFault` where one of the values is an id that is not known."""
    for value in values:
        if isinstance(value, UnknownId):
            value.refuse()


class Missing(StrictUndefined):
    """An undefined name: the error has the nearest name that is defined."""

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = UndefinedError
    ) -> None:
        fault: Any = exc
        if exc is UndefinedError:
            candidates = _members(obj)
            help = did_you_mean(str(name), candidates) or (f"there is {all_of(candidates)}" if candidates else None)
            message = f"{quoted(str(name))} is not defined" + ("" if obj is missing else " here")

            def fault(_: str) -> TemplateFault:
                return TemplateFault("E407", message, help, name=str(name))

        super().__init__(hint, obj, name, fault)


def _members(obj: object) -> list[str]:
    if isinstance(obj, Mapping):
        return [each for each in obj if isinstance(each, str)]
    return list(getattr(obj, "_fields", ()))


def too_much(message: str) -> TemplateFault:
    """The fault of a template that exceeds a limit."""
    return TemplateFault("E411", message, "simplify the template; a policy is at most some thousand characters")


def line_in(template: Template, error: BaseException) -> int:
    """The line of the template at which the error occurred."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__jinja_template__") is template:
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


def syntax_fault(error: TemplateSyntaxError, filters: Sequence[str]) -> TemplateFault:
    """What is wrong with a template that cannot be compiled; `filters` are the available ones."""
    text = str(error.message or "it cannot be read").rstrip(".")
    if match := re.match("No (filter|test) named '(.*)'", text):
        help = did_you_mean(match[2], filters, USE_FILTERS)
        fault = TemplateFault(
            "E410", f"there is no {match[1]} {quoted(match[2])} in a policy template", help, name=match[2]
        )
    elif text == NO_FILES:
        fault = TemplateFault("E410", text, "write everything into this file; values come from `vars`")
    else:
        fault = TemplateFault("E406", f"the template is not valid: {text[:1].lower()}{text[1:]}", _SYNTAX)
    fault.line = error.lineno or 1
    return fault


def fault_of(error: Exception, line: int) -> TemplateFault:
    """What went wrong in rendering, at `line` of the template."""
    if isinstance(error, TemplateFault):
        fault = error
    elif isinstance(error, SecurityError):
        fault = TemplateFault(
            "E410", "the template uses something which is not allowed in a policy template", USE_FILTERS
        )
    elif isinstance(error, RecursionError):
        fault = too_much("the template calls itself without end")
    else:
        help = "check the kinds of the values on this line; `~` joins texts and numbers"
        fault = TemplateFault("E412", f"an expression cannot be computed: {error}", help)
    fault.line = line
    return fault
