"""Sessions of botocore: credentials and endpoints, both checked before a call is made."""

from __future__ import annotations

import difflib
import functools
import os
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore import exceptions as boto
from botocore import parsers
from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials

from reconciler.aws.boto_errors import CREDENTIALS_HELP, cause_of, error_of, no_credentials
from reconciler.aws.parsers import StrictParsers
from reconciler.errors import ReconcilerError, ServiceError, UsageError
from reconciler.model.regions import PARTITIONS, REGIONS, Partition, partition_of

DEFAULT_REGION = "us-east-1"
"""The Region where none is configured: the global one of the commercial partition."""

ENDPOINT_FROM = "it comes from --endpoint-url, from AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_<SERVICE>, or the profile"

_PROCESS_HELP = (
    "run the profile's credential_process by hand: it has to print JSON with AccessKeyId and SecretAccessKey, see "
    "https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html"
)


_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")


@dataclass(frozen=True)
class AwsOptions:
    """The options of a connection. What is `None` comes from botocore's own configuration."""

    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None


def own_endpoint(endpoint_url: str | None) -> bool:
    """True where the calls go to a custom endpoint, not to AWS."""
    return bool(endpoint_url or os.environ.get("AWS_ENDPOINT_URL_ORGANIZATIONS") or os.environ.get("AWS_ENDPOINT_URL"))


def partition_for(region: str, endpoint_url: str | None) -> Partition:
    """The partition of the configured Region. Raises `UsageError` where there is no such Region; with a custom endpoint
    any name will do."""
    if found := partition_of(region):
        return found
    if own_endpoint(endpoint_url):
        return PARTITIONS["aws"]
    near = difflib.get_close_matches(region, REGIONS, 1)
    raise UsageError(
        f"{region} is the name of no AWS Region",
        help=(f"did you mean {near[0]}? " if near else "a Region is named like eu-west-1; ")
        + "it comes from --region, AWS_REGION, AWS_DEFAULT_REGION or the profile",
    )


def session_for(operation: str, options: AwsOptions) -> boto3.Session:
    """The session, with the role assumed where there is one. Raises errors of botocore, and those of
    `check_credentials` for the credentials that are to assume the role."""
    session = boto3.Session(botocore_session=_core(options), region_name=options.region)
    partition_for(session.region_name or DEFAULT_REGION, options.endpoint_url)
    if options.role_arn is not None and not _ROLE_ARN.fullmatch(options.role_arn):
        raise UsageError(
            f"--role-arn {options.role_arn}: expected the ARN of a role",
            help="write arn:aws:iam::111122223333:role/NAME",
        )
    if options.role_arn is None:
        return session
    source = check_credentials(operation, session, replace(options, role_arn=None))
    region = session.region_name or DEFAULT_REGION
    fetcher = AssumeRoleCredentialFetcher(
        functools.partial(session.client, endpoint_url=options.endpoint_url, region_name=region),
        source,
        options.role_arn,
        extra_args={"RoleSessionName": "reconciler"},
    )
    assumed = _core(options)
    assumed._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # no public setter refreshes
        fetcher.fetch_credentials, "assume-role"
    )
    return boto3.Session(botocore_session=assumed, region_name=options.region)


def _core(options: AwsOptions) -> botocore.session.Session:
    session = botocore.session.Session(profile=options.profile)
    session.register_component("response_parser_factory", StrictParsers())
    return session


def check_credentials(operation: str, session: boto3.Session, options: AwsOptions) -> Credentials:
    """Finds the credentials, and renews those that have expired. Raises `NoCredentials` where there are none, and
    `ServiceError` where the network failed: nothing was sent yet."""
    try:
        found = session.get_credentials()
        if found is None:
            raise boto.NoCredentialsError
        frozen = found.get_frozen_credentials()
    except boto.ClientError as error:
        raise _not_assumed(operation, error, options) from error
    except boto.ParamValidationError as error:
        help = "check the role's ARN, and the one-time code where it asks for one"
        raise no_credentials(f"a role cannot be assumed: {error}", help) from error
    except boto.BotoCoreError as error:
        raise _not_found(operation, error, session) from error
    except parsers.ResponseParserError as error:
        text = f"no credentials could be fetched: not an answer of the service: {error}"
        raise ServiceError(operation, "Unreachable", text) from error
    except Exception as error:  # botocore reads what a process prints, files and the environment without checks
        raise _unreadable(error, session) from error
    parts = [part for part in (frozen.access_key, frozen.secret_key, frozen.token) if part]
    if not all(isinstance(part, str) for part in parts):
        raise no_credentials(
            "the access key, its secret or the session token is no text",
            _PROCESS_HELP if _process(session) else CREDENTIALS_HELP,
        )
    if not all(re.fullmatch(r"[!-~]+", part) for part in parts):
        raise no_credentials(
            "the access key, its secret or the session token has a blank, a line end or a character that is not ASCII",
            "copy them again, without anything before and after them",
        )
    return found


def _not_found(operation: str, error: boto.BotoCoreError, session: boto3.Session) -> ReconcilerError:
    if cause_of(type(error)) in ("lost", "unreachable", "unreadable"):
        return ServiceError(operation, "Unreachable", f"no credentials could be fetched: {error}")
    if isinstance(error, boto.CredentialRetrievalError) and _process(session):
        return no_credentials(str(error), _PROCESS_HELP)
    return error_of(operation, error)


def _not_assumed(operation: str, error: boto.ClientError, options: AwsOptions) -> ReconcilerError:
    details = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    text = f"{error.operation_name}: {details.get('Code')}: {details.get('Message')}"
    if status >= 500:
        return ServiceError(operation, "Unreachable", f"no credentials could be fetched: {text}")
    role = options.role_arn or "the role of the profile"
    return no_credentials(
        f"{role} cannot be assumed: {text}",
        "check that the role exists, that its trust policy names the caller, and the one-time code if it asks for one",
    )


def _unreadable(error: Exception, session: boto3.Session) -> ReconcilerError:
    if isinstance(error, EOFError):
        return no_credentials(
            "the profile asks for a one-time code, but the input is not a terminal", "run it in a terminal"
        )
    if isinstance(error, OSError):
        return no_credentials(str(error), _PROCESS_HELP if _process(session) else CREDENTIALS_HELP)
    if _process(session):
        printed = "expired credentials" if isinstance(error, RuntimeError) else "not the expected JSON"
        return no_credentials(f"what the profile's credential_process printed is {printed} ({error})", _PROCESS_HELP)
    return no_credentials(f"{type(error).__name__}: {error}")


def _process(session: boto3.Session) -> bool:
    core: Any = session._session  # boto3 has no public way to the profile
    try:
        return "credential_process" in core.get_scoped_config()
    except boto.BotoCoreError:
        return False


def check_endpoint(url: str) -> None:
    """Raises `UsageError` for a URL that is not one of an HTTP service."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(
            f"{url or 'an empty text'} is not an endpoint: expected http:// or https:// and a host",
            help=ENDPOINT_FROM,
        )
