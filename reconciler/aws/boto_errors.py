"""What each error of botocore is to a user: credentials, configuration, the network, or an answer that is none.

Every class of `botocore.exceptions` is in the table, itself or by a parent that is not the root; a test walks them.
"""

from __future__ import annotations

from typing import Literal

from botocore import exceptions as boto

from reconciler.aws.answers import UNREADABLE
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import AccessDenied, NoCredentials, NotAllowed, ReconcilerError, ServiceError, UsageError

Kind = Literal["credentials", "configuration", "lost", "unreachable", "unreadable", "parameters", "installation"]

KINDS: dict[type[Exception], Kind] = {
    # no credentials, or none that can be had: exit 8
    boto.NoCredentialsError: "credentials",
    boto.NoAuthTokenError: "credentials",
    boto.TokenRetrievalError: "credentials",
    boto.UnknownTokenProviderError: "credentials",
    boto.PartialCredentialsError: "credentials",
    boto.CredentialRetrievalError: "credentials",
    boto.ProfileNotFound: "credentials",
    boto.UnknownCredentialError: "credentials",
    boto.InvalidConfigError: "credentials",
    boto.RefreshWithMFAUnsupportedError: "credentials",
    boto.MetadataRetrievalError: "credentials",
    boto.InvalidIMDSEndpointError: "credentials",
    boto.InvalidIMDSEndpointModeError: "credentials",
    boto.SSOError: "credentials",
    boto.LoginError: "credentials",
    boto.MissingDependencyException: "credentials",
    # the configuration of the SDK is wrong: exit 64
    boto.ConfigParseError: "configuration",
    boto.ConfigNotFound: "configuration",
    boto.UnknownRegionError: "configuration",
    boto.BaseEndpointResolverError: "configuration",
    boto.EndpointProviderError: "configuration",
    boto.InvalidEndpointConfigurationError: "configuration",
    boto.InvalidEndpointDiscoveryConfigurationError: "configuration",
    boto.InvalidHostLabelError: "configuration",
    boto.InvalidRegionError: "configuration",
    boto.InvalidRetryConfigurationError: "configuration",
    boto.InvalidS3UsEast1RegionalEndpointConfigError: "configuration",
    boto.InvalidSTSRegionalEndpointsConfigError: "configuration",
    boto.InvalidProxiesConfigError: "configuration",
    boto.InvalidDefaultsMode: "configuration",
    boto.InvalidChecksumConfigError: "configuration",
    boto.ServiceNotInRegionError: "configuration",
    boto.UnknownSignatureVersionError: "configuration",
    boto.UnsupportedSignatureVersionError: "configuration",
    boto.InvalidDNSNameError: "configuration",
    boto.InvalidS3AddressingStyleError: "configuration",
    boto.UnsupportedS3ArnError: "configuration",
    boto.UnsupportedS3ControlArnError: "configuration",
    boto.UnsupportedOutpostResourceError: "configuration",
    boto.UnsupportedS3ConfigurationError: "configuration",
    boto.UnsupportedS3AccesspointConfigurationError: "configuration",
    boto.UnsupportedS3ControlConfigurationError: "configuration",
    # the request may have arrived
    boto.HTTPClientError: "lost",
    # it did not
    boto.ConnectionError: "unreachable",
    boto.CapacityNotAvailableError: "unreachable",
    # there is an answer, but not one of the service
    boto.IncompleteReadError: "unreadable",
    boto.ChecksumError: "unreadable",
    boto.FlexibleChecksumError: "unreadable",
    boto.AwsChunkedWrapperError: "unreadable",
    # the parameters of a call, of which nothing was sent
    boto.ParamValidationError: "parameters",
    boto.MissingParametersError: "parameters",
    boto.ValidationError: "parameters",
    boto.UnseekableStreamError: "parameters",
    # the SDK itself is incomplete, or lacks what is asked of it
    boto.DataNotFoundError: "installation",
    boto.ApiVersionNotFoundError: "installation",
    boto.UnknownServiceStyle: "installation",
    boto.UnknownClientMethodError: "installation",
    boto.UnsupportedServiceProtocolsError: "installation",
    boto.MD5UnavailableError: "installation",
    boto.OperationNotPageableError: "installation",
    boto.PaginationError: "installation",
    boto.InvalidExpressionError: "installation",
    boto.WaiterError: "installation",
    boto.WaiterConfigError: "installation",
    boto.StubResponseError: "installation",
}

_LONGEST = 1000
"""Characters of a message that are kept: a proxy answers with pages."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
REJECTED = _EXPIRED | {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
"""Codes of the service for credentials that it does not accept."""

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})

HOW = "set AWS_PROFILE, or `aws sso login`, or --profile; `--mock` needs no AWS account at all"


def kind_of(error: type[BaseException]) -> Kind | None:
    """The row of the class, or of its nearest parent that has one."""
    return next((KINDS[each] for each in error.__mro__ if each in KINDS), None)


def error_of(operation: str, error: boto.BotoCoreError) -> ReconcilerError:
    """The error of this program for one of botocore, raised around a call of the operation."""
    text = _line(str(error))
    match kind_of(type(error)):
        case "credentials" if isinstance(error, boto.ProfileNotFound):
            return NoCredentials(text, help="see `aws configure list-profiles`")
        case "credentials":
            return no_credentials(text)
        case "configuration":
            return UsageError(
                f"the configuration of the AWS SDK is wrong: {text}",
                help="correct ~/.aws/config, the AWS_* variables of the environment, or the options of the command",
            )
        case "lost":
            return ServiceError(operation, "ConnectionError", text)
        case "unreachable":
            return ServiceError(operation, "Unreachable", text)
        case "unreadable":
            return ServiceError(operation, UNREADABLE, text)
        case "parameters":
            return ServiceError(operation, "ParamValidationError", text)
    return ReconcilerError(
        f"{operation}: {text}", help="check that boto3 and botocore are installed as they are locked"
    )


def no_credentials(text: str, help: str = HOW) -> NoCredentials:
    """There are no credentials that could be used."""
    return NoCredentials(f"no usable AWS credentials: {_line(text).rstrip('.: ')}", help=help)


def service_error(operation: str, error: boto.ClientError) -> ReconcilerError:
    """The error of a call that the service refused."""
    response = error.response
    details = response.get("Error", {})
    code = details.get("Code") or "Unknown"
    text = _line(details.get("Message") or str(error))
    metadata = response.get("ResponseMetadata", {})
    if code in _DENIED or code in REJECTED:
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
    if code in _EXPIRED:
        return no_credentials(f"{code}: {text}", "renew them (`aws sso login`, a new session), and run it again")
    if not code.startswith("AccessDenied"):
        return no_credentials(f"{code}: {text}")
    row = OPERATIONS.get(operation)
    action = row.permission if row else operation if ":" in operation else f"organizations:{operation}"
    where = "" if row and row.online else ", on the management account or the delegated administrator"
    return AccessDenied(
        f"not allowed to call {action}: {text}",
        help=f'a statement that allows it{where}: {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}',
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
