"""What botocore's errors are about: credentials, configuration, the network, or an answer that is not of the service.

Every class of `botocore.exceptions` is in the table, itself or by a parent that is not the root; a test checks it.
"""

from __future__ import annotations

from typing import Literal

from botocore import exceptions as boto

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import permission, service_of
from reconciler.errors import AccessDenied, NoCredentials, NotAllowed, ReconcilerError, ServiceError, UsageError
from reconciler.model.service_errors import UNREADABLE

Cause = Literal["credentials", "configuration", "lost", "unreachable", "unreadable", "parameters", "installation"]

_CLASSES: dict[Cause, str] = {
    # no credentials, or none that are available: exit 8
    "credentials": """
        NoCredentialsError NoAuthTokenError TokenRetrievalError UnknownTokenProviderError PartialCredentialsError
        CredentialRetrievalError ProfileNotFound UnknownCredentialError InvalidConfigError
        RefreshWithMFAUnsupportedError MetadataRetrievalError InvalidIMDSEndpointError InvalidIMDSEndpointModeError
        SSOError LoginError MissingDependencyException
    """,
    # the configuration of the SDK is wrong: exit 64
    "configuration": """
        ConfigParseError ConfigNotFound UnknownRegionError BaseEndpointResolverError EndpointProviderError
        InvalidEndpointConfigurationError InvalidEndpointDiscoveryConfigurationError InvalidHostLabelError
        InvalidRegionError InvalidRetryConfigurationError InvalidS3UsEast1RegionalEndpointConfigError
        InvalidSTSRegionalEndpointsConfigError InvalidProxiesConfigError InvalidDefaultsMode
        InvalidChecksumConfigError ServiceNotInRegionError UnknownSignatureVersionError
        UnsupportedSignatureVersionError InvalidDNSNameError InvalidS3AddressingStyleError UnsupportedS3ArnError
        UnsupportedS3ControlArnError UnsupportedOutpostResourceError UnsupportedS3ConfigurationError
        UnsupportedS3AccesspointConfigurationError UnsupportedS3ControlConfigurationError
    """,
    # the request may have arrived
    "lost": "HTTPClientError",
    # it did not
    "unreachable": "ConnectionError CapacityNotAvailableError",
    # the answer is not one of the service
    "unreadable": "IncompleteReadError ChecksumError FlexibleChecksumError AwsChunkedWrapperError",
    # the parameters of a call, of which nothing was sent
    "parameters": "ParamValidationError MissingParametersError ValidationError UnseekableStreamError",
    # the SDK itself is incomplete, or lacks a feature
    "installation": """
        DataNotFoundError ApiVersionNotFoundError UnknownServiceStyle UnknownClientMethodError
        UnsupportedServiceProtocolsError MD5UnavailableError OperationNotPageableError PaginationError
        InvalidExpressionError WaiterError WaiterConfigError StubResponseError
    """,
}

CAUSES: dict[type[Exception], Cause] = {
    getattr(boto, name): cause for cause, names in _CLASSES.items() for name in names.split()
}

_LONGEST = 1000
"""Characters of a message that are kept: a proxy answers with pages."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
REJECTED = _EXPIRED | {
    *("AuthFailure", "IncompleteSignature", "InvalidClientTokenId", "InvalidSignatureException"),
    *("MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired"),
    *("SignatureDoesNotMatch", "UnrecognizedClientException"),
}
"""Codes of the service for credentials that it does not accept."""

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})

CREDENTIALS_HELP = "set AWS_PROFILE, or `aws sso login`, or --profile; `--mock` needs no AWS account at all"


def cause_of(error: type[BaseException]) -> Cause | None:
    """The cause of an error of the class, or of its nearest parent in the table."""
    return next((CAUSES[each] for each in error.__mro__ if each in CAUSES), None)


def error_of(operation: str, error: boto.BotoCoreError) -> ReconcilerError:
    """The error for one that botocore raised in a call of the operation."""
    text = _line(str(error))
    match cause_of(type(error)):
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


def no_credentials(text: str, help: str = CREDENTIALS_HELP) -> NoCredentials:
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
    """The error of a denied call, with its IAM action and the statement that would allow it."""
    if code in _EXPIRED:
        return no_credentials(f"{code}: {text}", "renew them (`aws sso login`, a new session), and run it again")
    if not code.startswith("AccessDenied"):
        return no_credentials(f"{code}: {text}")
    action, service, row = permission(operation), service_of(operation), OPERATIONS.get(operation)
    where = "" if row and row.online else ", on the management account or the delegated administrator"
    statement = f'a statement that allows it{where}: {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}'
    trusted = service.trusted_access and (
        f"; calls about member accounts also need `organization.trusted_access: [{service.trusted_access}]`"
    )
    return AccessDenied(f"not allowed to call {action}: {text}", help=f"{statement}{trusted}")


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
