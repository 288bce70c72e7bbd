"""Garbage collection while a command runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (100_000, 20, 100)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Collects cyclic garbage less often, and as before afterwards. An organization is many values that live until the
    end and have no cycles; looking through them takes a tenth of the CPU time of `plan` with the default thresholds.
    Collection stays on, because `apply` may run for hours."""
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
