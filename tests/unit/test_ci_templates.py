"""The pipelines that `reconciler init --ci SYSTEM` writes: valid to the schema of the system, and their shell steps do
what they promise, on a mocked organization."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml

from reconciler import scaffold
from reconciler.scaffold import CiSystem

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "tests" / "schemas"
OTHERS: tuple[CiSystem, ...] = ("gitlab", "azure", "jenkins", "bitbucket")
TEMPLATE: dict[CiSystem, str] = {
    "gitlab": ".gitlab-ci.yml",
    "azure": "azure-pipelines.yml",
    "jenkins": "Jenkinsfile",
    "bitbucket": "bitbucket-pipelines.yml",
}

needs_sh = pytest.mark.skipif(not (shutil.which("bash") and shutil.which("sh")), reason="the runners have a shell")


def template(ci: CiSystem) -> str:
    return scaffold.files(ci)[TEMPLATE[ci]]


def parsed(ci: CiSystem) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(template(ci))
    return found


class Step(NamedTuple):
    """A shell step as its system runs it, with the variables that it sets for it."""

    shell: tuple[str, ...]
    script: str
    env: Mapping[str, str] = MappingProxyType({})


SH = ("sh", "-e", "-c")
BASH = ("bash", "--noprofile", "--norc", "-e", "-c")
JOBS = ("validate", "plan", "apply", "drift")


def gitlab(job: str) -> list[Step]:
    """`before_script` and `script` are one script to the runner."""
    found = parsed("gitlab")
    own = found[job]
    lines = [*found[own["extends"]]["before_script"], *own["script"]]
    return [Step(SH, "\n".join(lines))]


def azure(job: str) -> list[Step]:
    (stage,) = [each for each in parsed("azure")["stages"] if each["stage"] == job]
    (found,) = stage["jobs"]
    steps = found["strategy"]["runOnce"]["deploy"]["steps"] if "deployment" in found else found["steps"]
    made = []
    for each in steps:
        if "bash" in each:
            made.append(Step(BASH, each["bash"]))
        elif each.get("task") == "AWSShellScript@1":
            made.append(Step(BASH, each["inputs"]["inlineScript"], each.get("env", {})))
    return made


def bitbucket(job: str) -> list[Step]:
    pipelines = parsed("bitbucket")["pipelines"]
    steps = [each["step"] for each in (*pipelines["branches"]["main"], *pipelines["custom"]["drift"])]
    (found,) = [each for each in steps if each["name"] == job]
    return [Step(SH, "\n".join(found["script"]))]


def jenkins(job: str) -> list[Step]:
    (stage,) = re.findall(rf"^        stage\('{job.capitalize()}'\).*?^        }}$", template("jenkins"), re.S | re.M)
    scripts = re.findall(r"\bsh '''\n(.*?)'''", stage, re.S)
    return [Step(SH, textwrap.dedent(each).replace("\\\\", "\\")) for each in scripts]


STEPS: dict[CiSystem, Callable[[str], list[Step]]] = {
    "gitlab": gitlab,
    "azure": azure,
    "jenkins": jenkins,
    "bitbucket": bitbucket,
}

RECONCILER = f"""\
#!/bin/sh
echo "$@ AWS_ROLE_ARN=${{AWS_ROLE_ARN:-}}" >>"$LOG"
case "$1" in
validate) exec {sys.executable} -m reconciler "$@" ;;
*) exec {sys.executable} -m reconciler "$@" --mock-state "$STATE" ;;
esac
"""
INSTALL = """\
mkdir -p "$1/bin"
cp "$RECONCILER" "$1/bin/reconciler"
chmod +x "$1/bin/reconciler"
"""


class Runner:
    """Runs the jobs of a system in a checkout of what `init` wrote, each in an environment of its own. What a job hands
    to a later one is what the system would: artifacts are files, the digest is a variable."""

    def __init__(self, ci: CiSystem, place: Path) -> None:
        self.ci, self.place = ci, place
        self.checkout = place / "checkout"
        self.digest = ""
        for path, text in scaffold.files(ci).items():
            (self.checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (self.checkout / path).write_text(text, "utf-8")
        (self.checkout / "ci/reconciler/install.sh").write_text(INSTALL, "utf-8")
        (place / "reconciler").write_text(RECONCILER, "utf-8")

    def run(self, job: str) -> tuple[int, str]:
        """How the job ended, and what it printed."""
        env = self.environment()
        printed = ""
        for each in STEPS[self.ci](job):
            own = {name: value.replace("$(digest)", self.digest) for name, value in each.env.items()}
            ran = subprocess.run(
                [*each.shell, each.script],
                cwd=self.checkout,
                env={**env, **own},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            printed += ran.stdout + ran.stderr
            for found in re.findall(r"^##vso\[task\.prependpath\](.*)$", ran.stdout, re.M):
                env["PATH"] = f"{found}{os.pathsep}{env['PATH']}"
            if ran.returncode:
                return ran.returncode, printed
        self.hand_on(printed)
        return 0, printed

    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.place),
            "PYTHONPATH": str(ROOT),
            "LOG": str(self.place / "log"),
            "RECONCILER": str(self.place / "reconciler"),
            "STATE": str(self.place / "mock.json"),
            "AWS_PLAN_ROLE_ARN": "plan-role",
            "AWS_APPLY_ROLE_ARN": "apply-role",
            "AWS_ID_TOKEN": "a-token",
            "BITBUCKET_STEP_OIDC_TOKEN": "a-token",
            "BITBUCKET_BUILD_NUMBER": "7",
            "CI_JOB_ID": "7",
            "AGENT_TEMPDIRECTORY": str(self.place / "agent"),
            "PIPELINE_WORKSPACE": str(self.place / "workspace"),
            "PLAN_DIGEST": self.digest,
        }

    def hand_on(self, printed: str) -> None:
        """What the system takes from a job that ended well."""
        plan = self.checkout / "plan"
        if self.ci == "gitlab" and (plan / "plan.env").exists():
            self.digest = (plan / "plan.env").read_text("utf-8").removeprefix("PLAN_DIGEST=").strip()
        elif self.ci == "jenkins" and (plan / "digest").exists():
            self.digest = (plan / "digest").read_text("utf-8").strip()
        elif found := re.findall(r"^##vso\[task\.setvariable variable=digest;isOutput=true\](.*)$", printed, re.M):
            (self.digest,) = found
            shutil.copytree(plan, self.place / "workspace" / "organization-plan", dirs_exist_ok=True)

    def calls(self) -> list[str]:
        return (self.place / "log").read_text("utf-8").splitlines()


@pytest.fixture(params=OTHERS)
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    return Runner(request.param, tmp_path)


class TestSchemas:
    def test_gitlab(self) -> None:
        jsonschema.validate(parsed("gitlab"), json.loads((SCHEMAS / "gitlab-ci.json").read_text("utf-8")))

    def test_bitbucket(self) -> None:
        jsonschema.validate(parsed("bitbucket"), json.loads((SCHEMAS / "bitbucket-pipelines.json").read_text("utf-8")))

    def test_azure(self) -> None:
        """The schema lists the tasks of Microsoft; that of AWS is compared as one of those with the same form. Every
        scalar is a string there."""
        schema = json.loads(gzip.decompress((SCHEMAS / "azure-pipelines.json.gz").read_bytes()))
        found = yaml.load(template("azure"), yaml.BaseLoader)  # noqa: S506  # it makes strings only
        for step in all_steps(found):
            if step.get("task") == "AWSShellScript@1":
                assert set(step["inputs"]) == {"awsCredentials", "regionName", "scriptType", "inlineScript"}
                step["task"] = "Bash@3"
                step["inputs"] = {"targetType": "inline", "script": step["inputs"]["inlineScript"]}
        jsonschema.validate(found, schema)

    def test_a_template_that_is_wrong_does_not_pass(self) -> None:
        found = parsed("gitlab")
        found["plan"]["artifacts"]["reports"]["terraform"] = 1
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(found, json.loads((SCHEMAS / "gitlab-ci.json").read_text("utf-8")))

    def test_jenkins_is_a_declarative_pipeline(self) -> None:
        text = re.sub(r"//[^\n]*", "", template("jenkins"))
        text = re.sub(r"'''.*?'''|\"[^\"\n]*\"|'[^'\n]*'", "''", text, flags=re.S)
        depth = 0
        for char in text:
            depth += {"{": 1, "}": -1}.get(char, 0)
            assert depth >= 0
        assert depth == 0
        assert text.strip().startswith("pipeline {")
        sections = re.findall(r"^    (\w+)", text, re.M)
        assert sections == ["agent", "options", "triggers", "environment", "stages"]
        stages = re.findall(r"^        stage\('(\w+)'\)", template("jenkins"), re.M)
        assert stages == ["Validate", "Plan", "Approve", "Apply", "Drift"]


def all_steps(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "task" in value:
            yield value
        for each in value.values():
            yield from all_steps(each)
    if isinstance(value, list):
        for each in value:
            yield from all_steps(each)


class TestSafety:
    def test_one_apply_at_a_time(self) -> None:
        assert parsed("gitlab")["apply"]["resource_group"] == "organization"
        (apply,) = [each for each in parsed("azure")["stages"] if each["stage"] == "apply"]
        assert apply["lockBehavior"] == "sequential"
        (step,) = [each["step"] for each in parsed("bitbucket")["pipelines"]["branches"]["main"][2:]]
        assert step["concurrency-group"] == "organization"
        assert "disableConcurrentBuilds()" in template("jenkins")
        assert "lock resource: 'organization'" in template("jenkins")

    def test_somebody_starts_an_apply(self) -> None:
        found = parsed("gitlab")["apply"]
        assert [each["when"] for each in found["rules"]] == ["manual"]
        assert found["environment"] == "organization"
        (step,) = [each["step"] for each in parsed("bitbucket")["pipelines"]["branches"]["main"][2:]]
        assert (step["trigger"], step["deployment"]) == ("manual", "organization")
        (apply,) = [each for each in parsed("azure")["stages"] if each["stage"] == "apply"]
        assert apply["jobs"][0]["environment"] == "organization"
        assert "refs/heads/main" in apply["condition"]
        text = template("jenkins")
        assert text.index("stage('Approve')") < text.index("input message") < text.index("stage('Apply')")

    def test_the_roles_of_systems_that_take_them_outside_of_the_script(self) -> None:
        connections = {
            stage["stage"]: [found for each in all_steps(stage) if (found := each["inputs"].get("awsCredentials"))]
            for stage in parsed("azure")["stages"]
        }
        plan, apply = "aws-organization-plan", "aws-organization-apply"
        assert connections == {"validate": [], "plan": [plan], "apply": [apply], "drift": [plan]}
        taken = re.findall(r"^        stage\('(\w+)'\)|AWS_ROLE_ARN = \"\$\{env\.(\w+)\}\"", template("jenkins"), re.M)
        plan, apply = "ORGANIZATION_PLAN_ROLE_ARN", "ORGANIZATION_APPLY_ROLE_ARN"
        assert [stage or role for stage, role in taken] == [
            "Validate", "Plan", plan, "Approve", "Apply", apply, "Drift", plan
        ]  # fmt: skip

    @pytest.mark.parametrize("ci", OTHERS)
    def test_no_long_lived_credentials(self, ci: CiSystem) -> None:
        assert not re.search(r"ACCESS_KEY|SECRET", template(ci))

    @pytest.mark.parametrize("ci", OTHERS)
    def test_nothing_but_what_the_list_names_by_hash_is_installed(self, ci: CiSystem) -> None:
        text = template(ci)
        assert "pip install" not in text
        assert text.count("sh ci/reconciler/install.sh") >= 2
        assert "--require-hashes" in scaffold.files(ci)["ci/reconciler/install.sh"]


@needs_sh
class TestJobs:
    def test_the_plan_that_was_made_is_applied_and_nothing_is_left(self, runner: Runner) -> None:
        for job in ("validate", "plan", "apply", "drift"):
            code, printed = runner.run(job)
            assert code == 0, printed
        digest = json.loads((runner.checkout / "plan/plan.json").read_text("utf-8"))["digest"]
        (apply,) = [each for each in runner.calls() if each.startswith("apply ")]
        assert f"plan.json --expect-digest {digest} " in apply
        assert "No drift" in printed
        assert (runner.checkout / "apply/journal.jsonl").stat().st_size > 0
        assert list(runner.checkout.rglob("*.xml"))

    @pytest.mark.parametrize("ci", ["gitlab", "bitbucket"])
    def test_each_job_takes_its_role_by_a_token_of_the_system(self, ci: CiSystem, tmp_path: Path) -> None:
        runner = Runner(ci, tmp_path)
        for job in JOBS:
            runner.run(job)
        roles = {line.partition(" ")[0]: line.rpartition("AWS_ROLE_ARN=")[2] for line in runner.calls()}
        assert roles == {"validate": "", "plan": "plan-role", "apply": "apply-role", "drift": "plan-role"}

    def test_drift_fails_the_job_and_is_in_its_report(self, runner: Runner) -> None:
        code, printed = runner.run("drift")
        assert code == 2, printed
        assert "Drift in " in printed
        assert list(runner.checkout.rglob("drift.md"))

    def test_an_invalid_spec_fails_validate_and_plan(self, runner: Runner) -> None:
        spec = runner.checkout / "org.yaml"
        spec.write_text(spec.read_text("utf-8") + "\nnonsense: 1\n", "utf-8")
        assert runner.run("validate")[0] == 3
        assert runner.run("plan")[0] == 3

    def test_another_plan_than_the_approved_one_is_refused(self, runner: Runner) -> None:
        assert runner.run("plan")[0] == 0
        runner.digest = "sha256:" + "0" * 64
        if runner.ci == "bitbucket":
            (runner.checkout / "plan/digest").write_text(runner.digest, "utf-8")
        code, printed = runner.run("apply")
        assert code == 5, printed
        assert runner.run("drift")[0] == 2

    def test_what_changed_in_the_meantime_is_refused(self, runner: Runner) -> None:
        assert runner.run("plan")[0] == 0
        spec = runner.checkout / "org.yaml"
        written = spec.read_text("utf-8")
        spec.write_text(written.replace("Workloads", "Elsewhere"), "utf-8")
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        arguments = ["apply", "--auto-approve", "--quiet", "--mock-state", str(runner.place / "mock.json")]
        subprocess.run([sys.executable, "-m", "reconciler", *arguments], cwd=runner.checkout, env=env, check=True)
        spec.write_text(written, "utf-8")
        code, printed = runner.run("apply")
        assert code == 5, printed


@needs_sh
class TestInstall:
    """`scripts/try_wheel.sh` runs it with the package index; here pip is a stand-in."""

    LIST = scaffold.files("gitlab")["ci/reconciler/requirements.txt"]
    RELEASE = "org-reconciler==0.1.0 --hash=sha256:" + "1" * 64

    def install(self, place: Path, requirements: str, status: int = 0) -> tuple[int, str, list[str]]:
        tools, folder = place / "tools", place / "ci"
        tools.mkdir()
        folder.mkdir()
        (folder / "install.sh").write_text(scaffold.files("gitlab")["ci/reconciler/install.sh"], "utf-8")
        (folder / "requirements.txt").write_text(requirements, "utf-8")
        (tools / "python3").write_text(
            f'#!/bin/sh\nmkdir -p "$3/bin"\nprintf \'#!/bin/sh\\necho "$*" >>{place}/calls\\nexit {status}\\n\' '
            f'>"$3/bin/pip"\nchmod +x "$3/bin/pip"\n',
            "utf-8",
        )
        (tools / "python3").chmod(0o755)
        ran = subprocess.run(
            ["sh", str(folder / "install.sh"), str(place / "venv")],
            env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        calls = place / "calls"
        return ran.returncode, ran.stdout + ran.stderr, calls.read_text("utf-8").splitlines() if calls.exists() else []

    def test_only_what_the_list_names_by_hash(self, tmp_path: Path) -> None:
        code, text, calls = self.install(tmp_path, f"{self.LIST}{self.RELEASE}\n")
        assert code == 0, text
        first, second = calls
        assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(first.split())
        assert first.endswith(f"--find-links {tmp_path}/ci --requirement {tmp_path}/ci/requirements.txt")
        assert second == "check"

    def test_a_list_without_reconciler_installs_nothing(self, tmp_path: Path) -> None:
        code, text, calls = self.install(tmp_path, self.LIST)
        assert (code, calls) == (1, [])
        assert "name the reconciler to install" in text

    def test_a_failed_installation_fails(self, tmp_path: Path) -> None:
        assert self.install(tmp_path, f"{self.LIST}{self.RELEASE}\n", status=1)[0] == 1
