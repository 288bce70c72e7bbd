"""Random changes of policies in a small organization, and random requests there, with everything that the service fills
into their contexts. Written from the documentation, for the slow evaluator."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from reconciler.policy.language.statements import LANGUAGE_VERSION, OLD_LANGUAGE_VERSION
from tests.unit.policy import slow
from tests.unit.policy.organizations import FULL, document, many

ORGANIZATION = "o-ourorg1234"
ROOT, OU_A, OU_B = "r-ab12", "ou-ab12-aaaaaaaa", "ou-ab12-bbbbbbbb"
IDS = {"a1": "111111111111", "a2": "111111111112", "b1": "222222222222", "management": "333333333333"}
STRANGERS = ("999999999999", "444444444444", "111111111119")
SERVICES = ("cloudtrail.amazonaws.com", "config.amazonaws.com", "ec2.amazonaws.com")
ROLES = ("app", "Admin", "admin", "org/break-glass", "org/x", "team/Admin", "aws-reserved/sso.amazonaws.com/SSO_x")
USERS = ("bob", "Bob", "team/bob", "alice")

ACTIONS = (
    "s3:GetObject", "s3:PutObject", "s3:GetNewThing", "s3:NewObject", "iam:CreateUser", "iam:NewThing", "kms:Decrypt",
    "kms:RetireGrant", "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:GetCallerIdentity", "ec2:RunInstances",
    "newservice:Do",
)  # fmt: skip
PATTERNS = ("s3:*", "s3:Get*", "s3:*Object", "s3:GetObject", "s3:get?bject", "iam:*", "sts:*", "sts:Assume*", "kms:*")

TEXTS = ("a", "b", "ab", "A", "Ab", "AB", "abc", "")
TEXT_PATTERNS = ("a", "A", "ab", "a*", "A*", "*b", "a?", "*", "?", "a*c", "${aws:PrincipalTag/t}", "${*}")
NUMBERS = ("1", "1.0", "1.05", "1.1", "1.2", "1.5", "2", "-3", "100")
DATES = ("2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z", "2026-06-01T00:00:00Z", "2030-01-01T00:00:00Z", "1700000000")
ADDRESSES = ("10.0.0.1", "10.1.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "::1", "11.0.0.0")
RANGES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.0.2.0/24", "2001:db8::/32", "10.0.0.0/9")
BYTES = ("QUJD", "AAAA", "QQ==")
RESOURCES = ("arn:aws:s3:::logs/x", "arn:aws:s3:::logs-1/a", "arn:aws:s3:::data/x", "*", "arn:aws:s3:::LOGS/x")
RESOURCE_PATTERNS = ("arn:aws:s3:::logs*", "arn:aws:s3:::*/x", "arn:aws:s3:::logs/x", "*", "arn:aws:s3:::d?ta/*")

TEXT_OPERATORS = (
    "StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotEquals", "StringNotLike",
    "StringNotEqualsIgnoreCase",
)  # fmt: skip
COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")

ARNS = (
    "arn:aws:iam::*:role/*", "arn:aws:iam::*:role/org/*", "arn:aws:iam::*:role/Admin", "arn:aws:iam::*:role/*/Admin",
    "arn:aws:iam::*:user/*", "arn:aws:iam::*:root", "arn:aws:iam::111111111112:role/Admin", "arn:*:iam::*:role/a*",
    "arn:aws:iam::1111*:*", "arn:aws:sts::*:federated-user/*", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*",
    "arn:aws:iam::999999999999:role/app", "*",
)  # fmt: skip
PATHS = (
    f"{ORGANIZATION}/*", f"{ORGANIZATION}/{ROOT}/{OU_A}/*", f"{ORGANIZATION}/{ROOT}/{OU_B}/*", f"*/{OU_A}/*",
    f"{ORGANIZATION}/{ROOT}/", "o-other/*",
)  # fmt: skip


_DERIVED = (
    "aws:principalarn", "aws:principalaccount", "aws:principalorg", "aws:principaltype", "aws:principalis",
    "aws:principalservice", "aws:username", "aws:userid", "aws:resourceaccount", "aws:resourceorg",
)  # fmt: skip


class Account(NamedTuple):
    """Where an account is: its id, its path, and the levels above it."""

    id: str
    path: str
    levels: slow.Levels


World = dict[str, Account]


class Change(NamedTuple):
    """The organization before and after, and the two versions of the document that changes."""

    before: World
    after: World
    documents: tuple[Any, Any]


class Maker:
    """Makes changes and requests from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def some(self, values: Any, most: int = 2) -> list[str]:
        return self.chance.sample(list(values), self.chance.randint(1, most))

    def one(self, values: Any) -> Any:
        return self.chance.choice(list(values))

    def change(self, extra: tuple[Any, ...] = ()) -> Change:
        """A policy at the root or at an OU that changes; sometimes an account moves."""
        kind = self.one(("scp", "rcp"))
        statements = [self.statement(kind) for _ in range(self.one((1, 1, 2, 3)))]
        version = self.one((*[LANGUAGE_VERSION] * 19, OLD_LANGUAGE_VERSION))
        old, new = ({"Version": version, "Statement": each} for each in (statements, self.changed(statements, kind)))
        if extra and self.chance.random() < 0.5:
            old, new = self.one(extra)
            kind = "rcp" if "Principal" in str(old) + str(new) else "scp"
        base = [self.statement(kind)] if self.chance.random() < 0.3 else []
        other = [document(self.statement("rcp" if kind == "scp" else "scp"))] if self.chance.random() < 0.2 else []
        at_root = self.chance.random() < 0.6
        moved = self.chance.random() < 0.15
        full = [] if kind == "scp" and self.chance.random() < 0.25 else [FULL]
        before, after = full, full if self.chance.random() < 0.9 else [FULL]
        worlds = [
            self.world(kind, [*allowing, each, *([document(*base)] if base else [])], other, at_root, moved and at > 0)
            for at, (each, allowing) in enumerate(((old, before), (new, after)))
        ]
        return Change(worlds[0], worlds[1], (old, new))

    def world(self, kind: str, documents: list[Any], other: list[Any], at_root: bool, moved: bool) -> World:
        def level(attached: bool) -> dict[str, list[Any]]:
            scps = documents if attached and kind == "scp" else [FULL]
            scps = [*scps, *(other if kind == "rcp" else [])]
            rcps = [*(documents if attached and kind == "rcp" else []), *(other if kind == "scp" else [])]
            return {"scp": scps, "rcp": rcps}

        root, ou_a, ou_b = level(at_root), level(not at_root), level(False)
        path = f"{ORGANIZATION}/{ROOT}/"
        a = (f"{path}{OU_A}/", [root, ou_a, level(False)])
        b = (f"{path}{OU_B}/", [root, ou_b, level(False)])
        return {
            "a1": Account(IDS["a1"], *a),
            "a2": Account(IDS["a2"], *(b if moved else a)),
            "b1": Account(IDS["b1"], *b),
            "management": Account(IDS["management"], path, [root]),
        }

    def statement(self, kind: str) -> dict[str, Any]:
        allows = kind == "scp" and self.chance.random() < 0.2
        statement: dict[str, Any] = {"Effect": "Allow" if allows else "Deny", "Resource": "*"}
        if kind == "rcp":
            statement["Principal"] = "*"
        if kind == "scp" and self.chance.random() < 0.2:
            statement["NotAction"] = self.some(PATTERNS, 3)
        else:
            statement["Action"] = self.some((*PATTERNS, *(["*"] if kind == "scp" else [])), 2)
        if self.chance.random() < 0.2:
            statement["Resource"] = self.some(RESOURCE_PATTERNS)
        if kind == "scp" and self.chance.random() < 0.1:
            statement["NotResource"] = statement.pop("Resource")
            if "*" in statement["NotResource"]:
                statement["NotResource"] = ["arn:aws:s3:::logs*"]
        condition: dict[str, Any] = {}
        for _ in range(self.one((0, 1, 1, 1, 2, 2, 3))):
            operator, key, values = self.condition()
            condition.setdefault(operator, {})[key] = values
        if condition:
            statement["Condition"] = condition
        return statement

    def condition(self) -> tuple[str, str, list[str]]:
        operator, key, values = getattr(self, f"_{self.one(KINDS)}")()
        if operator != "Null" and self.chance.random() < 0.15:
            operator += "IfExists"
        return operator, key, values

    def _text(self) -> tuple[str, str, list[str]]:
        key = self.one(("aws:PrincipalTag/t", "aws:RequestTag/t", "s3:prefix", "aws:RequestedRegion"))
        if self.chance.random() < 0.15:
            return "Null", key, [self.one(("true", "false"))]
        return self.one(TEXT_OPERATORS), key, self.some(TEXT_PATTERNS)

    def _several(self) -> tuple[str, str, list[str]]:
        operator = self.one(("ForAllValues:", "ForAnyValue:")) + self.one(TEXT_OPERATORS)
        if self.chance.random() < 0.2:
            operator = operator.partition(":")[2]
        return (
            operator,
            self.one(("aws:TagKeys", "aws:CalledVia", "dynamodb:Attributes")),
            self.some(TEXT_PATTERNS[:-2]),
        )

    def _number(self) -> tuple[str, str, list[str]]:
        return f"Numeric{self.one(COMPARISONS)}", self.one(("s3:TlsVersion", "aws:RequestTag/n")), self.some(NUMBERS)

    def _date(self) -> tuple[str, str, list[str]]:
        return f"Date{self.one(COMPARISONS)}", "aws:CurrentTime", self.some(DATES)

    def _address(self) -> tuple[str, str, list[str]]:
        return self.one(("IpAddress", "NotIpAddress")), "aws:SourceIp", self.some(RANGES)

    def _boolean(self) -> tuple[str, str, list[str]]:
        return self.one(("Bool", "Bool", "Null")), "aws:SecureTransport", [self.one(("true", "false"))]

    def _bytes(self) -> tuple[str, str, list[str]]:
        return "BinaryEquals", "s3:bytes", self.some(BYTES)

    def _arn(self) -> tuple[str, str, list[str]]:
        operators = ("ArnLike", "ArnNotLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringNotLike")
        return self.one(operators), "aws:PrincipalArn", self.some(ARNS, 3)

    def _account(self) -> tuple[str, str, list[str]]:
        key = self.one(("aws:PrincipalAccount", "aws:ResourceAccount"))
        ids = (*IDS.values(), *STRANGERS, "1111*", "*9")
        return self.one(TEXT_OPERATORS[:2] + TEXT_OPERATORS[3:5]), key, self.some(ids)

    def _organization(self) -> tuple[str, str, list[str]]:
        part = self.one(("Principal", "Resource"))
        if self.chance.random() < 0.5:
            operator = self.one(("StringEquals", "StringNotEquals", "Null"))
            values = [self.one(("true", "false"))] if operator == "Null" else self.some((ORGANIZATION, "o-other"), 1)
            return operator, f"aws:{part}OrgID", values
        operator = self.one(("ForAllValues:", "ForAnyValue:")) + self.one(("StringLike", "StringNotLike"))
        return operator, f"aws:{part}OrgPaths", self.some(PATHS)

    def _caller(self) -> tuple[str, str, list[str]]:
        key, values = self.one((
            ("aws:PrincipalType", ("AssumedRole", "User", "Account", "FederatedUser", "Anonymous")),
            ("aws:username", ("bob", "b*", "alice", "Bob")),
            ("aws:userid", ("AROAX:*", "AIDAX", "*:x", "111111111111:fed")),
            ("aws:PrincipalServiceName", SERVICES),
        ))  # fmt: skip
        return self.one(("StringLike", "StringNotLike", "StringEquals")), key, self.some(values)

    def _service(self) -> tuple[str, str, list[str]]:
        if self.chance.random() < 0.2:
            return "ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList", self.some(SERVICES)
        return "Bool", "aws:PrincipalIsAWSService", [self.one(("true", "false"))]

    def changed(self, statements: list[Any], kind: str) -> list[Any]:
        """The statements after a few edits."""
        result = [dict(each) for each in statements]
        for _ in range(self.one((1, 1, 2))):
            edit = self.chance.random()
            if edit < 0.1 or not result:
                result.append(self.statement(kind))
            elif edit < 0.2:
                result.remove(self.one(result))
            elif edit < 0.25:
                result.reverse()
            else:
                at = self.chance.randrange(len(result))
                result[at] = self._edited(result[at], kind)
        return result

    def _edited(self, statement: Any, kind: str) -> Any:
        edited = {**statement, "Condition": {key: dict(each) for key, each in statement.get("Condition", {}).items()}}
        edit = self.chance.random()
        if edit < 0.15:
            element = "Action" if "Action" in edited else "NotAction"
            edited[element] = self.some(PATTERNS, 3)
        elif edit < 0.45:
            operator, key, values = self.condition()
            edited["Condition"].setdefault(operator, {})[key] = values
        elif edited["Condition"]:
            operator = self.one(edited["Condition"])
            keys = edited["Condition"].pop(operator)
            if edit < 0.6:
                keys = {}
            elif edit < 0.8:
                operator = self._operator_like(operator)
            else:
                key = self.one(keys)
                keys[key] = keys[key][1:] or self.some(TEXT_PATTERNS)
            if keys:
                edited["Condition"].setdefault(operator, {}).update(keys)
        if not edited["Condition"]:
            del edited["Condition"]
        return edited

    def _operator_like(self, operator: str) -> str:
        qualifier, colon, name = operator.rpartition(":")
        exists = "IfExists" if name.endswith("IfExists") else ""
        name = name.removesuffix("IfExists")
        if name.startswith("String"):
            name = self.one(TEXT_OPERATORS)
        elif name.startswith(("Numeric", "Date")):
            name = name[: 4 if name.startswith("Date") else 7] + self.one(COMPARISONS)
        elif name.startswith("Arn"):
            name = self.one(("ArnLike", "ArnNotLike", "StringLike", "StringNotLike"))
        if name != "Null" and self.chance.random() < 0.3:
            exists = "" if exists else "IfExists"
        return f"{qualifier}{colon}{name}{exists}"

    def request(self, change: Change) -> Asking:
        """A request by anyone to anything of the organization, or by its principals to anything: with actions and
        values that the policies name, or others."""
        worlds = (change.before, change.after)
        statements = [each for document in change.documents for each in many(document["Statement"])]
        near = [action for each in statements for action in self._actions(each)]
        caller = self.one((*IDS, *IDS, "stranger", "stranger", "service", "unsigned"))
        owner = self.one((*IDS, caller, caller, "stranger") if caller in IDS else IDS)
        action = self.one((*ACTIONS[:4], *ACTIONS, *near))
        if slow.is_sign_in(action):
            caller, owner = "unsigned", self.one(IDS)
        owner = owner if owner in IDS or owner == "stranger" else self.one(IDS)
        stranger = self.one(STRANGERS)
        identity = self._identity(caller, stranger)
        if slow.is_sign_in(action):
            identity = {}
        rest = self._context() | self._written(statements)
        if caller == "unsigned":
            rest = {key: each for key, each in rest.items() if not key.startswith("aws:principaltag/")}
        resource = self.one(RESOURCES)
        names_owner = self.chance.random() < 0.9
        contexts = []
        for world in worlds:
            found = {**rest, **identity}
            if caller in world:
                found |= {"aws:principalorgid": [ORGANIZATION], "aws:principalorgpaths": [world[caller].path]}
            if owner in world and names_owner:
                found |= {"aws:resourceorgid": [ORGANIZATION], "aws:resourceorgpaths": [world[owner].path]}
            if names_owner:
                found["aws:resourceaccount"] = [IDS.get(owner, stranger)]
            contexts.append(slow.Asked(action, resource, found))
        return Asking(caller, owner, contexts[0], contexts[1])

    def _actions(self, statement: Any) -> list[str]:
        patterns = many(statement.get("Action") or statement.get("NotAction"))
        some = self.chance.sample(patterns, min(2, len(patterns)))
        return [each.replace("*", "Xy").replace("?", "z") for each in some if ":" in each]

    def _written(self, statements: list[Any]) -> dict[str, list[str]]:
        """Values that conditions compare with, for keys that do not follow from who calls."""
        found: dict[str, list[str]] = {}
        for statement in statements:
            for keys in statement.get("Condition", {}).values():
                for key, values in keys.items():
                    lower = key.lower()
                    if not lower.startswith(_DERIVED) and self.chance.random() < 0.3:
                        value = slow.text(self.one(many(values)))
                        if lower != "aws:securetransport" or value in ("true", "false"):
                            found[lower] = [value.replace("*", self.one(("", "x"))).replace("?", "x")]
        return found

    def _identity(self, caller: str, stranger: str) -> dict[str, list[str]]:
        if caller == "service":
            name = self.one(SERVICES)
            names = [name, *([self.one(SERVICES)] if self.chance.random() < 0.3 else [])]
            return {
                "aws:principalisawsservice": ["true"],
                "aws:principalservicename": [name],
                "aws:principalservicenameslist": names,
            }
        if caller == "unsigned":
            return {"aws:principaltype": ["Anonymous"]}
        account = IDS.get(caller, stranger)
        found = {"aws:principalaccount": [account], "aws:principalisawsservice": ["false"]}
        if caller == "stranger" and self.chance.random() < 0.5:
            found |= {"aws:principalorgid": ["o-other"], "aws:principalorgpaths": ["o-other/r-x/ou-x/"]}
        kind = self.one(("role", "role", "user", "root", "federated"))
        iam = f"arn:aws:iam::{account}:"
        match kind:
            case "role":
                found |= {"aws:principalarn": [f"{iam}role/{self.one(ROLES)}"], "aws:principaltype": ["AssumedRole"],
                          "aws:userid": [self.one(("AROAX:x", "AROAY:session"))]}  # fmt: skip
            case "user":
                name = self.one(USERS)
                found |= {"aws:principalarn": [f"{iam}user/{name}"], "aws:principaltype": ["User"],
                          "aws:username": [name.rpartition("/")[2]], "aws:userid": ["AIDAX"]}  # fmt: skip
            case "root":
                found |= {"aws:principalarn": [f"{iam}root"], "aws:principaltype": ["Account"],
                          "aws:userid": [account]}  # fmt: skip
            case _:
                name = self.one(("fed", "bob"))
                found |= {"aws:principalarn": [f"arn:aws:sts::{account}:federated-user/{name}"],
                          "aws:principaltype": ["FederatedUser"], "aws:userid": [f"{account}:{name}"]}  # fmt: skip
        return found

    def _context(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        pools: tuple[tuple[str, Any], ...] = (
            ("aws:principaltag/t", TEXTS), ("aws:requesttag/t", TEXTS), ("s3:prefix", TEXTS),
            ("aws:requestedregion", TEXTS), ("s3:tlsversion", NUMBERS), ("aws:requesttag/n", (*NUMBERS, "x")),
            ("aws:currenttime", DATES), ("aws:sourceip", ADDRESSES), ("aws:securetransport", ("true", "false")),
            ("s3:bytes", BYTES),
        )  # fmt: skip
        for key, values in pools:
            if self.chance.random() < 0.75:
                found[key] = [self.one(values)]
        for key in ("aws:tagkeys", "aws:calledvia", "dynamodb:attributes"):
            found[key] = self.chance.sample(TEXTS, self.one((0, 1, 1, 2, 3)))
        return found


class Asking(NamedTuple):
    """One request before and after the change: the accounts of caller and owner, or what else they are."""

    caller: str
    owner: str
    before: slow.Asked
    after: slow.Asked

    def decided(self, change: Change) -> tuple[bool, bool]:
        """What the slow evaluator says before and after."""
        return tuple(  # type: ignore[return-value]
            slow.may(_levels(world, self.caller), _levels(world, self.owner), asked)
            for world, asked in ((change.before, self.before), (change.after, self.after))
        )


def _levels(world: World, account: str) -> slow.Levels | None:
    return world[account].levels if account in world and account != "management" else None


KINDS = (
    "text", "text", "text", "several", "several", "number", "date", "address", "boolean", "bytes", "arn", "arn",
    "account", "organization", "organization", "caller", "service",
)  # fmt: skip
