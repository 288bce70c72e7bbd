"""AWS Organizations without an account and without a network, for `--mock` and for tests.

`MockOrganization` speaks `reconciler.aws.api.Api`: moto in the same process, with the real service's rules on top.
"""

from reconciler.mock.organization import MockOrganization
from reconciler.mock.seed import Seed

__all__ = ["MockOrganization", "Seed"]
