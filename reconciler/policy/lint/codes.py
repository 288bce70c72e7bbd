"""Every code that the analysis of policy documents can report, with what it means and what to do."""

from __future__ import annotations

from reconciler.model.diagnostic import Code, severity_of


def _code(code: str, title: str, explanation: str, example: str | None = None) -> Code:
    return Code(code=code, severity=severity_of(code), title=title, explanation=explanation, example=example)


CHECK_CODES: tuple[Code, ...] = (
    _code(
        "E450",
        "a policy document is not a JSON object",
        "A policy document is an object with the elements of its language. Write `{...}`, not a list or a text.",
    ),
    _code(
        "E451",
        "an element that the policy language does not have",
        "The service refuses a document with unknown elements, such as a comment or a misspelt name. An SCP "
        "or RCP has Version and Statement; a statement has Sid, Effect, Action or NotAction, Resource or NotResource, "
        "Condition, and in an RCP Principal. Remove the element or write it as shown; names are case-sensitive.",
        '{"Version": "2012-10-17", "_meta": {}, "Statement": []}',
    ),
    _code(
        "E452",
        "Version is not a version of the policy language",
        'Version names the language, not your revision of the policy. Write `"Version": "2012-10-17"`.',
        '{"Version": "2026-01-01"}',
    ),
    _code(
        "E453",
        "Statement is missing or empty",
        "An SCP or RCP needs at least one statement: an object, or a list of objects.",
        '{"Version": "2012-10-17", "Statement": []}',
    ),
    _code("E454", "a statement is not an object", "Each member of Statement is an object such as {Effect: Deny, ...}."),
    _code(
        "E455",
        "Effect is neither Allow nor Deny",
        "Every statement has an Effect, `Allow` or `Deny`, with exactly that case.",
        '{"Effect": "deny"}',
    ),
    _code(
        "E456",
        "not exactly one of Action and NotAction",
        "A statement says what it is about with either Action (these) or NotAction (all but these), never with both "
        "and never with neither; the list may not be empty. An RCP has Action only.",
    ),
    _code(
        "E457",
        "this is not an action",
        "An action is written `service:Name`, with `*` and `?` as wildcards in the name, or `*` alone for all. The "
        "service prefix itself has no wildcards.",
        '{"Action": "DescribeInstances"}',
    ),
    _code(
        "E458",
        "not exactly one of Resource and NotResource",
        "A statement has either Resource or NotResource, never both and never neither; `*` means every resource.",
    ),
    _code(
        "E459",
        "this is not a resource",
        "A resource is `*`, or an ARN that begins with `arn:` and may hold wildcards. Check for spaces around `*`.",
        '{"Resource": "my-bucket/*"}',
    ),
    _code(
        "E460",
        "Condition has the wrong shape",
        "A Condition is an object of operators, each an object of context keys, each with a value or a list of values "
        "(texts, numbers or booleans).",
        '{"Condition": {"StringEquals": ["aws:RequestedRegion", "eu-west-1"]}}',
    ),
    _code(
        "E461",
        "a condition operator that does not exist",
        "Operators are listed in the IAM user guide (condition operators). `IfExists` may follow any of them but Null; "
        "`ForAllValues:` or `ForAnyValue:` may precede it.",
        '{"Condition": {"StringNotEqual": {"aws:RequestedRegion": "eu-west-1"}}}',
    ),
    _code(
        "E462",
        "a Sid with other characters than letters and digits, or used twice",
        "A Sid has only A-Z, a-z and 0-9, and is unique in its document. Leave it out, or rename it.",
        '{"Sid": "deny leaving"}',
    ),
    _code(
        "E463",
        "an SCP names a principal",
        "An SCP applies to every principal of the accounts under it and has no Principal or NotPrincipal. To exempt "
        "a role, use a Condition on aws:PrincipalArn.",
    ),
    _code(
        "E464",
        'the Principal of an RCP is not "*"',
        'Every statement of an RCP has `"Principal": "*"`; narrow it with a Condition, e.g. on aws:PrincipalOrgID.',
    ),
    _code(
        "E465",
        "an RCP that allows",
        "A customer-managed RCP can only deny: Allow is what the service's own RCPFullAWSAccess does.",
    ),
    _code(
        "E466",
        "something that RCPs do not support",
        'RCPs have no NotAction and no NotPrincipal, and no bare "*" as action: each action begins with a service.',
    ),
    _code(
        "E467",
        "a top-level key that this policy type does not have",
        "A declarative policy begins with the one key of its type: `tags` (tag), `plans` (backup), `services` "
        "(ai_opt_out), `chatbot`, `ec2_attributes` (declarative_ec2), `securityhub`, `inspector`, `bedrock`, ...",
        '{"tag": {"CostCenter": {}}}',
    ),
    _code(
        "E468",
        "an inheritance operator that does not exist, or with a value it cannot have",
        "The operators are @@assign, @@append, @@remove and @@operators_allowed_for_child_policies; the last takes a "
        "list of @@all, @@none, @@assign, @@append, @@remove. See the page on inheritance operators.",
        '{"tags": {"CostCenter": {"tag_key": {"@assign": "CostCenter"}}}}',
    ),
    _code(
        "E469",
        "a setting that this policy type does not have",
        "The service refuses a declarative policy with settings, attributes or services that its type does not have, "
        "or with a name that is too long or has other characters than allowed. The help has the nearest right name.",
        '{"services": {"rekognitionx": {"opt_out_policy": {"@@assign": "optOut"}}}}',
    ),
    _code(
        "E470",
        "a value that this setting cannot have",
        "The setting takes certain words (with exactly that case), a number in a range, the name of a Region, an ARN "
        "of one form, or a list of such values. The help says what is expected.",
        '{"services": {"default": {"opt_out_policy": {"@@assign": "OPTOUT"}}}}',
    ),
    _code(
        "E471",
        "a value without an operator",
        "Values of declarative policies are set with an operator. Documents without operators are those that the "
        "service shows as effective policies; they cannot be sent back.",
        '{"tags": {"CostCenter": {"tag_key": "CostCenter"}}}',
    ),
    _code(
        "E472",
        "settings that exclude each other",
        "Each setting is valid alone, but not both together: a tag_key that is not its key in another case, keys "
        "that differ only in case, a backup that would be deleted before it has been 90 days in cold storage (AWS "
        "Backup refuses such a plan), a continuous backup that is kept for more than 35 days.",
        '{"tags": {"costcenter": {"tag_key": {"@@assign": "Owner"}}}}',
    ),
    _code(
        "E473",
        "a setting is missing",
        "Some settings make no sense without others: the tag of a selection needs a key and values, for example.",
    ),
    _code(
        "W450",
        "Version is missing or old",
        "Without Version the document is read in the language of 2008, in which policy variables such as "
        '${aws:PrincipalTag/team} are plain text. The documentation recommends `"Version": "2012-10-17"`.',
    ),
    _code(
        "W451",
        "a placeholder is still to be filled in",
        "The text looks like the placeholder of a template (`${PARTITION}`, `<account>`, `[ROLE]`, `{region}`). The "
        "service takes it literally, and then the statement matches nothing or everything.",
    ),
    _code(
        "W452",
        "a condition operator in an unusual case",
        "Write the operator as the documentation does; tools that read policies compare it exactly.",
    ),
    _code(
        "W453",
        "a condition value that can never match",
        "The value is not of the shape which its operator compares: numbers for Numeric, dates for Date, true or "
        "false for Bool and Null, an address or CIDR range for IpAddress, six sections for Arn operators.",
        '{"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}}',
    ),
    _code(
        "W454",
        "an RCP about a service that RCPs may not reach",
        "The service is not in the published list of services that support RCPs (the list grows). An RCP has no "
        "effect on other services; use an SCP for the principals of your own accounts.",
    ),
    _code(
        "W456",
        "a setting that this policy type may not have, or a value without an operator",
        'Values of declarative policies are set with an operator: `{"@@assign": ...}`. The documentation has no such '
        "setting; where the syntax of a type is published in part only, it may exist all the same.",
    ),
)

