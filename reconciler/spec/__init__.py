"""Files to the desired state: `load` reads `org.yaml` and every file that it names into an `Inventory`, or reports all
mistakes, each with its place and how to fix it."""

from reconciler.spec.diagnostics import codes
from reconciler.spec.documents import Check
from reconciler.spec.loading import Desired, load
from reconciler.spec.schema import json_schema
from reconciler.spec.settings import Settings

__all__ = ["Check", "Desired", "Settings", "codes", "json_schema", "load"]
