"""The container image and the examples of a scheduled drift: the handler runs, the templates are valid, and their roles
are what `reconciler permissions drift` prints."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from reconciler.cli import run
from reconciler.errors import NotificationFailed
from reconciler.mock.__main__ import main as by_hand
from reconciler.use_cases.connection import ConnectionOptions
from reconciler.use_cases.role_policy import role_policy
from tests.e2e.conftest import SPEC
from tests.receiver import receiving

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TEMPLATES = ("lambda/template.yaml", "ecs/template.yaml")


class Template(yaml.SafeLoader):
    """YAML with the functions of CloudFormation, of which only the arguments are kept."""


def _function(loader: Template, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


Template.add_multi_constructor("!", _function)


def template(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((EXAMPLES / name).read_text("utf-8"), Template)  # noqa: S506  # a safe loader
    return found


def resources(name: str, type: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template(name)["Resources"].values() if each["Type"] == type]


@pytest.fixture
def handler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("handler", EXAMPLES / "lambda" / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def organization(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConnectionOptions:
    """A mocked organization as it is declared, and then changed by hand."""
    monkeypatch.chdir(tmp_path)
    Path("org.yaml").write_text(SPEC)
    assert run(["apply", "--mock", "--auto-approve", "--quiet"]) == 0
    assert by_hand(["detach", "deny-leaving", "/"]) == 0
    return ConnectionOptions(mock_state=tmp_path / ".reconciler" / "mock.json")


class TestHandler:
    def test_it_finds_drift_and_notifies_with_who_made_it(
        self, handler: ModuleType, organization: ConnectionOptions
    ) -> None:
        with receiving() as receiver:
            environment = {"RECONCILER_SPEC": "org.yaml", "NOTIFY": "webhook:HOOK", "HOOK": receiver.url}
            found = handler.check(organization, environment)
        assert (found["drift"], found["severity"]) == (True, {"exposure": 1})
        assert json.loads(json.dumps(found)) == found
        (body,) = receiver.bodies
        assert "(DetachPolicy)" in body["differences"][0]["text"]

    def test_it_calls_topics_with_the_client_that_writes(
        self, handler: ModuleType, organization: ConnectionOptions
    ) -> None:
        topic = "sns:arn:aws:sns:eu-west-1:123456789012:drift"
        assert handler.check(organization, {"RECONCILER_SPEC": "org.yaml", "NOTIFY": topic})["drift"]

    def test_nobody_has_to_be_notified(self, handler: ModuleType, organization: ConnectionOptions) -> None:
        assert handler.check(organization, {"RECONCILER_SPEC": "org.yaml"})["total"] == 1

    def test_a_notification_that_fails_is_a_failed_invocation(
        self, handler: ModuleType, organization: ConnectionOptions
    ) -> None:
        with receiving(404) as receiver, pytest.raises(NotificationFailed, match="slack:HOOK"):
            handler.check(organization, {"RECONCILER_SPEC": "org.yaml", "NOTIFY": "slack:HOOK", "HOOK": receiver.url})


class TestTemplates:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", TEMPLATES)
    def test_cloudformation_takes_it(self, name: str) -> None:
        program = [str(Path(sys.executable).parent / "cfn-lint"), str(EXAMPLES / name)]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")

    @pytest.mark.parametrize("name", TEMPLATES)
    def test_the_role_may_what_the_program_prints_and_publish_to_its_topic(self, name: str) -> None:
        (read,) = [each for each in role_policy("drift").statements if each.sid == "Read"]
        statements = {
            statement["Sid"]: statement
            for role in resources(name, "AWS::IAM::Role")
            for policy in role.get("Policies", ())
            for statement in policy["PolicyDocument"]["Statement"]
            if "Sid" in statement
        }
        assert statements["Read"]["Action"] == list(read.actions)
        assert (statements["Notify"]["Action"], statements["Notify"]["Resource"]) == ("sns:Publish", "Topic")
        assert {*statements} - {"Log"} == {"Read", "Notify", "Remember", "TellMissingFromHidden"}

    def test_the_function_has_the_environment_that_the_handler_reads(self, handler: ModuleType) -> None:
        (function,) = resources("lambda/template.yaml", "AWS::Lambda::Function")
        for name in function["Environment"]["Variables"]:
            assert f"  {name} " in str(handler.__doc__)

    def test_the_task_is_not_root_and_writes_nothing(self) -> None:
        (task,) = resources("ecs/template.yaml", "AWS::ECS::TaskDefinition")
        definition = json.loads((EXAMPLES / "ecs/task-definition.json").read_text("utf-8"))
        (from_template,), (written,) = task["ContainerDefinitions"], definition["containerDefinitions"]
        for user, read_only in (
            (from_template["User"], from_template["ReadonlyRootFilesystem"]),
            (written["user"], written["readonlyRootFilesystem"]),
        ):
            assert (user, read_only) == ("10001:10001", True)

    @pytest.mark.parametrize("source", ["template", "definition"])
    def test_the_command_of_the_task_is_one(self, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is parsed by the program: without a spec it gets as far as that one is missing."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DRIFT_CHAT_URL", "https://chat.example.com/hook")
        if source == "template":
            (task,) = resources("ecs/template.yaml", "AWS::ECS::TaskDefinition")
            command = task["ContainerDefinitions"][0]["Command"]
        else:
            definition = json.loads((EXAMPLES / "ecs/task-definition.json").read_text("utf-8"))
            command = definition["containerDefinitions"][0]["command"]
        values = {
            "sns:${Topic}": "sns:arn:aws:sns:eu-west-1:111122223333:a",
            "s3://${State}/notified.json": "s3://abc/n",
        }
        assert run([values.get(each, each) for each in command]) == 3


class TestImage:
    DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

    def instructions(self, name: str) -> list[str]:
        joined = re.sub(r"\\\n\s*", "", self.DOCKERFILE)
        return [line.removeprefix(f"{name} ") for line in joined.split("\n") if line.startswith(f"{name} ")]

    def test_it_is_not_root_and_the_program_is_its_entry(self) -> None:
        assert self.instructions("USER") == ["10001:10001"]
        assert self.instructions("ENTRYPOINT") == ['["reconciler"]']

    def test_it_is_on_a_slim_image_of_a_version(self) -> None:
        assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-[a-z]+", self.instructions("ARG")[0])
        assert self.instructions("FROM") == ["${PYTHON} AS build", "${PYTHON}"]

    def test_the_last_stage_runs_nothing_and_takes_only_the_environment(self) -> None:
        last = self.DOCKERFILE.rpartition("\nFROM ")[2]
        assert "RUN" not in last
        assert re.findall(r"^COPY (.*)", last, re.MULTILINE) == ["--from=build /opt/reconciler /opt/reconciler"]

    def test_what_it_copies_exists_and_nothing_else_is_sent(self) -> None:
        sent = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split("\n") if line.startswith("!")]
        first = self.DOCKERFILE.rpartition("\nFROM ")[0]
        copied = [source for line in re.findall(r"^COPY (.*)", first, re.MULTILINE) for source in line.split()[:-1]]
        assert sorted(sent) == sorted(copied)
        assert all((ROOT / each).is_file() for each in copied if "*" not in each)

    def test_every_file_is_checked_against_its_hash(self) -> None:
        script = (ROOT / "scripts/install_image.sh").read_text("utf-8")
        assert "--no-deps" in script
        assert "--require-hashes --only-binary :all: --requirement" in script
