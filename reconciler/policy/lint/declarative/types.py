"""The syntax of the policy types whose rules are a table: AI opt-out, chat, S3, EC2, and those that enable a service.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_chatbot_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_security_hub_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inspector_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_network_security_director_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_upgrade_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_bedrock_syntax.html
"""

from __future__ import annotations

import re

from reconciler.model.regions import REGIONS
from reconciler.policy.lint.declarative.schema import (
    Group,
    Named,
    Node,
    Scalar,
    Syntax,
    Value,
    Values,
    choice,
    matching,
)

ANYTHING = Value("a text", lambda text: True)
_ALL_REGIONS = ("ALL_SUPPORTED", *REGIONS)

_AI_SERVICES = """
    default aidevops aiops awssupplychain biodiscovery chimesdkvoiceanalytics cloudwatch codeguruprofiler codewhisperer
    comprehend config connect connectamd connectdecision connecthealth::operations connecthealth::training
    connectoptimization contactlens datazone dms entityresolution finopsagent frauddetector glue guardduty lex polly q
    quicksightq rekognition scenariodiscovery securityhub securitylake textract transcribe transform translate
    workspaces
    """
AI_SERVICES = tuple(_AI_SERVICES.split())
"""The service names of AI opt-out policies (checked 2026-09-13)."""

