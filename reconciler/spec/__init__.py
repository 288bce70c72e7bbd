"""Files to the desired state: `load` reads `org.yaml` with all that belongs to it and gives an `Inventory`, or every
reason why not, each with its place and what to do."""

from reconciler.spec.codes import CODES
from reconciler.spec.documents import Check
from reconciler.spec.loading import Desired, load
from reconciler.spec.schema import json_schema
from reconciler.spec.settings import Settings

__all__ = ["CODES", "Check", "Desired", "Settings", "json_schema", "load"]
