"""AWS Organizations without an account and without a network, for `--mock` and for tests.

`MockOrganization` is a `model.api.Api`: moto in the same process, with the rules of the real service on top. The
extra `mock` of the distribution installs moto; without it, importing this package raises `UsageError`.
"""

from reconciler.errors import UsageError

try:
    from reconciler.mock.organization import MockOrganization
    from reconciler.mock.seed import Seed
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "moto":
        raise
    raise UsageError(
        "the mocked organization needs moto, which is not installed",
        help="pip install 'org-reconciler[mock]'; or work without --mock, against AWS or a snapshot",
    ) from error

__all__ = ["MockOrganization", "Seed"]
