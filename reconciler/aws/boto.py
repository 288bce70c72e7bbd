"""boto3 as an `Api`: its clients, and how its errors become ours.

Retries are off in botocore: it does not retry what Organizations really throws, and `aws.retrying` does.
"""

from __future__ import annotations

import difflib
import os
import re
import threading
from typing import TYPE_CHECKING, Any

import boto3
import botocore
from botocore import exceptions as boto
from botocore import parsers
from botocore.config import Config

from reconciler.aws.answers import UNREADABLE
from reconciler.aws.boto_errors import error_of, service_error
from reconciler.aws.sessions import (
    DEFAULT_REGION,
    ENDPOINT_FROM,
    AwsOptions,
    check_credentials,
    check_endpoint,
    own_endpoint,
    session_for,
)
from reconciler.errors import ServiceError, UsageError
from reconciler.model.api import Params, Response
from reconciler.model.regions import REGIONS, partition_of

if TYPE_CHECKING:
    from botocore.client import BaseClient

_CLIENT = {"tagging": "resourcegroupstaggingapi"}


class BotoApi:
    """`Api` over boto3. Safe to use from several threads."""

    def __init__(self, reach: AwsOptions) -> None:
        self._reach = reach
        self._clients: dict[str, BaseClient] = {}
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None

    def call(self, operation: str, params: Params) -> Response:
        service, _, name = operation.rpartition(":")
        if self._elsewhere(service):
            raise ServiceError(operation, "NoEndpoint", "only the Organizations endpoint is one of one's own")
        try:
            self._check(operation)
            client = self._client(service or "organizations")
            method = getattr(client, botocore.xform_name(name))
            answer: dict[str, Any] = method(**params)
        except boto.ClientError as error:
            raise service_error(operation, error) from error
        except parsers.ResponseParserError as error:
            raise ServiceError(operation, UNREADABLE, f"not an answer of the service: {error}") from error
        except boto.BotoCoreError as error:
            raise error_of(operation, error) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def _elsewhere(self, service: str) -> bool:
        """True where Organizations is at an endpoint of one's own and a service that can be done without is not: what
        AWS says then is about another organization."""
        everywhere = self._reach.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
        variable = {"tagging": "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API", "sts": "AWS_ENDPOINT_URL_STS"}.get(
            service
        )
        own = os.environ.get("AWS_ENDPOINT_URL_ORGANIZATIONS")
        return bool(own and variable and not everywhere and not os.environ.get(variable))

    def _check(self, operation: str) -> None:
        """Finds the configuration and the credentials before anything is sent."""
        with self._lock:
            if self._session is None:
                if self._reach.endpoint_url is not None:
                    check_endpoint(self._reach.endpoint_url)
                self._session = session_for(operation, self._reach)
        check_credentials(operation, self._session, self._reach)

    def _client(self, service: str) -> BaseClient:
        with self._lock:
            if service not in self._clients:
                assert self._session is not None, "it was checked"
                self._clients[service] = self._new_client(service, self._session)
            return self._clients[service]

    def _new_client(self, service: str, session: boto3.Session) -> BaseClient:
        region, endpoint = self._region(service), self._reach.endpoint_url
        check_credentials(service, session, self._reach)
        try:
            client: BaseClient = session.client(
                _CLIENT.get(service, service),  # type: ignore[call-overload]  # a name that is known at run time
                region_name=region,
                endpoint_url=endpoint,
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=20,
                    connect_timeout=10,
                    read_timeout=60,
                    user_agent_extra="reconciler",
                ),
            )
        except ValueError as error:
            if match := re.fullmatch(r"Invalid endpoint: (.*)", str(error), re.DOTALL):
                check_endpoint(match[1])
                raise UsageError(f"{match[1]} is not an endpoint", help=ENDPOINT_FROM) from error
            if "URL" in str(error):
                raise UsageError(f"the endpoint is no address of a service: {error}", help=ENDPOINT_FROM) from error
            raise UsageError(f"the AWS SDK cannot be used as it is configured: {error}") from error
        check_endpoint(client.meta.endpoint_url)
        return client

    def _region(self, service: str) -> str | None:
        """Organizations and its tag index have their endpoint in one Region of each partition; the configured Region
        says in which partition. CloudTrail has an event history in each Region."""
        region = self._reach.region or (self._session.region_name if self._session else None) or DEFAULT_REGION
        partition = partition_of(region)
        if partition is None and own_endpoint(self._reach.endpoint_url):
            return region if service == "cloudtrail" else DEFAULT_REGION
        if partition is None:
            near = difflib.get_close_matches(region, REGIONS, 1)
            raise UsageError(
                f"{region} is the name of no AWS Region",
                help=(f"did you mean {near[0]}? " if near else "a Region is named like eu-west-1; ")
                + "it comes from --region, AWS_REGION, AWS_DEFAULT_REGION or the profile",
            )
        return region if service == "cloudtrail" else partition.global_region
