"""The only place that knows boto3: sessions, clients, and how its errors become ours.

Retries are off in botocore: it does not retry what Organizations really throws, and `aws.retrying` does.
"""

from __future__ import annotations

import difflib
import functools
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore import exceptions as boto
from botocore import parsers
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from reconciler.aws.answers import UNREADABLE
from reconciler.aws.api import Params, Response
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.parsers import StrictParsers
from reconciler.errors import AccessDenied, NotAllowed, ReconcilerError, ServiceError, UsageError
from reconciler.model.regions import REGIONS, partition_of

if TYPE_CHECKING:
    from botocore.client import BaseClient

_CLIENT = {"tagging": "resourcegroupstaggingapi"}
_DEFAULT = "us-east-1"
"""The Region where none is configured: the global one of the commercial partition."""

_LONGEST = 1000
"""Characters of a message that are kept: a proxy answers with pages."""

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


@dataclass(frozen=True)
class Reach:
    """How to reach the service. Everything that is `None` is left to botocore's own configuration."""

    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None


class BotoApi:
    """`Api` over boto3. Safe to use from several threads."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._clients: dict[str, BaseClient] = {}
        self._lock = threading.Lock()
        self._session: boto3.Session | None = None

    def call(self, operation: str, params: Params) -> Response:
        service, _, name = operation.rpartition(":")
        if self._elsewhere(service):
            raise ServiceError(operation, "NoEndpoint", "only the Organizations endpoint is one of one's own")
        try:
            client = self._client(service or "organizations")
            method = getattr(client, _snake(name))
            answer: dict[str, Any] = method(**params)
        except boto.ClientError as error:
            raise _service_error(operation, error) from error
        except (boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError) as error:
            raise _no_credentials(str(error)) from error
        except (boto.TokenRetrievalError, boto.SSOTokenLoadError, boto.UnauthorizedSSOTokenError) as error:
            raise _no_credentials(str(error)) from error
        except boto.ProfileNotFound as error:
            raise NotAllowed(str(error), help="see `aws configure list-profiles`") from error
        except boto.HTTPClientError as error:
            raise ServiceError(operation, "ConnectionError", str(error)) from error
        except boto.ConnectionError as error:
            raise ServiceError(operation, "Unreachable", str(error)) from error
        except boto.ParamValidationError as error:
            raise ServiceError(operation, "ParamValidationError", str(error)) from error
        except parsers.ResponseParserError as error:
            raise ServiceError(operation, UNREADABLE, f"not an answer of the service: {error}") from error
        except boto.BotoCoreError as error:
            raise ReconcilerError(f"{operation}: {error}") from error
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

    def _client(self, service: str) -> BaseClient:
        with self._lock:
            if service not in self._clients:
                self._session = self._session or _session(self._reach)
                self._clients[service] = self._session.client(
                    _CLIENT.get(service, service),  # type: ignore[call-overload]  # a name that is known at run time
                    region_name=self._region(service),
                    endpoint_url=self._reach.endpoint_url,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": 1},
                        max_pool_connections=20,
                        connect_timeout=10,
                        read_timeout=60,
                        user_agent_extra="reconciler",
                    ),
                )
            return self._clients[service]

    def _region(self, service: str) -> str | None:
        """Organizations and its tag index have their endpoint in one Region of each partition; the configured Region
        says in which partition. CloudTrail has an event history in each Region."""
        region = self._reach.region or (self._session.region_name if self._session else None) or _DEFAULT
        partition = partition_of(region)
        if partition is None and own_endpoint(self._reach.endpoint_url):
            return region if service == "cloudtrail" else _DEFAULT
        if partition is None:
            near = difflib.get_close_matches(region, REGIONS, 1)
            raise UsageError(
                f"{region} is the name of no AWS Region",
                help=(f"did you mean {near[0]}? " if near else "a Region is named like eu-west-1; ")
                + "it comes from --region, AWS_REGION, AWS_DEFAULT_REGION or the profile",
            )
        return region if service == "cloudtrail" else partition.global_region


def own_endpoint(endpoint_url: str | None) -> bool:
    """True where the calls go to an endpoint of one's own, not to AWS."""
    return bool(endpoint_url or os.environ.get("AWS_ENDPOINT_URL_ORGANIZATIONS") or os.environ.get("AWS_ENDPOINT_URL"))


def _session(reach: Reach) -> boto3.Session:
    session = boto3.Session(botocore_session=_core(reach), region_name=reach.region)
    if reach.role_arn is None:
        return session
    source = session.get_credentials()
    if source is None:
        raise boto.NoCredentialsError
    fetcher = AssumeRoleCredentialFetcher(
        functools.partial(session.client, endpoint_url=reach.endpoint_url, region_name=session.region_name or _DEFAULT),
        source,
        reach.role_arn,
        extra_args={"RoleSessionName": "reconciler"},
    )
    assumed = _core(reach)
    assumed._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # no public setter refreshes
        fetcher.fetch_credentials, "assume-role"
    )
    return boto3.Session(botocore_session=assumed, region_name=reach.region)


def _core(reach: Reach) -> botocore.session.Session:
    session = botocore.session.Session(profile=reach.profile)
    session.register_component("response_parser_factory", StrictParsers())
    return session


def _snake(operation: str) -> str:
    return botocore.xform_name(operation)


def _no_credentials(text: str) -> NotAllowed:
    return NotAllowed(
        f"no usable AWS credentials: {text.rstrip('.')}",
        help="set AWS_PROFILE, or `aws sso login`, or --profile; `--mock` needs no AWS account at all",
    )


def _service_error(operation: str, error: boto.ClientError) -> Exception:
    response = error.response
    details = response.get("Error", {})
    code = details.get("Code") or "Unknown"
    text = " ".join((details.get("Message") or str(error)).split())[:_LONGEST]
    metadata = response.get("ResponseMetadata", {})
    if code in _DENIED:
        return denied(operation, code, text)
    return ServiceError(
        operation,
        code,
        text,
        detail=response.get("Reason") or details.get("Reason"),  # type: ignore[arg-type]  # not in botocore's own type
        request_id=metadata.get("RequestId"),
        status=metadata.get("HTTPStatusCode"),
    )


def denied(operation: str, code: str, text: str) -> NotAllowed:
    """The caller may not make the call: which action that is, and the statement that would allow it."""
    if not code.startswith("AccessDenied"):
        return _no_credentials(f"{code}: {text}")
    row = OPERATIONS.get(operation)
    action = row.permission if row else operation if ":" in operation else f"organizations:{operation}"
    where = "" if row and row.online else ", on the management account or the delegated administrator"
    return AccessDenied(
        f"not allowed to call {action}: {text}",
        help=f'a statement that allows it{where}: {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}',
    )
