"""AWS as botocore models it: every call that is expected, with its parameters, and its answer, both checked."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from reconciler.aws.boto import BotoApi
from reconciler.aws.services import service_of


class Aws:
    """Answers in the order in which they were given, service by service; no call goes out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stubbers: dict[str, Stubber] = {}
        monkeypatch.setattr(BotoApi, "_check", lambda _, operation: None)
        monkeypatch.setattr(BotoApi, "_client", lambda _, service, region: self._stubber(service.client).client)

    def answers(self, operation: str, params: dict[str, Any], answer: dict[str, Any]) -> None:
        name = botocore.xform_name(operation.rpartition(":")[2])
        self._stubber(service_of(operation).client).add_response(name, answer, params)

    def refuses(self, operation: str, code: str) -> None:
        name = botocore.xform_name(operation.rpartition(":")[2])
        self._stubber(service_of(operation).client).add_client_error(name, code, "no", http_status_code=403)

    def was_asked_everything(self) -> None:
        for each in self._stubbers.values():
            each.assert_no_pending_responses()

    def _stubber(self, service: str) -> Stubber:
        if service not in self._stubbers:
            session = botocore.session.Session()
            client = session.create_client(service, "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            self._stubbers[service] = Stubber(client)
            self._stubbers[service].activate()
        return self._stubbers[service]
