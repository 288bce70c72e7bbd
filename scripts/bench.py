"""Measures what a plan costs: calls, CPU time, peak memory, and the start-up of the commands that need no AWS.

python scripts/bench.py            100, 1,000 and 5,000 accounts, and start-up
python scripts/bench.py 100        only this size

An invented organization is read once from the mocked one, and every answer is kept. A process of its own then plans
from those answers, so that what is measured is reconciler and not the mock. Calls are exact and the same everywhere;
seconds and megabytes depend on the machine. docs/performance.md has a run of it with what it means.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from reconciler.aws.layers import Counting, ReadOnly
from reconciler.aws.retrying import SystemClock
from reconciler.model import address
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from reconciler.planning.planner import PlanRequest
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.plan import make_plan
from scripts.bench_documents import DECLARATIVE

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts.at_rates import at_rates, bound

ROOT = Path(__file__).resolve().parent.parent
PAGE = 20
DEEPEST = 5
MANAGEMENT = "100000000000"


class Size(NamedTuple):
    """An organization in numbers; all its policies are SCPs, as in what was measured of Terraform."""

    accounts: int
    units: int
    policies: int
    attachments: int


class Peer(NamedTuple):
    """What a plan without changes cost Terraform at the same size."""

    calls: int
    cpu: str
    memory: str
    seconds_at_rates: int


SIZES = (Size(100, 20, 10, 48), Size(1_000, 100, 50, 300), Size(5_000, 300, 100, 1_149))
TERRAFORM = {
    100: Peer(457, "11", "0.6", 73),
    1_000: Peer(3_860, "29 to 50", "0.6 to 0.7", 291),
    5_000: Peer(17_875, "112 to 1,275", "1.1 to 1.4", 1_283),
}
"""Terraform 1.11.4 with provider aws 5.100.0, measured in November 2026 against moto 5.2.5 behind a counting proxy that
pages as the real service does: calls, CPU seconds, peak gigabytes, seconds at the service's published rates."""


def invented(size: Size, types: Mapping[str, int] | None = None) -> Inventory:
    """An organization of that size, always the same one. `types` has the number of policies by type; all SCPs if not
    given. Every account, OU and policy has tags; a policy is attached to OUs mostly, sometimes to an account."""
    dice = random.Random(size.accounts)
    units = _units(size.units)
    places = [each.address for each in units]
    accounts = [
        Account(
            address=address.account(f"account-{number}"),
            id=f"{int(MANAGEMENT) + number}",
            name=f"account-{number}",
            email=f"account-{number}@example.com",
            parent=address.ROOT if number == 0 else dice.choice(places),
            tags={"owner": f"team-{number % 23}", "cost-center": str(number % 97)},
        )
        for number in range(size.accounts)
    ]
    counts = types or {"scp": size.policies}
    policies = [_policy(short, number) for short, count in counts.items() for number in range(count)]
    resources: list[Resource] = [Root(address=address.ROOT, tags={"owner": "platform"}), *units, *accounts, *policies]
    resources += [PolicyType(address=address.policy_type(each), type=each) for each in counts]
    nodes = [address.ROOT, *places, *(each.address for each in accounts)]
    resources += _attachments(policies, places, nodes, size.attachments, dice)
    if "scp" in counts:
        resources += _everywhere("FullAWSAccess", nodes)
    organization = Organization(id="o-benchmark00", management_account_id=MANAGEMENT, feature_set="all")
    return Inventory(organization=organization).with_resources(resources)


