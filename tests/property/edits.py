"""Random organizations and random edits of them, as people make them in a spec."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.property.drafts import ACTIONS, DEEPEST, ROOT, Draft, Guardrail, Member, Unit

_patterns = st.sampled_from([*ACTIONS, "s3:*"])
_denies = st.lists(_patterns, min_size=1, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))
_types = st.sampled_from(["scp", "scp", "scp", "rcp"])
_letters = st.sampled_from("ABCDEF")


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A small organization: a few levels of OUs, accounts in every state, policies of which one allows everything, and
    at times a node that is full."""
    draft = Draft()
    for _ in range(draw(st.integers(1, 6))):
        add_unit(draw, draft)
    for _ in range(draw(st.integers(1, 5))):
        add_member(draw, draft)
    draft.policies[draft.number()] = Guardrail("allow", ())
    for _ in range(draw(st.integers(1, 5))):
        add_policy(draw, draft)
    for _ in range(draw(st.integers(2, 12))):
        attach(draw, draft)
    if draw(st.booleans()):
        fill(draw, draft)
    if draw(st.booleans()):
        change_allow_list(draw, draft)
    for member in draft.members.values():
        member.state = draw(st.sampled_from(["active", "active", "active", "suspended", "closed"]))
    return draft


@st.composite
def edited(draw: st.DrawFn, before: Draft) -> Draft:
    """The organization after some edits."""
    draft = before.copy()
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=2, max_size=14)):
        edit(draw, draft)
    return draft


def add_unit(draw: st.DrawFn, draft: Draft) -> None:
    parent = draw(st.sampled_from(draft.places()))
    name = draw(_letters)
    if len(draft.chain(parent)) < DEEPEST and draft.free_name(parent, name):
        draft.units[draft.number()] = Unit(name, parent)


def add_member(draw: st.DrawFn, draft: Draft) -> None:
    draft.members[draft.number()] = Member(draw(st.sampled_from(draft.places())))


def add_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draft.number()
    draft.policies[number] = Guardrail(f"p{number}", draw(_denies), draw(_types))


def attach(draw: st.DrawFn, draft: Draft) -> None:
    node, policy = draw(st.sampled_from(draft.nodes())), draw(st.sampled_from(sorted(draft.policies)))
    if draft.fits(policy, node):
        draft.attached.add((policy, node))


def fill(draw: st.DrawFn, draft: Draft) -> None:
    """As many policies on a node as there may be, each with something that it denies."""
    node = draw(st.sampled_from(draft.nodes()))
    type = draw(_types)
    while draft.room(node, type) > 0:
        number = draft.number()
        draft.policies[number] = Guardrail(f"p{number}", draw(_denies), type)
        draft.attached.add((number, node))


def detach(draw: st.DrawFn, draft: Draft) -> None:
    if draft.attached:
        gone = draw(st.sampled_from(sorted(draft.attached)))
        draft.attached.discard(gone)
        if not draft.allowed(gone[1]):
            draft.attached.add(gone)


def swap(draw: st.DrawFn, draft: Draft) -> None:
    """One policy of a node, the fullest there is, is replaced by another one."""
    node = max(draft.nodes(), key=lambda each: len(draft.on(each)))
    here, others = draft.on(node), sorted(draft.policies.keys() - set(draft.on(node)))
    if here and others:
        gone, comes = draw(st.sampled_from(here)), draw(st.sampled_from(others))
        if draft.policies[gone].denies and draft.policies[gone].type == draft.policies[comes].type:
            draft.attached.symmetric_difference_update({(gone, node), (comes, node)})


def rewrite(draw: st.DrawFn, draft: Draft) -> None:
    """A policy gives way, on a node of it, to a new one that denies the same and perhaps more."""
    held = sorted(each for each in draft.attached if draft.policies[each[0]].denies)
    if held:
        policy, node = draw(st.sampled_from(held))
        number = draft.number()
        denies = {*draft.policies[policy].denies, *(draw(_denies) if draw(st.booleans()) else ())}
        draft.policies[number] = Guardrail(f"p{number}", tuple(sorted(denies)), draft.policies[policy].type)
        draft.attached.symmetric_difference_update({(policy, node), (number, node)})


def hoist(draw: st.DrawFn, draft: Draft) -> None:
    """A policy goes from a node to the one above, or the other way to all that is right below."""
    held = sorted(each for each in draft.attached if draft.policies[each[0]].denies)
    if not held:
        return
    policy, node = draw(st.sampled_from(held))
    if node != ROOT and draw(st.booleans()):
        goals = [(draft.units | draft.members)[node].parent]
    else:
        goals = [number for number, each in (draft.units | draft.members).items() if each.parent == node]
    if goals and all(draft.fits(policy, each) or (policy, each) in draft.attached for each in goals):
        draft.attached.discard((policy, node))
        draft.attached.update((policy, each) for each in goals)


