"""E4xx and W4xx: policy documents and templates."""

from __future__ import annotations

from reconciler.spec.codes.entry import entry

DOCUMENT_CODES = (
    entry(
        "E401",
        "A file of an unknown kind",
        "Policy documents are .json, .yaml or .yml files, and templates of them end in .j2 after that.",
        "file: policies/deny-leaving.txt",
    ),
    entry(
        "E402",
        "A document is not valid JSON",
        "JSON has double quotes only, no comments and no comma before a closing bracket. For a template, the"
        " place is that of the line which rendered to the faulty text.",
        '{"Version": "2012-10-17",}',
    ),
    entry(
        "E404",
        "A document is not a mapping",
        "A policy document is one mapping, in JSON written with `{` and `}`.",
    ),
    entry(
        "E405",
        "A document is too large",
        "AWS limits the characters of a policy document, counted as it is sent: without white space, and with"
        " each id that is known only after apply at its longest. Shorten it, split it into two policies, or set"
        " `organization.quotas.<type>.characters` where your quota is higher.",
    ),
    entry(
        "E406",
        "A template is not valid",
        "Jinja2 cannot read the template at this line.",
        '{"Resource": "{{ vars.bucket }"}',
    ),
    entry(
        "E407",
        "A name in a template is not defined",
        "A template sees `vars` (of its policy), `organization.id`, `organization.management_account_id`,"
        ' `root.id`, `accounts["key"].id` and `organizational_units["path"].id`; in `defaults.accounts.email`,'
        " `key` and `name`.",
        "{{ allowed_regions | tojson }}",
    ),
    entry(
        "E408",
        "A template names something that is not declared",
        "Accounts are named by their key in the spec, organizational units by their path (`Workloads/Production`).",
        '{{ accounts["log-archiv"].id }}',
    ),
    entry(
        "E409",
        "A template looks into an id that is not known yet",
        "The id of what does not exist yet is known only after apply. Until then a template can write it out,"
        " join it to a text with `~` and put it into lists, but not compare, cut or change it. An account with an"
        " `id` in the spec has no such limits.",
        '{% if accounts["shop"].id == "111122223333" %}',
    ),
    entry(
        "E410",
        "A template uses what is not available",
        "Templates run in a sandbox: no other files, no Python objects, a small set of filters.",
        '{% include "other.json" %}',
    ),
    entry(
        "E411",
        "A template does too much",
        "Rendering stops at 1,000,000 characters or 100,000 steps; a `range` has at most 10,000 numbers.",
        "{% for i in range(1000000) %}",
    ),
    entry(
        "E412",
        "An expression in a template fails",
        "An operation does not fit its values: a text and a number are added, a number is divided by zero, and so on.",
        '{{ "a" + 1 }}',
    ),
    entry(
        "E413",
        "A template changed an id that is not known yet",
        "The placeholder for an id went through a filter or was cut, so it could not be replaced after apply. Write"
        " it out as it is.",
        '{{ ("x" ~ accounts["shop"].id) | upper }}',
    ),
    entry(
        "E414",
        "A backup plan is not complete",
        "The backup policies that reach an account are merged. The merged plan needs `rules`, `regions` and"
        " `selections`, and each rule a `schedule_expression` and a `target_backup_vault_name`; AWS withholds a plan"
        " without them. What is missing may be in another backup policy that is attached to the same node or above or"
        " below it.",
        '{"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}',
    ),
    entry(
        "W401",
        "A variable has no effect",
        "Nothing reads this entry of `vars`.",
    ),
    entry(
        "W402",
        "A template that is not rendered",
        "The document holds `{{` or `{%`, but only files that end in .j2 are rendered; this text would be sent as"
        " it is.",
        "content: {Version: '2012-10-17', Statement: [{Resource: '{{ vars.bucket }}'}]}",
    ),
)