def _units(count: int) -> list[OrganizationalUnit]:
    """A tree in which every OU has about four children, down to the deepest level."""
    units: list[OrganizationalUnit] = []
    for number in range(count):
        parent = units[number // 4 - 1].address if number >= 4 else address.ROOT
        name = f"unit-{number}"
        units.append(
            OrganizationalUnit(
                address=address.child(parent, name), name=name, parent=parent, tags={"owner": f"team-{number % 23}"}
            )
        )
    return units


def _policy(short: str, number: int) -> Policy:
    """A guardrail with a few statements of realistic length, or a small document of another language."""
    key = f"{short.replace('_', '-')}-{number}"
    statement = {
        "Effect": "Deny",
        **({"Principal": "*"} if short == "rcp" else {}),
        "Action": ["s3:Put*", "s3:Delete*", "s3:Create*", "kms:Disable*", "kms:ScheduleKeyDeletion"],
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:*:iam::*:role/org/exempt-{number}"}},
    }
    statements = [{"Sid": f"Guard{number}x{part}", **statement} for part in range(4)]
    content: Any = DECLARATIVE.get(short) or {"Version": "2012-10-17", "Statement": statements}
    return Policy(
        address=address.policy(key), type=short, name=key, description=key, content=content, tags={"owner": "security"}
    )


def _attachments(
    policies: Sequence[Policy], units: Sequence[str], nodes: Sequence[str], count: int, dice: random.Random
) -> Iterator[Attachment]:
    """Every policy somewhere, none twice on a node, and no more than four of a type on one node."""
    taken: set[tuple[str, str]] = set()
    held: Counter[tuple[str, str]] = Counter()
    while len(taken) < count:
        policy = policies[len(taken) % len(policies)]
        target = dice.choice(units if dice.random() < 0.8 else nodes)
        if (policy.address, target) in taken or held[target, policy.type] >= 4:
            continue
        taken.add((policy.address, target))
        held[target, policy.type] += 1
        yield _attachment(policy.address, target)


def _everywhere(name: str, nodes: Sequence[str]) -> Iterator[Resource]:
    """The policy which AWS attaches to every node while SCPs are enabled."""
    yield Policy(address=address.policy(name), id=f"p-{name}", type="scp", name=name, aws_managed=True)
    yield from (_attachment(address.policy(name), each) for each in nodes)


def _attachment(policy: str, target: str) -> Attachment:
    return Attachment(address=address.attachment(policy, target), policy=policy, target=target)


def as_spec(inventory: Inventory) -> dict[str, Any]:
    """The same organization as `org.yaml` would declare it."""
    attached: dict[str, list[str]] = {}
    own = {each.address for each in inventory.of(Policy) if not each.aws_managed}
    for each in inventory.of(Attachment):
        if each.policy not in own:
            continue
        attached.setdefault(each.target, []).append(address.local(each.policy))
    nodes: dict[str, dict[str, Any]] = {}
    root = next(inventory.of(Root))
    nodes[address.ROOT] = {"tags": root.tags, "policies": attached.get(address.ROOT, [])}
    for unit in sorted(inventory.of(OrganizationalUnit), key=lambda each: each.address.count("/")):
        nodes[unit.address] = {"tags": unit.tags, "policies": attached.get(unit.address, [])}
        nodes[unit.parent].setdefault("organizational_units", {})[unit.name] = nodes[unit.address]
    for account in inventory.of(Account):
        declared: dict[str, Any] = {"tags": account.tags}
        if account.id == MANAGEMENT:
            declared["id"] = account.id
        if account.address in attached:
            declared["policies"] = attached[account.address]
        nodes[account.parent].setdefault("accounts", {})[address.local(account.address)] = declared
    return {
        "version": 1,
        "organization": {"id": inventory.organization.id},
        "defaults": {"accounts": {"email": "{{ key }}@example.com"}},
        "policies": {
            each.name: {"type": each.type, "description": each.description, "content": each.content, "tags": each.tags}
            for each in inventory.of(Policy)
            if each.address in own
        },
        "root": nodes[address.ROOT],
    }


def mocked(inventory: Inventory, folder: Path) -> Api:
    """A mocked organization that is like the inventory."""
    from reconciler.mock import MockOrganization, Seed

    state = folder / "mock.json"
    state.write_text(inventory.model_dump_json(), "utf-8")
    return MockOrganization.open(state, seed=Seed())


class Recording:
    """An `Api` that keeps every answer of another one, by the call."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.answers: dict[str, Response] = {}

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        self.answers[_key(operation, params)] = answer
        return answer


class Recorded:
    """An `Api` that gives kept answers."""

    def __init__(self, answers: Mapping[str, Response]) -> None:
        self._answers = answers

    def call(self, operation: str, params: Params) -> Response:
        return self._answers[_key(operation, params)]


def _key(operation: str, params: Params) -> str:
    return json.dumps([operation, params], sort_keys=True)


@contextmanager
def connected(api: Api) -> Iterator[Connection]:
    """A connection as `plan` has one: it counts, and cannot write."""
    counting = Counting(api)
    yield Connection(ReadOnly(counting), None, counting, SystemClock())


def naive_calls(size: Size, types: int = 1) -> int:
    """The calls of a walk that reads the parent of every account, the attachments of every node, and the tags of every
    resource."""
    nodes = size.accounts + size.units + 1
    lists = 2 + ceil(size.accounts / PAGE) + size.units + 1 + types * ceil((size.policies + 1) / PAGE)
    return lists + size.accounts + size.policies + nodes * types + nodes + size.policies


class Rates(NamedTuple):
    """How long a plan takes at the service's published rates, and which calls were throttled."""

    seconds: float
    throttled: Mapping[str, int]


def measure_at_rates(folder: Path) -> Rates:
    """Plans from what `prepare` wrote, in virtual time."""
    answers = pickle.loads((folder / "answers.pickle").read_bytes())
    with at_rates(Recorded(answers)) as rates, connected(rates.api) as connection:
        make_plan(load_spec(folder / "org.yaml"), connection, PlanRequest())
    return Rates(rates.time.now(), dict(rates.service.throttled))


def measure(folder: Path) -> dict[str, Any]:
    """Plans in this process, from what `prepare` wrote: CPU seconds by part, the most memory in megabytes, calls."""
    from reconciler.aws import boto  # noqa: F401 - a real run loads it too
    from reconciler.render import text

    times = {"start": time.process_time()}
    answers = pickle.loads((folder / "answers.pickle").read_bytes())
    before = time.process_time()
    desired = load_spec(folder / "org.yaml")
    times["spec"] = -before + (before := time.process_time())
    with connected(Recorded(answers)) as connection:
        planned = make_plan(desired, connection, PlanRequest())
    times["plan"] = -before + (before := time.process_time())
    text.plan(planned.plan, desired_tree=planned.after, width=120, color=False, unicode=True)
    times["show"] = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return {"cpu": times, "memory": peak, "calls": connection.calls, "changes": len(planned.plan.changes)}


def prepare(inventory: Inventory, spec: Mapping[str, Any], folder: Path) -> None:
    """Writes a spec, and every answer that a plan of it gets from an organization that is like the inventory."""
    path = folder / "org.yaml"
    path.write_text(yaml.dump(spec, Dumper=yaml.CSafeDumper, sort_keys=False), "utf-8")
    recording = Recording(mocked(inventory, folder))
    with connected(recording) as connection:
        make_plan(load_spec(path), connection, PlanRequest())
    (folder / "answers.pickle").write_bytes(pickle.dumps(recording.answers))


def changed(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec with changes in many places: the owner of every tenth account of an OU, one attachment of every OU."""

    def walk(node: dict[str, Any]) -> None:
        for account in list(node.get("accounts", {}).values())[::10]:
            account["tags"] = {**account["tags"], "owner": "somebody-else"}
        for unit in node.get("organizational_units", {}).values():
            unit["policies"] = unit["policies"][1:]
            walk(unit)

    walk(spec["root"])
    return spec


def in_a_process(folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--measure", str(folder)], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def bench(size: Size) -> None:
    inventory = invented(size)
    with tempfile.TemporaryDirectory() as name:
        prepare(inventory, as_spec(inventory), Path(name))
        found = in_a_process(Path(name))
        rates = measure_at_rates(Path(name))
        prepare(inventory, changed(as_spec(inventory)), Path(name))
        many = in_a_process(Path(name))
    calls = sum(found["calls"].values())
    naive = naive_calls(size)
    peer = TERRAFORM.get(size.accounts)
    print(
        f"\n{size.accounts:,} accounts, {size.units} OUs, {size.policies} SCPs, {size.attachments} attachments, "
        f"plan with {found['changes'] or 'no'} changes"
    )
    print(f"  calls                 {calls:,}   ({_list(found['calls'])})")
    print(f"  a naive walk          {naive:,}   {naive / calls:.0f} times as many")
    if peer:
        print(f"  Terraform             {peer.calls:,}   {peer.calls / calls:.0f} times as many")
    peer_text = (
        f"   (Terraform: {peer.seconds_at_rates:,} s, {peer.seconds_at_rates / rates.seconds:.0f} times)"
        if peer
        else ""
    )
    throttled = f", throttled: {_list(rates.throttled)}" if rates.throttled else ""
    print(
        f"  at AWS's rates        {rates.seconds:.1f} s, {bound(found['calls']):.1f} s at least{throttled}{peer_text}"
    )
    peer_text = f"   (Terraform: {peer.cpu} s)" if peer else ""
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in found["cpu"].items())
    print(f"  CPU                   {sum(found['cpu'].values()):.2f} s: {parts}{peer_text}")
    print(f"  CPU, {many['changes']:,} changes  ".ljust(24) + f"{sum(many['cpu'].values()):.2f} s")
    peer_text = f"   (Terraform: {peer.memory} GB)" if peer else ""
    print(f"  peak memory           {found['memory']:.0f} MB{peer_text}")


def _list(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in calls.items())


def start_up() -> None:
    """The least CPU time of ten runs, in a process of its own each."""
    print("\nstart-up, CPU time of a process (the least of ten)")
    for arguments in (["--help"], ["validate"], ["schema"]):
        least = min(_cpu([sys.executable, "-m", "reconciler", *arguments]) for _ in range(10))
        print(f"  {' '.join(['reconciler', *arguments]):<21} {least:.2f} s")


def _cpu(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]))))
        return 0
    chosen = {int(each.replace(",", "")) for each in arguments}
    print(f"reconciler on Python {sys.version.split()[0]}, {os.cpu_count()} CPUs")
    for size in SIZES:
        if not chosen or size.accounts in chosen:
            bench(size)
    if not chosen:
        start_up()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
