"""What the mock needs of a service other than Organizations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from reconciler.mock.backend import Backend
from reconciler.model.api import Params, Response

Answer = Callable[[Backend, Params], Response]
"""Carries out a call. Raises `Refusal`."""


Rule = Callable[[Backend, Params], None]
"""Raises `Refusal` where the service refuses the call."""


class Service(NamedTuple):
    """`prefix` is in front of the operation's name in a call, `model` is botocore's name, and `invalid` the code of
    the exception for parameters of the wrong form. `statuses` has the HTTP statuses by the codes of its errors. `rules`
    are those of each operation, in their order; `lists` has the member that is the list, of each operation that is
    answered whole here and sent in pages of at most `page_size` items."""

    prefix: str
    model: str
    operations: Mapping[str, Answer]
    invalid: str = "InvalidInputException"
    statuses: Mapping[str, int] = MappingProxyType({})
    rules: Mapping[str, Sequence[Rule]] = MappingProxyType({})
    lists: Mapping[str, str] = MappingProxyType({})
    page_size: int = 100
