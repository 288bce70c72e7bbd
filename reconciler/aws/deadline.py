"""The end of a run's time budget, for what it reads; what it writes ends between two changes, see `app.carry_out`."""

from __future__ import annotations

from reconciler.aws.retrying import Clock
from reconciler.errors import ReadFailed
from reconciler.model.api import Api, Params, Response


class Deadline:
    """An `Api` that begins no call once the clock says `end`."""

    def __init__(self, api: Api, clock: Clock, end: float) -> None:
        self._api = api
        self._clock = clock
        self._end = end

    def call(self, operation: str, params: Params) -> Response:
        if self._clock.now() >= self._end:
            raise ReadFailed(
                f"the time was over before {operation} could be called, so nothing is known for certain",
                help="give it more with --timeout SECONDS",
            )
        return self._api.call(operation, params)