LINT_CODES: tuple[Code, ...] = (
    _code(
        "W460",
        "an action that matches nothing",
        "No action of the catalogue has this name, so the statement does nothing about it. Most often it is misspelt "
        "or the service prefix is another one; a very new action may not be listed yet.",
        '{"Action": "ec2:RunInstance"}',
    ),
    _code(
        "W461",
        "a statement that can never apply",
        "All conditions of a statement must be true at once, and these cannot be; or NotAction or NotResource leaves "
        "nothing. Two values of one key belong in one list.",
    ),
    _code(
        "W462",
        "a condition key that the actions do not have",
        "The service authorization reference does not list the key for any of these actions, so the condition never "
        "sees a value: a negated operator is then always true, another one always false.",
    ),
    _code(
        "W463",
        "a condition that is true where the key is absent",
        "A negated operator such as StringNotEquals, and any with ForAllValues, is true for requests that do not have "
        "the key at all. In a Deny they are denied, in an Allow allowed. Say what you mean with a Null condition.",
        '{"Effect": "Deny", "Action": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}',
    ),
    _code(
        "W464",
        "actions that are always denied, because they have no such key",
        "The condition means some of these actions; the others do not have the key, and for them the negated operator "
        "is always true. Name only actions that have the key.",
        '{"Effect": "Deny", "Action": "ec2:*", "Condition": {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}}',
    ),
    _code(
        "W465",
        "an RCP that also denies AWS services",
        "AWS services that act for you, such as CloudTrail writing to a bucket, have no principal account and no "
        'organization. Exempt them with `"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}`.',
    ),
    _code(
        "W466",
        "an action that another one in the same list already covers",
        "The list has a wider pattern that includes this one. Removing it changes nothing and saves characters.",
        '{"Action": ["s3:*", "s3:GetObject"]}',
    ),
    _code(
        "W467",
        "a statement that another one already covers",
        "Whenever this statement applies, another one of the same document with the same Effect does too.",
    ),
    _code(
        "W468",
        "a document near its largest size",
        "The service counts the characters of the document as it is sent, without white space. Beyond the quota it is "
        "refused.",
    ),
    _code(
        "W469",
        "a wildcard where none is read",
        "StringEquals and StringNotEquals compare exactly: * is an asterisk. Use StringLike, or ArnLike for ARNs.",
        '{"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}}',
    ),
    _code(
        "W470",
        "a policy that is attached again below where it is inherited from",
        "A Deny at the root or at an OU reaches everything below it. Attaching the same policy again changes nothing "
        "and uses one of the few attachments that a node can have.",
    ),
    _code(
        "W472",
        "a resource that no request can have",
        "The ARN has a partition that does not exist or a blank where none can be, or it is of another service than "
        "all actions of the statement, so the statement never applies to it.",
        '{"Action": "s3:*", "Resource": "arn:aws:sqs:*:*:queue"}',
    ),
    _code(
        "W473",
        "a global condition key that does not exist",
        "Requests never have the key, so a negated operator is always true and another one always false. Most often it "
        "is misspelt; keys of tags need the tag after a slash, as in aws:PrincipalTag/team.",
        '{"StringNotEquals": {"aws:RequestRegion": "eu-west-1"}}',
    ),
    _code(
        "W474",
        "a value that this condition key never has",
        "The key has values of one form: the name of a Region, an account id of 12 digits, the id of an organization, "
        "the ARN of a role (not of a session of it), the name of a service. No request has the value that is written.",
        '{"StringNotEquals": {"aws:RequestedRegion": "eu-west1"}}',
    ),
    _code(
        "W475",
        "a set operator where there is one value, or none where there are several",
        "ForAllValues and ForAnyValue are for keys with several values in one request, such as aws:TagKeys, and only "
        "with them such keys are compared as a whole. With a key that has one value they change what happens to "
        "requests without the key: ForAllValues is then true.",
        '{"ForAllValues:StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}',
    ),
    _code(
        "W476",
        "a denial of Regions that reaches global services",
        "Requests to IAM, Organizations, CloudFront, Route 53, Support and others have the Region us-east-1 wherever "
        "they are made. Exempt those services with NotAction, as in the examples of AWS, unless they are to be denied.",
    ),
    _code(
        "W477",
        "a condition without a value or without a key",
        "An empty list of values matches nothing: the condition is never true, and with a negated operator always. An "
        "operator without a key has no effect.",
        '{"StringEquals": {"aws:RequestedRegion": []}}',
    ),
    _code(
        "W480",
        "two policies at one node assign the same setting",
        "Of policies of one type that are attached to one node, the one that was attached first gives the value of a "
        "setting; the `@@assign` of the others is ignored. The service does not show in which order they were "
        "attached, and attaching one again changes it. Assign the setting in one policy, or use `@@append`.",
    ),
    _code(
        "W481",
        "policies that cannot be merged",
        "Each document is valid, but what an account inherits from the root down is not: more than 50 tag keys are "
        "required for a resource type, or a backup plan lacks a part. The service then withholds the new effective "
        "policy and keeps the last one that was valid.",
    ),
)
