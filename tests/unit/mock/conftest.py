"""A mocked organization with a clock that only tests advance."""

import pytest

from reconciler.mock import MockOrganization, Seed
from tests.unit.mock.world import MEMBER, Clock, World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    seed = Seed(accounts=((MEMBER, "member", "member@example.com"),))
    return World(MockOrganization.in_memory(seed, clock=clock, closure_seconds=60))
