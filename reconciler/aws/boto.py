"""boto3 as an `Api`.

Retries are off in botocore: it does not retry what Organizations really throws, and `aws.retrying` does.
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Any

import boto3
import botocore
from botocore import exceptions as boto
from botocore import parsers
from botocore.config import Config

from reconciler.aws.boto_errors import error_of, service_error
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import SERVICES, Service, service_of
from reconciler.aws.sessions import (
    DEFAULT_REGION,
    ENDPOINT_FROM,
    AwsOptions,
    check_credentials,
    check_endpoint,
    partition_for,
    session_for,
)
from reconciler.errors import ServiceError, UsageError
from reconciler.model.api import REGION, Params, Response
from reconciler.model.service_errors import UNREADABLE
from reconciler.model.user_agent import UserAgent

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.client import BaseClient


class BotoApi:
    """`Api` over boto3. Safe to use from several threads. Every request has `agent` at the end of its user agent, as it
    is then."""

    def __init__(self, options: AwsOptions, agent: UserAgent | None = None) -> None:
        self._options = options
        self._agent = agent or UserAgent()
        self._clients: dict[tuple[str, str | None], BaseClient] = {}
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None

    def call(self, operation: str, params: Params) -> Response:
        service = service_of(operation)
        if self._is_elsewhere(operation, service):
            text = f"Organizations has a custom endpoint and {service.client} has none"
            help = f"set {service.endpoint_variable}, or one endpoint for all services with --endpoint-url"
            raise ServiceError(operation, "NoEndpoint", text, help=help)
        try:
            self._check(operation)
            client = self._client(service, params.get(REGION))
            method = getattr(client, botocore.xform_name(operation.rpartition(":")[2]))
            answer: dict[str, Any] = method(**{name: value for name, value in params.items() if name != REGION})
        except boto.ClientError as error:
            raise service_error(operation, error) from error
        except parsers.ResponseParserError as error:
            raise ServiceError(operation, UNREADABLE, f"not an answer of the service: {error}") from error
        except boto.BotoCoreError as error:
            raise error_of(operation, error) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def _is_elsewhere(self, operation: str, service: Service) -> bool:
        """True where Organizations has a custom endpoint and this service has none: AWS would answer about another
        organization, or change it. What `--online` and the lock call is about no organization."""
        row = OPERATIONS.get(operation)
        if not service.name or row is None or row.online:
            return False
        everywhere = self._options.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
        organizations = os.environ.get(SERVICES[""].endpoint_variable)
        return bool(organizations and not everywhere and not os.environ.get(service.endpoint_variable))

    def _check(self, operation: str) -> None:
        """Finds the configuration and the credentials before anything is sent."""
        with self._lock:
            if self._session is None:
                if self._options.endpoint_url is not None:
                    check_endpoint(self._options.endpoint_url)
                self._session = session_for(operation, self._options)
        check_credentials(operation, self._session, self._options)

    def _client(self, service: Service, region: str | None) -> BaseClient:
        with self._lock:
            key = (service.name, region)
            if key not in self._clients:
                assert self._session is not None, "it was checked"
                self._clients[key] = self._new_client(service, region, self._session)
            return self._clients[key]

    def _new_client(self, service: Service, wanted: str | None, session: boto3.Session) -> BaseClient:
        region = session.region_name or DEFAULT_REGION
        partition = partition_for(region, self._options.endpoint_url)
        try:
            client: BaseClient = session.client(
                service.client,  # type: ignore[call-overload]  # a name that is known at run time
                region_name=wanted or service.region_in(partition, region),
                endpoint_url=self._options.endpoint_url,
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=20,
                    connect_timeout=10,
                    read_timeout=60,
                ),
            )
        except ValueError as error:
            if match := re.fullmatch(r"Invalid endpoint: (.*)", str(error), re.DOTALL):
                check_endpoint(match[1])
                raise UsageError(f"{match[1]} is not an endpoint", help=ENDPOINT_FROM) from error
            if "URL" in str(error):
                raise UsageError(f"the endpoint is not the URL of a service: {error}", help=ENDPOINT_FROM) from error
            raise UsageError(f"the AWS SDK cannot be used as it is configured: {error}") from error
        check_endpoint(client.meta.endpoint_url)
        client.meta.events.register_last("request-created", self._name_agent)
        return client

    def _name_agent(self, request: AWSRequest, **_: object) -> None:
        """`user_agent_extra` of a client is fixed when it is made; the plan is known later. botocore itself sets the
        header when a request is created."""
        sent = request.headers.get("User-Agent", "")
        del request.headers["User-Agent"]
        request.headers["User-Agent"] = f"{sent} {self._agent}".strip()
