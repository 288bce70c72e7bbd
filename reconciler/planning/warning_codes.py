"""What the codes of a plan's warnings mean. Each needs the live organization, so `validate` reports none of them."""

from __future__ import annotations

from reconciler.model.diagnostic import Code, severity_of


def _code(code: str, title: str, explanation: str) -> Code:
    return Code(code=code, severity=severity_of(code), title=title, explanation=explanation)


PLAN_CODES: tuple[Code, ...] = (
    _code(
        "W390",
        "a cost category that decides which accounts share discounts is deleted",
        "The sharing of Reserved Instances and Savings Plans follows the values of the category. Change that "
        "setting in "
        "the console of Billing first, or keep the category in the spec.",
    ),
    _code(
        "W391",
        "an action of a budget attaches a declared SCP where the spec does not: an apply takes it off again",
        "The action attached the SCP because a budget was exceeded. An apply restores what the spec declares: wait "
        "until the budget's period is over, or declare the attachment.",
    ),
    _code(
        "W501",
        "an undeclared OU is to be deleted and cannot be: it still contains accounts, which are named, or a "
        "declared OU",
        "The service deletes empty OUs only, and no account is moved that the spec does not name. Declare the accounts "
        "elsewhere, or declare the OU.",
    ),
    _code(
        "W502",
        "an account is closed or suspended, and the spec declares it active",
        "No call reopens an account. AWS Support does, within 90 days; otherwise declare `state: closed`.",
    ),
    _code(
        "W503",
        "an account has another e-mail: to change by hand, for the service sends a one-time password to the "
        "new address",
        "Change the address in the console or by the Account Management API with the password, or correct it "
        "in the spec.",
    ),
    _code(
        "W504",
        "an account is declared by an id that no account of the organization has (guard `unknown_account`)",
        "The id is misspelt, or the credentials are those of another organization. To invite the account, declare "
        "`invite: true`.",
    ),
    _code(
        "W505",
        "an undeclared policy is to be deleted and cannot be: it stays attached",
        "It is attached to something that the plan leaves alone. Detach it there, or declare or ignore the policy.",
    ),
    _code(
        "W510",
        "the service would refuse a change (guard `refused`)",
        "In no order of the changes is every quota kept at every step. The warning names the change and the limit.",
    ),
    _code(
        "W511",
        "something is to be deleted and cannot be: something else still needs it",
        "Remove what needs it from the spec or the organization first; the warning names it.",
    ),
    _code(
        "W512",
        "what a replaced OU does not take along: attachments that could not be read, what the spec ignores",
        "The new OU gets what is declared and what was read. What is ignored or unknown has to be set again by whoever "
        "owns it.",
    ),
    _code(
        "W513",
        "whether the caller could still undo the plan depends on the path of its role",
        "The ARN of a session has no path, so an exemption such as `role/org/deployer` may or may not mean the caller. "
        "Check that the role of the pipeline is exempt from the Deny that is named.",
    ),
    _code(
        "W520",
        "an OU or policy is created although an undeclared one that is like it exists: `previously:` makes it a rename",
        "Without `previously` the plan creates a second one and leaves the first alone. Where they are the same, write "
        "the key that the warning shows.",
    ),
    _code(
        "W530",
        "the service cannot empty the description of a policy, and keeps the old one",
        "Write a description of at least one character, or remove the key to leave it alone.",
    ),
    _code(
        "W532",
        "something of an account is not compared, because it was not read: a snapshot does not have it, or the service "
        "does not show it yet",
        "It is neither changed nor drift in this run. Plan against the live organization, or plan again later.",
    ),
    _code(
        "W533",
        "an OU that is replaced gets another ARN, so resource shares with it end",
        "AWS RAM shares with the ARN of the OU. Share with the new OU after the apply.",
    ),
    _code(
        "W534",
        "a service designates its delegated administrator itself: registering the account is not enough",
        "Some services keep an administrator of their own beside the one of AWS Organizations. Designate the account "
        "there too; the warning names the service.",
    ),
    _code(
        "W535",
        "an SCP denies the root user, and with it the sessions of centralised root access",
        "Exempt sessions that have `aws:AssumedRoot`, or do without centralised root sessions in those accounts.",
    ),
    _code(
        "W536",
        "the credentials are of a member account, and some changes can only be made by the management account",
        "Apply with a role of the management account, or leave those changes out with `--target`.",
    ),
    _code(
        "W540",
        "an account to be invited has the e-mail of a member: it is not invited, and its id or e-mail is to "
        "be corrected",
        "An e-mail belongs to one account. Correct the id, or remove `invite: true`.",
    ),
    _code(
        "W541",
        "which invitations are open is not known, for the caller may not list handshakes",
        "Allow `organizations:ListHandshakesForOrganization`: `reconciler permissions plan` prints the policy.",
    ),
    _code(
        "W542",
        "changes wait until the organization has all features",
        "An organization with consolidated billing only has no policies. Every invited member has to agree to all "
        "features first; the next apply makes the changes.",
    ),
    _code(
        "W543",
        "an account is suspended by AWS, and the spec declares it active, closed or removed: it is not touched",
        "AWS suspends accounts for reasons of its own, such as an unpaid bill. Contact AWS Support.",
    ),
    _code(
        "W546",
        "an account with `gov_cloud` is not created: it takes an organization of the commercial partition",
        "Create the account from the organization of the commercial partition, then invite its GovCloud counterpart.",
    ),
    _code(
        "W551",
        "two policies at one node assign a setting, and the one that the spec lists later is attached before the other",
        "The policy that was attached first gives the value. Assign the setting in one policy only, or detach "
        "and attach "
        "again in the wanted order.",
    ),
    _code(
        "W552",
        "after an apply: declarative policies above these accounts cannot be merged, with the errors of the first ones",
        "The service keeps the last effective policy that was valid, so the new settings are not in force. Correct the "
        "documents that are named.",
    ),
    _code(
        "W556",
        "an account leaves or enters an OU that AWS Control Tower governs: drift there",
        "Make the change in AWS Control Tower, or repair the drift there afterwards.",
    ),
    _code(
        "I501",
        "a closed account stays where it is, the spec has it elsewhere",
        "A closed account is not moved. Declare it where it is, or remove its entry after 90 days.",
    ),
    _code(
        "I502",
        "an empty list in the spec removes nothing, because `unmanaged` does not say `delete`",
        "To remove what is there and not declared, set the kind to `delete` under `unmanaged`.",
    ),
    _code(
        "I503",
        "changes are left out by `--target` or `--no-delete`, and how many",
        "Plan again without the option to make them.",
    ),
    _code(
        "I504",
        "an account that is declared closed or removed is no account of the organization any more: its entry "
        "can be removed",
        "Remove the entry from the spec. Nothing else is to be done.",
    ),
    _code(
        "I553",
        "after an apply: whether every effective policy of a changed type is valid could not be read",
        "The changes were made. `reconciler explain ACCOUNT --type TYPE` shows the effective policy of one account.",
    ),
    _code(
        "W557",
        "the allowance that was given is for another plan, and does not count",
        "An allowance names the digest of the plan that it was given for. The plan is another one now: review it, and "
        "give the allowance that it shows.",
    ),
)
