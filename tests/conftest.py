"""Property tests do not depend on the speed of the machine, and the same commit gives the same result every time."""

from hypothesis import HealthCheck, settings

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
