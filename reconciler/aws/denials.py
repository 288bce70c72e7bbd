"""Denied calls of an organization in process, reported as those of the real service are."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.aws.boto_errors import denied
from reconciler.errors import ServiceError
from reconciler.model.api import Api, Params, Response


@dataclass(frozen=True)
class WithDenials:
    """An `Api` whose denied calls raise `AccessDenied`, with the permission that is missing."""

    api: Api

    def call(self, operation: str, params: Params) -> Response:
        try:
            return self.api.call(operation, params)
        except ServiceError as error:
            if error.code != "AccessDeniedException":
                raise
            raise denied(operation, error.code, error.text) from error