def trade(draw: st.DrawFn, draft: Draft) -> None:
    """Two policies exchange what they deny."""
    numbers = sorted(number for number, each in draft.policies.items() if each.denies)
    if len(numbers) > 1:
        one, other = draw(st.permutations(numbers))[:2]
        first, second = draft.policies[one], draft.policies[other]
        first.denies, second.denies = second.denies, first.denies


def change_allow_list(draw: st.DrawFn, draft: Draft) -> None:
    """A node gets its own allow list in the place of FullAWSAccess, or goes back."""
    node = draw(st.sampled_from(draft.nodes()))
    allow = next((number for number, each in draft.policies.items() if not each.denies), None)
    if node in draft.bare:
        if draft.room(node) > 0:
            draft.bare.discard(node)
    elif allow is not None and (allow in draft.on(node) or draft.room(node) >= 0):
        draft.bare.add(node)
        draft.attached.add((allow, node))


def rename_unit(draw: st.DrawFn, draft: Draft) -> None:
    if draft.units:
        number, name = draw(st.sampled_from(sorted(draft.units))), draw(_letters)
        if draft.free_name(draft.units[number].parent, name, number):
            draft.units[number].name = name


def move_unit(draw: st.DrawFn, draft: Draft) -> None:
    if draft.units:
        number = draw(st.sampled_from(sorted(draft.units)))
        parent = draw(st.sampled_from(sorted(set(draft.places()) - set(draft.below(number)))))
        unit = draft.units[number]
        fits = len(draft.chain(parent)) + draft.height(number) <= DEEPEST
        if fits and draft.free_name(parent, unit.name, number):
            unit.parent = parent


def move_member(draw: st.DrawFn, draft: Draft) -> None:
    if draft.members:
        member = draft.members[draw(st.sampled_from(sorted(draft.members)))]
        member.parent = draw(st.sampled_from(draft.places()))


def close_member(draw: st.DrawFn, draft: Draft) -> None:
    if draft.members:
        draft.members[draw(st.sampled_from(sorted(draft.members)))].state = "closed"


def rename_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draw(st.sampled_from(sorted(draft.policies)))
    draft.policies[number].name = f"p{number}-{draw(st.sampled_from('xyz'))}"


def change_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draw(st.sampled_from(sorted(draft.policies)))
    if draft.policies[number].denies:
        draft.policies[number].denies = draw(_denies)


def exchange_names(draw: st.DrawFn, draft: Draft) -> None:
    """Two or three policies, or OUs in the same parent, get each other's names."""
    unit = draw(st.sampled_from([0, *sorted(draft.units)]))
    if unit:
        parent = draft.units[unit].parent
        found: list[Unit | Guardrail] = [each for each in draft.units.values() if each.parent == parent]
    else:
        type = draw(_types)
        found = [each for each in draft.policies.values() if each.type == type]
    chosen = found[:3]
    names = [each.name for each in chosen]
    for each, name in zip(chosen, [*names[1:], *names[:1]], strict=True):
        each.name = name


def retag(draw: st.DrawFn, draft: Draft) -> None:
    node = draw(st.sampled_from(draft.nodes()))
    draft.tags[node] = draw(st.dictionaries(st.sampled_from("kl"), st.sampled_from("12"), max_size=2))


def forget_member(draw: st.DrawFn, draft: Draft) -> None:
    """An account, a unit with all in it, or a policy, is no longer declared."""
    if draft.members:
        _forget(draft, draw(st.sampled_from(sorted(draft.members))))


def forget_unit(draw: st.DrawFn, draft: Draft) -> None:
    if draft.units:
        gone = draft.below(draw(st.sampled_from(sorted(draft.units))))
        for number in [each for each, member in draft.members.items() if member.parent in gone]:
            _forget(draft, number)
        for number in gone:
            _forget(draft, number)


def forget_policy(draw: st.DrawFn, draft: Draft) -> None:
    number = draw(st.sampled_from(sorted(draft.policies)))
    if draft.policies[number].denies:
        del draft.policies[number]
        draft.attached = {each for each in draft.attached if each[0] != number}


def _forget(draft: Draft, node: int) -> None:
    draft.units.pop(node, None)
    draft.members.pop(node, None)
    draft.attached = {each for each in draft.attached if each[1] != node}
    draft.bare.discard(node)
    draft.tags.pop(node, None)


EDITS = (
    add_unit, add_member, add_policy, attach, detach, swap, rewrite, hoist, trade, change_allow_list, rename_unit,
    move_unit, move_unit, move_member, move_member, close_member, rename_policy, exchange_names, change_policy, retag,
    forget_member, forget_unit, forget_policy,
)  # fmt: skip
