"""Adding a kind is one module and its line in the registry.

Shown on a copy of the program with a made-up kind, labels of the organization, which the service stores as tags of the
root: everything that has an entry for each kind follows, and the whole contract holds for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

MODULE = '''\
"""Labels of the organization."""

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, SpecSection, Undeclared
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.model import address as addresses
from reconciler.model.diagnostic import Code
from reconciler.model.operation import Operation
from reconciler.model.resources import Label, Resource

TAG = "label:"


class OrganizationLabel(Resource):
    kind = "label"
    plural = "labels"
    prefix = "label"
    label = Label("label", "labels", "removed")
    identified = False
    identity = Resource.identity | {"text"}
    text: str


class LabelKind(DeclaredSet):
    resource = OrganizationLabel
    undeclared = Undeclared("Labels of the organization.")
    max_deletes = (2, "Labels that get removed.")
    section = SpecSection("labels", list[s.Key], "Labels of the organization.", (["production"],))
    operations = (Operation("DescribeEffectivePolicy", 5, 8),)
    reads_with = "ListTagsForResource"
    codes = (Code(code="E399", severity="error", title="A label that is none", explanation="There is no such label."),)

    def declare(self, value, spec):
        for index, text in enumerate(value):
            if text == "none":
                spec.add("E399", "`none` is no label", index, help="remove it")
            else:
                yield OrganizationLabel(address=f"label:{text}", text=text, source=spec.source(index))

    def written(self, resources, names):
        return sorted(each.text for each in resources)

    def read(self, reads, parts):
        for root in reads.items("ListRoots", "Roots"):
            for tag in reads.items("ListTagsForResource", "Tags", ResourceId=root["Id"]):
                if tag["Key"].startswith(TAG):
                    text = tag["Key"].removeprefix(TAG)
                    yield OrganizationLabel(address=f"label:{text}", text=text)

    def calls(self, change, ids):
        key, root = TAG + change.resource.text, ids[addresses.ROOT]
        if change.after is not None:
            yield Call("TagResource", {"ResourceId": root, "Tags": [{"Key": key, "Value": ""}]})
        else:
            yield Call("UntagResource", {"ResourceId": root, "TagKeys": [key]})
'''
IMPORT = "from reconciler.kinds.label import LabelKind\n"
LINE = "    LabelKind(),\n"

EXAMPLE = """
EXAMPLES["label"] = Example(
    address="label:shop",
    declared="organization: {labels: [shop]}",
    another="organization: {labels: [shop, europe]}",
    removed="organization: {labels: []}",
    wrong="organization:\\n  labels: 7",
    by_hand=("UntagResource", {"ResourceId": "root:/", "TagKeys": ["label:shop"]}),
    name="shop",
)
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program and of its contract, with the made-up kind; its documentation is generated."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("reconciler", "scripts", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "unit", "cases"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "docs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "docs" / "output.md", folder / "docs")
    (folder / "reconciler" / "kinds" / "label.py").write_text(MODULE, "utf-8")
    registry = folder / "reconciler" / "kinds" / "__init__.py"
    text = registry.read_text("utf-8")
    text = text.replace(
        "from reconciler.kinds.organizational_unit", IMPORT + "from reconciler.kinds.organizational_unit"
    )
    text = text.replace("    TrustedAccessKind(),\n", "    TrustedAccessKind(),\n" + LINE)
    assert text.count("LabelKind") == 2
    registry.write_text(text, "utf-8")
    examples = folder / "tests" / "kinds" / "examples.py"
    examples.write_text(examples.read_text("utf-8") + EXAMPLE, "utf-8")
    run(folder, "scripts/generate.py")
    return folder


def run(folder: Path, *args: str) -> str:
    """Runs Python in the copy and returns what it printed."""
    done = subprocess.run(
        [sys.executable, *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_contract_holds_for_it(copy: Path) -> None:
    """Plan, apply, kills, guards, limits, `unmanaged`, snapshots, diagnostics, schema and permissions."""
    found = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/kinds", "-k", "label and file or registry")
    assert int(found.rpartition(" passed")[0].split()[-1]) > 15


def test_the_schemas_and_the_documentation_have_it(copy: Path) -> None:
    schema = json.loads((copy / "org.schema.json").read_text("utf-8"))["$defs"]
    assert schema["OrganizationShape"]["properties"]["labels"]["description"] == "Labels of the organization."
    assert schema["UnmanagedShape"]["properties"]["labels"]["default"] == "report"
    assert schema["MaxDeletes"]["properties"]["labels"]["default"] == 2
    assert "organizations:DescribeEffectivePolicy" in (copy / "docs" / "iam" / "plan-permissions.json").read_text(
        "utf-8"
    )
    assert "E399: A label that is none" in (copy / "docs" / "diagnostics.md").read_text("utf-8")


def test_its_words_are_in_plan_and_report(copy: Path) -> None:
    (copy / "org.yaml").write_text("version: 1\norganization: {labels: [shop]}\nroot: {}\n", "utf-8")
    planned = run(copy, "-m", "reconciler", "plan", "--mock")
    assert "+ create label shop" in words(planned)
    applied = run(copy, "-m", "reconciler", "apply", "--mock", "--auto-approve")
    assert "+ created label shop" in words(applied)
    (copy / "org.yaml").write_text("version: 1\norganization: {labels: []}\nroot: {}\n", "utf-8")
    emptied = run(copy, "-m", "reconciler", "plan", "--mock", "--verbose")
    assert "`unmanaged.labels: delete` would have it removed" in words(emptied)


def words(text: str) -> str:
    """The text without its columns."""
    return " ".join(text.split())
