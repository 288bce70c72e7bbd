"""What the mock needs of a service other than Organizations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from reconciler.mock.backend import Backend
from reconciler.model.api import Params, Response

Answer = Callable[[Backend, Params], Response]
"""Carries out a call. Raises `Refusal`."""


class Service(NamedTuple):
    """`prefix` is in front of the operation's name in a call, `model` is botocore's name, and `invalid` the code of
    the exception for parameters of the wrong form. `statuses` has the HTTP statuses by the codes of its errors."""

    prefix: str
    model: str
    operations: Mapping[str, Answer]
    invalid: str = "InvalidInputException"
    statuses: Mapping[str, int] = MappingProxyType({})
