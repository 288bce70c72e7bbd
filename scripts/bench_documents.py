"""The documents of the invented organizations: small ones that the service takes."""

from __future__ import annotations

from typing import Any

DECLARATIVE: dict[str, Any] = {
    "tag": {"tags": {"owner": {"tag_key": {"@@assign": "owner"}}}},
    "backup": {
        "plans": {
            "daily": {
                "regions": {"@@assign": ["eu-west-1"]},
                "rules": {
                    "nightly": {
                        "schedule_expression": {"@@assign": "cron(0 5 ? * * *)"},
                        "target_backup_vault_name": {"@@assign": "vault"},
                        "lifecycle": {"delete_after_days": {"@@assign": "35"}},
                    }
                },
                "selections": {
                    "tags": {
                        "tagged": {
                            "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"},
                            "tag_key": {"@@assign": "backup"},
                            "tag_value": {"@@assign": ["daily"]},
                        }
                    }
                },
            }
        }
    },
    "ai_opt_out": {"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}},
}
"""A document of each type that has no statements."""