_WORKSPACE = matching("the id of a workspace: capital letters and digits, like T01234567", r"[0-9A-Z]{1,255}")
_UUID = matching("a UUID in lower case", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def whole(least: int, most: int | None = None) -> Value:
    """A whole number in this range."""
    words = f"a whole number of {least} or more" if most is None else f"a whole number from {least} to {most}"

    def accepts(text: str) -> bool:
        return (
            re.fullmatch(r"-?[0-9]{1,16}", text) is not None
            and least <= int(text)
            and (most is None or int(text) <= most)
        )

    return Value(words, accepts)


def _or_any(value: Value) -> Value:
    return Value(f"{value.expected}, or *", lambda text: text == "*" or value.accepts(text))


def _enabled() -> Scalar:
    return Scalar(choice("enabled", "disabled"))


def _service() -> Group:
    value = choice("optIn", "optOut")
    return Group({"opt_out_policy": Scalar(Value(value.expected, value.accepts, value.choices, texts_only=True))})


_AI = Syntax("services", Group({name: _service() for name in AI_SERVICES}))


def _roles(*, channels: bool) -> Group:
    fields: dict[str, Node] = {"supported_role_settings": Values(choice("user_role", "channel_role"))}
    if channels:
        fields["supported_channel_types"] = Values(choice("public", "private"))
    return Group(fields)


_SLACK = Group({
    "client": _enabled(),
    "workspaces": Values(_or_any(_WORKSPACE)),
    "default": _roles(channels=True),
    "overrides": Named(_roles(channels=True), _WORKSPACE),
})  # fmt: skip
_TEAMS = Group({
    "client": _enabled(),
    "tenants": Named(Values(_or_any(_UUID)), _or_any(_UUID)),
    "default": _roles(channels=False),
    "overrides": Named(Named(_roles(channels=False), _UUID), _UUID),
})  # fmt: skip
_PLATFORMS = Group({"slack": _SLACK, "microsoft_teams": _TEAMS, "chime": Group({"client": _enabled()})})
_CHATBOT = Syntax(
    "chatbot", Group({"platforms": _PLATFORMS, "default": Group({"client": _enabled()})}), folds=True
)  # fmt: skip

_S3 = Syntax(
    "s3_attributes", Group({"public_access_block_configuration": Scalar(choice("all", "none"))}), folds=True
)  # fmt: skip

_PREFERENCE = ("no_preference", "enabled", "disabled")
_GATEWAY_BLOCK = Group({
    "mode": Scalar(choice("off", "block_ingress", "block_bidirectional")),
    "exclusions_allowed": _enabled(),
})  # fmt: skip
_IMAGE_CRITERION = Group({
    "allowed_image_providers": Values(ANYTHING),
    "image_names": Values(ANYTHING),
    "marketplace_product_codes": Values(ANYTHING),
    "creation_date_condition": Group({"maximum_days_since_created": Scalar(whole(0))}),
    "deprecation_time_condition": Group({"maximum_days_since_deprecated": Scalar(whole(0))}),
}, open=True)  # fmt: skip
_EC2_ATTRIBUTES = Group({
    "exception_message": Scalar(ANYTHING),
    "vpc_block_public_access": Group({
        "internet_gateway_block": _GATEWAY_BLOCK,
        "internet_gateway": _GATEWAY_BLOCK,
    }),
    "vpc_encryption_control": Group({"mode": Scalar(ANYTHING), "exclusions": Values(ANYTHING)}, open=True),
    "serial_console_access": Group({"status": _enabled()}),
    "image_block_public_access": Group({"state": Scalar(choice("unblocked", "block_new_sharing"))}),
    "snapshot_block_public_access": Group({
        "state": Scalar(choice("unblocked", "block_new_sharing", "block_all_sharing")),
    }),
    "allowed_images_settings": Group({
        "state": Scalar(choice("enabled", "disabled", "audit_mode")),
        "image_criteria": Named(_IMAGE_CRITERION, matching("criteria_1 to criteria_10", r"criteria_([1-9]|10)")),
    }),
    "instance_metadata_defaults": Group({
        "http_tokens": Scalar(choice("no_preference", "required", "optional")),
        "http_put_response_hop_limit": Scalar(whole(-1, 64)),
        "http_endpoint": Scalar(choice(*_PREFERENCE)),
        "instance_metadata_tags": Scalar(choice(*_PREFERENCE)),
        "http_tokens_enforced": Scalar(choice(*_PREFERENCE)),
    }),
})  # fmt: skip

_REGIONS = Values(Value("the names of Regions, or ALL_SUPPORTED", _ALL_REGIONS.__contains__, _ALL_REGIONS))
_ENABLED_IN = {"enable_in_regions": _REGIONS, "disable_in_regions": _REGIONS}
_SCANS = Group({
    "ec2_scanning": Group(_ENABLED_IN),
    "ecr_scanning": Group(_ENABLED_IN),
    "lambda_standard_scanning": Group({**_ENABLED_IN, "lambda_code_scanning": Group(_ENABLED_IN)}),
    "code_repository_scanning": Group(_ENABLED_IN),
}, open=True)  # fmt: skip

_ORDER = Group({"patch_order": Scalar(choice("first", "second", "last"))})
_UPGRADES = Group({"default": _ORDER, "tags": Named(Group({"tag_values": Named(_ORDER)}))})

_GUARDRAIL = Group({
    "identifier": Scalar(matching(
        "the ARN of a guardrail, followed by : and a version that is not DRAFT",
        r"arn:[a-z-]+:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/\w+:[0-9]+",
    )),
    "input_tags": Scalar(choice("honor", "ignore")),
    "selective_content_guarding": Group({
        "system": Scalar(choice("selective", "comprehensive")),
        "messages": Scalar(choice("selective", "comprehensive")),
    }, open=True),
    "model_enforcement": Group({"included_models": Values(ANYTHING), "excluded_models": Values(ANYTHING)}, open=True),
}, open=True)  # fmt: skip
_REGION_NAME = Value("the name of a Region", REGIONS.__contains__, tuple(REGIONS))

SYNTAX: dict[str, Syntax] = {
    "ai_opt_out": _AI,
    "chatbot": _CHATBOT,
    "s3": _S3,
    "declarative_ec2": Syntax("ec2_attributes", _EC2_ATTRIBUTES),
    "security_hub": Syntax("securityhub", Group(_ENABLED_IN), plain=True),
    "inspector": Syntax("inspector", Group({"enablement": _SCANS}), plain=True),
    "network_security_director": Syntax(
        "network_security_director",
        Group({"enablement": Group({"network_security_scan": Group(_ENABLED_IN)}, open=True)}, open=True),
    ),
    "upgrade_rollout": Syntax("upgrade_rollout", _UPGRADES, plain=True),
    "bedrock": Syntax("bedrock", Group({"guardrail_inference": Named(Named(_GUARDRAIL), _REGION_NAME)}, open=True)),
}
