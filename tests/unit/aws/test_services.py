"""A service is one row, and its operations one row each: every layer follows from them."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from reconciler.aws.boto import BotoApi
from reconciler.aws.boto_errors import denied
from reconciler.aws.layers import Checked, Counting, ReadOnly
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import Paced, Retrying
from reconciler.aws.services import CONFIGURED, GLOBAL, SERVICES, Service, permission, service_of
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import ReconcilerError, ServiceError
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Params, Response
from reconciler.model.operation import Answer, Operation
from tests.unit.aws.stubbed import Aws

LIST, UPDATE = "support:DescribeServices", "support:ResolveCase"


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda row: row.client)
def test_a_row_is_as_botocore_has_it(service: Service) -> None:
    model = botocore.session.Session().get_service_model(service.client)
    assert service.endpoint_variable == "AWS_ENDPOINT_URL_" + model.service_id.hyphenize().replace("-", "_").upper()
    assert service.region in (GLOBAL, CONFIGURED)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_is_of_a_service_that_has_it(operation: str) -> None:
    model = botocore.session.Session().get_service_model(service_of(operation).client)
    assert operation.rpartition(":")[2] in model.operation_names
    assert OPERATIONS[operation].bucket in OPERATIONS


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name.startswith("List")])
def test_a_list_is_read_in_its_largest_pages(operation: str) -> None:
    model = botocore.session.Session().get_service_model("organizations").operation_model(operation)
    members: Any = model.input_shape and model.input_shape.members
    size = members.get("MaxResults")
    assert OPERATIONS[operation].page_size == (size and size.metadata["max"])


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that the program does not use, with an operation that reads and one that writes."""
    service = Service("support", "support", "support-plans", "AWS_ENDPOINT_URL_SUPPORT", region="eu-west-3")
    monkeypatch.setitem(SERVICES, service.name, service)
    reads = Operation(LIST, 2, 3, Answer("services", list, {"code": str}))
    monkeypatch.setitem(OPERATIONS, LIST, reads)
    monkeypatch.setitem(OPERATIONS, UPDATE, Operation(UPDATE, 2, 3, writes=True, shared_bucket=LIST))


@pytest.mark.usefixtures("made_up")
class TestAMadeUpService:
    def test_its_client_is_in_its_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        api = BotoApi(AwsOptions(region="us-east-2"))
        api._check(LIST)
        assert api._client(SERVICES["support"], None).meta.region_name == "eu-west-3"

    def test_it_is_called_through_every_layer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        aws, clock, notices = Aws(monkeypatch), VirtualClock(), list[str]()
        aws.refuses(LIST, "ThrottlingException")
        for _ in range(4):
            aws.answers(LIST, {}, {"services": [{"code": "a"}]})
        aws.answers(LIST, {}, {})
        counting = Counting(BotoApi(AwsOptions()))
        api = ReadOnly(Retrying(Paced(Checked(counting), clock=clock), clock=clock, notice=notices.append, budget=10))
        assert [api.call(LIST, {})["services"] for _ in range(4)] == [[{"code": "a"}]] * 4
        assert notices[0].startswith(f"{LIST}: ThrottlingException, try 2")
        assert clock.now() > 1.5, "it is paced"
        with pytest.raises(ReconcilerError, match="is a write"):
            api.call(UPDATE, {})
        with pytest.raises(ServiceError, match="UnreadableAnswer: the answer has no services"):
            Checked(counting).call(LIST, {})
        assert counting.calls == {LIST: 6}
        aws.was_asked_everything()

    def test_its_permission_is_named_where_it_is_denied(self) -> None:
        assert permission(LIST) == "support-plans:DescribeServices"
        assert '"Action": "support-plans:ResolveCase"' in str(denied(UPDATE, "AccessDeniedException", "no").help)

    def test_its_operations_share_a_bucket(self) -> None:
        class Silent:
            def call(self, operation: str, params: Params) -> Response:
                return {}

        clock: Any = VirtualClock()
        paced = Paced(Silent(), clock=clock)
        for operation in (LIST, UPDATE, LIST, UPDATE):
            paced.call(operation, {})
        assert clock.now() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("budgets:DescribeBudgets", "budgets:ViewBudget"),
        ("budgets:CreateSubscriber", "budgets:ModifyBudget"),
        ("budgets:TagResource", "budgets:TagResource"),
        ("budgets:DescribeBudgetActionsForAccount", "budgets:DescribeBudgetActionsForAccount"),
        ("ce:UpdateCostAllocationTagsStatus", "ce:UpdateCostAllocationTagsStatus"),
        ("MoveAccount", "organizations:MoveAccount"),
    ],
)
def test_an_operation_has_the_action_of_the_service(operation: str, action: str) -> None:
    assert permission(operation) == action
