"""Property tests do not depend on the speed of the machine, and the same commit gives the same result every time."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from reconciler.aws.layers import Counting
from reconciler.aws.operations import OPERATIONS
from reconciler.model.api import Params, Response
from tests.granting import ungranted

settings.register_profile(
    "every-commit",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("nightly", settings.get_profile("every-commit"), derandomize=False)
settings.load_profile("every-commit")


@pytest.fixture(autouse=True)
def only_granted_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test makes the program call what `reconciler permissions` does not grant to the role of the command."""
    found: set[str] = set()
    call = Counting.call

    def watched(layer: Counting, operation: str, params: Params) -> Response:
        if operation in OPERATIONS and (missing := ungranted(operation)):
            found.add(missing)
        return call(layer, operation, params)

    monkeypatch.setattr(Counting, "call", watched)
    yield
    assert found == set()
