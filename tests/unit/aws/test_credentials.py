"""Credentials and configuration that cannot be used: each case is an error that says what to do, with its exit code."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import botocore.exceptions
import botocore.parsers
import pytest

from reconciler.aws import reader
from reconciler.aws.boto import BotoApi
from reconciler.aws.boto_errors import CAUSES, REJECTED, cause_of, denied, error_of
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import NoCredentials, NotAllowed, ReconcilerError, ServiceError, UsageError
from reconciler.model.api import Api, Params, Response
from tests.e2e.conftest import (
    Program,
    program,  # noqa: F401  # a fixture
)
from tests.faults.world import World
from tests.harness import Organization

pytestmark = pytest.mark.slow

ROOT = botocore.exceptions.BotoCoreError


def classes(parent: type[Exception] = ROOT) -> Iterator[type[Exception]]:
    for each in parent.__subclasses__():
        if each.__module__ == "botocore.exceptions":
            yield each
            yield from classes(each)


EXITS = {
    "credentials": (NoCredentials, 8),
    "configuration": (UsageError, 64),
    "lost": (ServiceError, 1),
    "unreachable": (ServiceError, 1),
    "unreadable": (ServiceError, 1),
    "parameters": (ServiceError, 1),
    "installation": (ReconcilerError, 1),
}


@pytest.mark.parametrize("error", sorted(set(classes()), key=str))
def test_every_error_of_botocore_has_its_place(error: type[Exception]) -> None:
    kind = cause_of(error)
    assert kind is not None, f"{error.__name__} is new: give it a row in CAUSES"
    made = error.__new__(error)
    Exception.__init__(made, "what happened\nhere")
    found = error_of("ListRoots", made)  # type: ignore[arg-type]
    kept, code = EXITS[kind]
    assert type(found) is kept
    assert found.exit_code == code
    assert "what happened here" in found.message
    assert found.help or kept is ServiceError


def test_the_root_has_no_row() -> None:
    assert ROOT not in CAUSES
    assert cause_of(ROOT) is None


@pytest.mark.parametrize("code", sorted(REJECTED))
def test_credentials_that_the_service_rejects(code: str) -> None:
    error = denied("ListRoots", code, "no")
    assert isinstance(error, NoCredentials)
    assert code in error.message
    assert error.help
    assert ("renew them" in error.help) == (code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired",
                                                      "TokenRefreshRequired"))  # fmt: skip


KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
NOWHERE = "http://127.0.0.1:9"
ROLE = "role_arn = arn:aws:iam::111122223333:role/x"
VALID = '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","SessionToken":"c"'

CREDENTIALS = {
    "none": ("", {}, "Unable to locate credentials"),
    "a process that prints no JSON": ("credential_process = echo hello", {}, "printed is not the expected JSON"),
    "a process that prints a list": ("credential_process = echo []", {}, "printed is not the expected JSON"),
    "a process that fails": ("credential_process = false", {}, "custom-process"),
    "a process that is not there": ("credential_process = /nonexistent/x", {}, "/nonexistent/x"),
    "a process with an open quote": ("credential_process = echo '", {}, "No closing quotation"),
    "a process whose keys are numbers": (
        "credential_process = echo '{\"Version\":1,\"AccessKeyId\":1,\"SecretAccessKey\":2}'", {}, "is no text"),
    "a process of another version": ("credential_process = echo '{\"Version\":2}'", {}, "Unsupported version"),
    "a process with no date": (f"credential_process = echo '{VALID},\"Expiration\":\"soon\"}}'", {}, "soon"),
    "a process with expired keys": (
        f"credential_process = echo '{VALID},\"Expiration\":\"2020-01-01T00:00:00Z\"}}'", {}, "expired"),
    "no source_profile": (ROLE, {}, "source_profile or credential_source"),
    "another source_profile": (f"{ROLE}\nsource_profile = b", {}, '"b"'),
    "a source_profile of its own": (f"{ROLE}\nsource_profile = default", {}, "default"),
    "a bad credential_source": (f"{ROLE}\ncredential_source = Foo", {}, "Foo"),
    "half of the keys": ("aws_access_key_id = a", {}, "aws_secret_access_key"),
    "a profile that is not there": ("", {"AWS_PROFILE": "nope"}, "nope"),
    "no SSO session": (
        "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\n"
        "sso_role_name = x", {}, "SSO Token"),
    "no web identity": (f"{ROLE}\nweb_identity_token_file = /nonexistent", {}, "/nonexistent"),
    "a container elsewhere": ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/x"}, "example.com"),
    "a key with a line end": ("", KEYS | {"AWS_SECRET_ACCESS_KEY": "b\n"}, "line end"),
    "a key that is not ASCII": ("", KEYS | {"AWS_ACCESS_KEY_ID": "é"}, "not ASCII"),
}  # fmt: skip
CONFIGURATION = {
    "an endpoint without a scheme": ("", KEYS | {"AWS_ENDPOINT_URL": "localhost:4566"}, "localhost:4566 is no"),
    "an endpoint of a service without a scheme": (
        "", KEYS | {"AWS_ENDPOINT_URL_ORGANIZATIONS": "localhost:4566"}, "localhost:4566 is no"),
    "an endpoint in the profile without a scheme": ("endpoint_url = foo", KEYS, "foo is not an endpoint"),
    "an endpoint with half of an address": ("", KEYS | {"AWS_ENDPOINT_URL": "http://[::1"}, "Invalid IPv6 URL"),
    "an endpoint with a blank": ("", KEYS | {"AWS_ENDPOINT_URL": "http://x y/"}, "http://x y/ is not an endpoint"),
    "an endpoint without a host": ("", KEYS | {"AWS_ENDPOINT_URL": "http://"}, "http:// is not an endpoint"),
    "an endpoint of another scheme": ("", KEYS | {"AWS_ENDPOINT_URL": "ftp://x"}, "ftp://x is not an endpoint"),
    "an endpoint with a bad port": ("", KEYS | {"AWS_ENDPOINT_URL": "http://localhost:x"}, "is not an endpoint"),
    "a bad defaults mode": ("", KEYS | {"AWS_DEFAULTS_MODE": "x"}, "defaults mode"),
    "a bad STS setting": ("", KEYS | {"AWS_STS_REGIONAL_ENDPOINTS": "x"}, "STS regional"),
    "a Region that is none": ("region = Frankfurt", KEYS, "Frankfurt is the name of no AWS Region"),
}  # fmt: skip


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    import os

    config, environment, text = request.param
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(f"[default]\n{textwrap.dedent(config)}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return str(text)


@pytest.mark.parametrize("configured", CREDENTIALS.values(), ids=CREDENTIALS, indirect=True)
def test_credentials_that_cannot_be_had(configured: str) -> None:
    with pytest.raises(NoCredentials) as caught:
        BotoApi(AwsOptions()).call("ListRoots", {})
    assert configured in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.help


@pytest.mark.parametrize("configured", CONFIGURATION.values(), ids=CONFIGURATION, indirect=True)
def test_a_configuration_that_cannot_be_used(configured: str) -> None:
    with pytest.raises(UsageError) as caught:
        BotoApi(AwsOptions()).call("ListRoots", {})
    assert configured in caught.value.message
    assert caught.value.help


@pytest.mark.parametrize("configured", [("", KEYS, "")], indirect=True)
@pytest.mark.parametrize("url", ["", "foo", "http://"])
def test_an_endpoint_of_the_command_line_that_is_none(configured: str, url: str) -> None:
    with pytest.raises(UsageError, match="is not an endpoint"):
        BotoApi(AwsOptions(endpoint_url=url)).call("ListRoots", {})


@pytest.mark.parametrize("configured", [("", KEYS, "")], indirect=True)
def test_a_role_that_is_none(configured: str) -> None:
    with pytest.raises(UsageError, match="--role-arn x: expected the ARN of a role"):
        BotoApi(AwsOptions(role_arn="x")).call("ListRoots", {})


@pytest.mark.parametrize("configured", [("", KEYS, "")], indirect=True)
def test_a_role_that_cannot_be_asked_for_now_is_asked_for_again(configured: str) -> None:
    """The network is to blame, and nothing was sent to Organizations."""
    api = BotoApi(AwsOptions(role_arn="arn:aws:iam::111122223333:role/x", endpoint_url=NOWHERE))
    with pytest.raises(ServiceError) as caught:
        api.call("ListRoots", {})
    assert (caught.value.operation, caught.value.code) == ("ListRoots", "Unreachable")


@pytest.mark.parametrize("configured", [CREDENTIALS["a process that prints no JSON"]], indirect=True)
def test_the_program_ends_with_the_exit_code_of_credentials(program: Program, configured: str) -> None:  # noqa: F811
    for command in (("plan",), ("apply", "--auto-approve"), ("drift",), ("snapshot",), ("impact",)):
        ran = program(*command)
        assert ran.code == 8, ran.err
        assert configured in ran.err
        assert "bug" not in ran.err


@pytest.mark.parametrize("configured", [CONFIGURATION["an endpoint without a scheme"]], indirect=True)
def test_the_program_ends_with_the_exit_code_of_usage(
    program: Program,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    configured: str,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:4566")
    for command in (
        ("plan",),
        ("apply", "--auto-approve", "--lock", "s3://bucket/key"),
        ("unlock", "--lock", "s3://b-1/k"),
    ):
        ran = program(*command)
        assert (ran.code, configured in ran.err) == (64, True), ran.err


# ---- the wrong account ----


class OfAccount:
    """The credentials of a member, or of an account without an organization."""

    def __init__(self, api: Api, account: str, code: str | None) -> None:
        self._api, self._account, self._code = api, account, code

    def call(self, operation: str, params: Params) -> Response:
        if operation == "sts:GetCallerIdentity":
            return {"Arn": f"arn:aws:sts::{self._account}:assumed-role/x/y"}
        if operation == "DescribeOrganization" and self._code != "AWSOrganizationsNotInUseException":
            return self._api.call(operation, params)
        if self._code == "AccessDeniedException":
            raise denied(operation, self._code, "You don't have permissions to access this resource.")
        if self._code:
            raise ServiceError(operation, self._code, "no", status=400)
        return self._api.call(operation, params)


def refused(account: str, code: str) -> NotAllowed:
    world = World(lambda api, clock: OfAccount(api, account, code))
    with pytest.raises(NotAllowed) as caught:
        reader.read(world.api)
    return caught.value


def test_credentials_of_a_member_account() -> None:
    error = refused("999999999999", "AccessDeniedException")
    assert error.exit_code == 8
    assert error.message.startswith("the credentials are of the account 999999999999, a member of o-")
    assert "not allowed to call organizations:" in error.message
    assert f"the management account {Organization().mock._backend.account_id}" in str(error.help)
    assert "delegated administrator" in str(error.help)


def test_a_call_that_is_denied_in_the_management_account() -> None:
    management = Organization().mock._backend.account_id
    error = refused(management, "AccessDeniedException")
    assert error.message.startswith("not allowed to call organizations:")


def test_credentials_of_an_account_without_an_organization() -> None:
    error = refused("999999999999", "AWSOrganizationsNotInUseException")
    assert error.exit_code == 8
    assert error.message == "the credentials are of the account 999999999999, which is in no organization"
    assert "create-organization" in str(error.help)


@pytest.mark.parametrize("configured", [("", KEYS, "")], indirect=True)
def test_an_answer_that_is_none_of_sts_is_asked_for_again(configured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy answers with a page of its own."""

    def page(*args: object, **kwargs: object) -> object:
        raise botocore.parsers.ResponseParserError("KeyError: 'AssumeRoleResult'")

    monkeypatch.setattr("reconciler.aws.sessions.AssumeRoleCredentialFetcher.fetch_credentials", page)
    with pytest.raises(ServiceError, match="no credentials could be fetched: not an answer of the service") as caught:
        BotoApi(AwsOptions(role_arn="arn:aws:iam::111122223333:role/x", endpoint_url=NOWHERE)).call("ListRoots", {})
    assert caught.value.code == "Unreachable"
