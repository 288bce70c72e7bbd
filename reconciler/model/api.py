"""The narrow door to the service: one call in, one JSON answer or one `ServiceError` out.

Everything that calls AWS, moto or a fault-injecting test implements this Protocol, so retries, pacing, counting
and journalling are layers that do not know what is behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

REGION = "@region"
"""A parameter that any operation may have: the Region whose endpoint is called, where it is not the usual one. It is no
parameter of the service."""

Params = Mapping[str, Any]
Response = dict[str, Any]


class Api(Protocol):
    """Makes one call. `operation` is the API's own name (`ListAccounts`); other services than Organizations are
    written `service:Operation` (`account:PutAccountName`, `tagging:GetResources`, `sts:GetCallerIdentity`).

    Raises `ServiceError` with the service's code for everything the service refuses.
    """

    def call(self, operation: str, params: Params) -> Response: ...
