"""E3xx and W3xx: the rules of an organization."""

from __future__ import annotations

from reconciler.spec.codes.entry import entry

ORGANIZATION_CODES = (
    entry(
        "E301",
        "A policy is attached but not declared",
        "The lists under `policies:` of the root, an OU or an account contain keys of the catalogue, the top-level"
        " `policies:`. FullAWSAccess and RCPFullAWSAccess are attached automatically and not listed.",
    ),
    entry(
        "E302",
        "A policy is attached twice",
        "The same key is in one list twice. Remove one.",
    ),
    entry(
        "E303",
        "An account is declared twice",
        "The key of an account is its address and occurs once in the whole tree.",
    ),
    entry(
        "E304",
        "Two accounts with one e-mail",
        "The e-mail of an account's root user is unique in all of AWS, whatever the case of its letters.",
    ),
    entry(
        "E305",
        "Two accounts with one id",
        "An id is one account. Correct the id, or keep one declaration.",
    ),
    entry(
        "E306",
        "An account without an identity",
        "An account is found by its `id` or, without one, by its e-mail, and cannot be created without an e-mail."
        " Give it one of them, or set `defaults.accounts.email`.",
    ),
    entry(
        "E307",
        "An e-mail that AWS does not accept",
        "AWS takes addresses of 6 to 64 characters, without spaces and with a dot after the `@`.",
    ),
    entry(
        "E308",
        "An account name that AWS does not accept",
        "The name of an account is never only blanks. (Other names that a new account cannot have are W308: an account"
        " that exists may have them.)",
    ),
    entry(
        "E310",
        "An organizational unit is too deep",
        "AWS allows five levels of organizational units below the root.",
    ),
    entry(
        "E311",
        "An earlier name is still declared",
        "`previously` names what something was called before, so nothing else can have that name now, unless it was"
        " renamed as well and has a `previously` of its own (two can exchange their names).",
    ),
    entry(
        "E312",
        "An earlier name is claimed twice",
        "An object can be renamed to one name only. Remove one of the entries under `previously`.",
    ),
    entry(
        "E313",
        "No SCP is left",
        "AWS keeps at least one SCP on each node. With `full_aws_access: false` the node's own SCPs are its allow"
        " list; where there are none, nothing would be allowed below it.",
    ),
    entry(
        "E314",
        "Too many policies on one node",
        "AWS limits how many policies of one type are attached directly to the root, an OU or an account;"
        " inherited ones do not count, FullAWSAccess and RCPFullAWSAccess do. Merge policies, or set"
        " `organization.quotas.<type>.attached` where your quota is higher.",
    ),
    entry(
        "E315",
        "A policy of a type that is not managed",
        "`organization.policy_types` lists the types that are managed. A policy of another type could not be attached.",
    ),
    entry(
        "E316",
        "Policies without all features",
        "An organization with consolidated billing only has no policies. Write `feature_set: all`.",
    ),
    entry(
        "E317",
        "A tag that AWS does not accept",
        "Keys have 1 to 128 and values up to 256 characters: letters, digits, spaces and `_.:/=+-@`. Keys that"
        " begin with `aws:` are set by AWS only.",
    ),
    entry(
        "E318",
        "Too many tags",
        "A root, an OU, an account or a policy has at most 50 tags, defaults included.",
    ),
    entry(
        "E319",
        "Something is declared and ignored",
        "What `ignore` matches is out of sight altogether, so it cannot be declared as well. The policies of AWS"
        " Control Tower (`aws-guardrails-*`) and the tags of AWS (`aws:*`) always are.",
    ),
    entry(
        "E320",
        "The management account would be closed",
        "The management account can neither be closed nor removed from its organization.",
    ),
    entry(
        "E321",
        "Two policies with one name",
        "The live name of a policy (its `name`, else its key) is unique among the policies of its type.",
    ),
    entry(
        "E322",
        "A name that belongs to AWS",
        "FullAWSAccess and RCPFullAWSAccess are policies which AWS manages; they are not declared.",
    ),
    entry(
        "E325",
        "More than the organization's quota",
        "The spec declares more accounts or organizational units than AWS allows the organization. Have the quota"
        " raised, then write it under `organization.quotas`.",
    ),
    entry(
        "E326",
        "A policy test fails",
        "A test of `tests:` or of a file in `policies/tests/` expects another decision than the declared policies"
        " give. Either the policy is wrong or the test is. `reconciler explain` shows the decision level by level.",
    ),
    entry(
        "E327",
        "A policy test asks for something that is not there",
        "The account of a test is not declared, or is closed.",
    ),
    entry(
        "E333",
        "Something refers to what will not exist",
        "The plan would lead to an organization in which something is attached to, placed in or registered for an"
        " object that is not there. Declare the object, or remove the reference.",
    ),
    entry(
        "E346",
        "An account to be invited that is not named",
        "`invite: true` is for an account that exists. It is invited by its `id`, or by the e-mail of its root user"
        " under `email`; the e-mail of `defaults.accounts` is for new accounts.",
        'root:\n  accounts:\n    acquired: {id: "555566667777", invite: true}',
    ),
    entry(
        "E347",
        "An account is invited and created",
        "`gov_cloud` creates an account with its counterpart in GovCloud, and `invite` is for an account that exists.",
    ),
    entry(
        "E348",
        "Notes without an invitation",
        "`invite_notes` is the text of an invitation, and there is none without `invite: true`.",
    ),
    entry(
        "W301",
        "A pattern includes nothing",
        "No file matches a pattern under `include`. That may be so on purpose, or a typing error.",
    ),
    entry(
        "W302",
        "A policy is attached nowhere",
        "The policy is created but has no effect.",
    ),
    entry(
        "W303",
        "A pattern protects nothing",
        "No declared address matches a pattern under `guards.protected`. Addresses look like"
        " `ou:Workloads/Production`, `account:log-archive` and `policy:deny-leaving`.",
    ),
    entry(
        "W304",
        "A key that is not managed yet",
        "The key is part of the format, but this version does not manage it. Its value is neither compared"
        " nor changed.",
    ),
    entry(
        "W305",
        "Names that differ only in case",
        "Two organizational units of one parent are easily confused. AWS may also treat them as the same.",
    ),
    entry(
        "W306",
        "`full_aws_access` has no effect",
        "FullAWSAccess is an SCP, and `organization.policy_types` does not have `scp`, so SCPs are not managed.",
    ),
    entry(
        "W307",
        "Nothing is allowed in a node",
        "With `full_aws_access: false` the node's own SCPs are its allow list, and these only deny, so nobody in its"
        " accounts can do anything. Attach an SCP that allows what is needed, or keep FullAWSAccess, with which the"
        " SCPs are a deny list. Where nothing is to be allowed, attach an SCP that denies everything.",
    ),
    entry(
        "W308",
        "A name that a new account cannot have",
        "The name of a new account has at most 50 printable ASCII characters, and a changed name no `<` and `>`. An"
        " account that exists may have another one, so this is a warning; a plan that would send the name is blocked"
        " (`refused`). Where the key is not such a name, set `name`, and give the `id` of an account that exists.",
        "root:\n  accounts:\n    shop: {email: shop@example.com, name: Café}",
    ),
    entry(
        "W309",
        "A name with blanks at its ends",
        "The service cuts blanks at the ends of names, or stores another name than is written, so the name differs in"
        " each plan. A plan that would send such a name is blocked (`refused`).",
        'root:\n  organizational_units:\n    "Security ": {}',
    ),
    entry(
        "W310",
        "A policy test asks for an action that is not known",
        "The catalogue of actions does not have the action of a test, so the test does not check what is intended, if"
        " the name is misspelt. An action can also be newer than the catalogue.",
    ),
    entry(
        "W337",
        "`role_name` of an account that is invited",
        "The service makes an access role in accounts that it creates, and none in accounts that join. Until there is"
        " one, only the account's own identities can work in it.",
    ),
    entry(
        "W338",
        "`gov_cloud` of an account that exists",
        "A GovCloud counterpart is made together with a new account. An account with an `id` exists, and gets none.",
    ),
)
