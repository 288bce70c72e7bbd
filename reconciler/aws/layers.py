"""Layers around an `Api`, each with one duty: only reading, counting, and naming what is denied."""

from __future__ import annotations

import threading
from collections import Counter

from reconciler.aws.operations import OPERATIONS
from reconciler.errors import ReconcilerError
from reconciler.model.api import Api, Params, Response


class ReadOnly:
    """An `Api` on which no write exists: what plans, shows and compares gets this one."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        row = OPERATIONS.get(operation)
        if row is None or row.writes:
            raise ReconcilerError(f"{operation} is a write, and this run only reads")
        return self._api.call(operation, params)


class Counting:
    """Counts the calls that were made, by operation; failed ones too."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()

    def call(self, operation: str, params: Params) -> Response:
        with self._lock:
            self.calls[operation] += 1
        return self._api.call(operation, params)
