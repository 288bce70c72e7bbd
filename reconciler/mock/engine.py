"""Calls to moto: through botocore's serialiser, moto's request handling and botocore's parser, without a network.

`moto.mock_aws` patches the whole process and resets every backend when it starts; here one client is bound to one
backend, so that several mocked organizations can exist in a process beside real clients.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import botocore
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ServiceModel, Shape
from moto.core.botocore_stubber import MockRawResponse
from moto.core.request import normalize_request
from moto.organizations.responses import OrganizationsResponse

from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Response

_ENDPOINT = "https://organizations.us-east-1.amazonaws.com"


class Engine:
    """One client on one backend."""

    def __init__(self, backend: Backend) -> None:
        self._client: Any = _session().create_client(
            "organizations",
            region_name="us-east-1",
            endpoint_url=_ENDPOINT,
            config=Config(
                signature_version=botocore.UNSIGNED, parameter_validation=False, retries={"total_max_attempts": 1}
            ),
        )
        responses = _responses_of(backend)

        def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
            status, headers, body = responses.dispatch(normalize_request(request))
            return AWSResponse(request.url, status, headers, MockRawResponse(body))

        def name_account(request: Any, **_: object) -> None:
            request.headers["x-moto-account-id"] = backend.account_id

        self._client.meta.events.register("before-sign.organizations", name_account)
        self._client.meta.events.register_first("before-send.organizations", cast("Callable[..., None]", send))

    def call(self, operation: str, params: dict[str, Any]) -> Response:
        """Carry out the call with moto. Raises `Refusal` with moto's code."""
        method = getattr(self._client, botocore.xform_name(operation))
        try:
            answer: Response = method(**params)
        except ClientError as error:
            raise Refusal(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def input_shape(service: str, operation: str) -> Shape | None:
    """The shape of the parameters of `operation` in botocore's model of `service`; `None` where it takes none."""
    return _model(service).operation_model(operation).input_shape


@cache
def _model(service: str) -> ServiceModel:
    return _session().get_service_model(service)


@cache
def _session() -> botocore.session.Session:
    """A session that reads no profile, no file of the user and no credentials."""
    nothing = (None, None, None, None)
    no_file = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={"profile": nothing, "config_file": no_file, "credentials_file": no_file}
    )


def _responses_of(backend: Backend) -> type[OrganizationsResponse]:
    class Responses(OrganizationsResponse):
        @property
        def organizations_backend(self) -> Backend:
            return backend

    return Responses
