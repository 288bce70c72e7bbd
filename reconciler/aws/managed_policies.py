"""The policies that AWS manages, which change only as AWS changes them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

import json
from urllib.parse import unquote

from reconciler.errors import ReadFailed
from reconciler.model.api import Api
from reconciler.model.base import Json


def managed_policy_document(api: Api, arn: str) -> Json:
    """The document of the default version of a policy. Raises as the calls do, and `ReadFailed` for a document that is
    no JSON object."""
    version = api.call("iam:GetPolicy", {"PolicyArn": arn})["Policy"]["DefaultVersionId"]
    answer = api.call("iam:GetPolicyVersion", {"PolicyArn": arn, "VersionId": version})
    document = answer["PolicyVersion"].get("Document")
    if isinstance(document, str):  # URL-encoded, where botocore has not read it yet
        try:
            document = json.loads(unquote(document))
        except (ValueError, RecursionError) as error:
            raise ReadFailed(f"the document of {arn} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise ReadFailed(f"the document of {arn} is no JSON object")
    return document
