"""The connection to one repository: where the API is, what is retried, and errors as this program's own.

Limits and retries: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from github import Auth, Github, GithubException, GithubRetry
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.Repository import Repository

from reconciler.errors import AccessDenied, NoCredentials, ReconcilerError
from reconciler.model.code_host import Access

_TRIES = 6
_LONGEST_WAIT = 300
"""Seconds: a rate limit that is longer fails the step, which can be run again."""
_RATE_LIMITED = (403, 429)


class RetryWithoutRepeating(GithubRetry):
    """Retries rate limits of every request, and server faults and lost answers only of those that have the same effect
    when they are repeated: a POST may have been carried out, so its caller looks for the result first."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        if method == "POST":
            return self.total != 0 and status_code in _RATE_LIMITED
        return super().is_retry(method, status_code, has_retry_after)


def repository(access: Access) -> Repository:
    """The repository; nothing is read yet."""
    repeatable = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
    retry = RetryWithoutRepeating(
        total=_TRIES,
        backoff_factor=1,
        max_rate_limit_wait=_LONGEST_WAIT,
        status_forcelist=[429, *range(500, 600)],
        allowed_methods=repeatable,
    )
    client = Github(
        auth=Auth.Token(access.token),
        base_url=access.api_url.rstrip("/"),
        retry=retry,
        per_page=100,
        seconds_between_requests=None,
        seconds_between_writes=None,
        user_agent="org-reconciler",
        lazy=True,
    )
    return client.get_repo(access.name)


@contextmanager
def own_errors(what: str) -> Iterator[None]:
    """Errors of the API as this program's own; `what` is what was done, as in "write the comment"."""
    try:
        yield
    except GithubException as error:
        raise _own_error(what, error) from error
    except OSError as error:
        raise ReconcilerError(f"cannot {what}: GitHub cannot be reached: {_innermost(error)}") from error


def _own_error(what: str, error: GithubException) -> ReconcilerError:
    if error.status == 401:
        return NoCredentials(f"cannot {what}: GitHub does not accept the token", help="set GITHUB_TOKEN")
    if error.status == 403:
        text = f"cannot {what}: GitHub refuses it: {_message(error)}"
        return AccessDenied(text, help="check `permissions` of the job")
    if error.status == 404:
        text = f"cannot {what}: GitHub has no such object, or the token may not see it"
        return ReconcilerError(text, help="check `permissions` of the job")
    return ReconcilerError(f"cannot {what}: GitHub answers {error.status}: {_message(error)}")


def _innermost(error: BaseException) -> str:
    """What went wrong, without the layers of the libraries around it."""
    inner = (error.__cause__, getattr(error, "reason", None), *error.args)
    below = next((each for each in inner if isinstance(each, BaseException)), None)
    if below is not None:
        return _innermost(below)
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def login_of(user: NamedUser | Organization | None) -> str | None:
    """The login of an author; `None` for an account that was deleted."""
    return user.login if user is not None else None


def uncertain(error: Exception) -> bool:
    """True where a request may have been carried out although it failed: a server fault, or a lost answer."""
    return error.status >= 500 if isinstance(error, GithubException) else isinstance(error, OSError)


def _message(error: GithubException) -> str:
    data = error.data
    found = data.get("message") if isinstance(data, dict) else None
    return str(found or error.message or "no reason given")
