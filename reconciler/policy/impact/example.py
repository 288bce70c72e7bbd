"""A kind of request with values for its keys as a valid request: one whose parts are consistent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.model.decision import Request
from reconciler.policy.impact.callers import RequestKind
from reconciler.policy.impact.domain import is_within
from reconciler.policy.language import patterns
from reconciler.policy.language.context import RESOURCE, Found, Missing, PartlyKnown, Principal, account_in, is_service

_ARN, _NAME, _SERVICE, _LIST = (
    f"aws:{key}" for key in ("principalarn", "username", "principalservicename", "principalservicenameslist")
)
_USER_ID = "aws:userid"
_USUAL_SERVICE = "cloudtrail.amazonaws.com"
_PATH_AND_NAME = re.compile(r"(?:[!-.0-~]+/)*[\w+=,.@-]{1,128}", re.ASCII)
_PARTS = ("principal", "resource", "source")


def requests(account: str, action: str, kind: RequestKind, found: Mapping[str, Found]) -> Iterator[Request]:
    """Requests of the account with these values; none where the values contradict each other."""
    given = {key: each for key, each in kind.facts.items() if each is Missing.ABSENT} | dict(found)
    principal = _principal(kind.principal, given)
    if principal is None:
        return
    for part in _PARTS:
        _fill_organization(given, kind, f"aws:{part}orgid", f"aws:{part}orgpaths")
    resource = given.pop(RESOURCE, None)
    context = {key: each if isinstance(each, tuple) else () for key, each in given.items()}
    if not _agree(context, kind, principal):
        return
    request = Request(
        account=account,
        action=action,
        resource=resource[0] if isinstance(resource, tuple) else None,
        principal=principal,
        resource_account=kind.owner,
    )
    if account_in(request.resource) in (None, kind.owner):
        kept = {key: each for key, each in context.items() if each or key in kind.facts}
        yield request.model_copy(update={"context": kept})


def _fill_organization(given: dict[str, Found], kind: RequestKind, id_key: str, path_key: str) -> None:
    """Gives an account outside the organization that it is in, and its path there, or neither."""
    known = kind.facts.get(id_key)
    if not isinstance(known, PartlyKnown):
        given.update({key: kind.facts[key] for key in (id_key, path_key) if key in kind.facts})
        return
    path, organization = _text(given.get(path_key)), _text(given.get(id_key))
    if organization is None:
        organization = path.partition("/")[0] if path else patterns.witness((known.accept,), known.reject)
    given[id_key] = (organization or "",)
    if path is None:
        given[path_key] = (f"{organization}/r-x/",)


def _principal(principal: Principal, given: dict[str, Found]) -> str | None:
    """The caller as a request names it; takes what follows from that out of the values."""
    if principal.kind == "unsigned":
        return "*"
    if principal.kind == "service":
        return _service(principal, given)
    arn, name = _text(given.pop(_ARN, None)), _text(given.pop(_NAME, None))
    if not isinstance(principal.arn, PartlyKnown):
        return principal.arn
    prefix = "".join(each for each in principal.arn.accept if each != patterns.STAR)
    if arn is None:
        arn = prefix + name if name else patterns.witness((principal.arn.accept,), principal.arn.reject)
    elif name is not None:
        arn = f"{arn.rpartition('/')[0]}/{name}"
    if arn is None or not is_within(arn, principal.arn) or not _PATH_AND_NAME.fullmatch(arn.removeprefix(prefix)):
        return None
    return arn


def _service(principal: Principal, given: dict[str, Found]) -> str | None:
    name = _text(given.pop(_SERVICE, None))
    if name is None and isinstance(principal.service, PartlyKnown):
        usual = is_within(_USUAL_SERVICE, principal.service)
        name = _USUAL_SERVICE if usual else patterns.witness((principal.service.accept,), principal.service.reject)
    return name if name is not None and is_service(name) else None


def _text(found: Found | None) -> str | None:
    return found[0] if isinstance(found, tuple) and found else None


def _agree(context: dict[str, tuple[str, ...]], kind: RequestKind, principal: str) -> bool:
    """Whether redundant keys are consistent. Adds the keys that follow from the others."""
    if (names := context.get(_LIST)) and principal not in names:
        context[_LIST] = (*names, principal)
    if (user_id := context.get(_USER_ID)) and not _is_user_id(context, user_id[0], kind.principal, principal):
        return False
    for part in _PARTS:
        organization, paths = (context.get(f"aws:{part}{key}", ()) for key in ("orgid", "orgpaths"))
        if organization and any(not each.startswith(f"{organization[0]}/") for each in paths):
            return False
    source = account_in(_text(context.get("aws:sourcearn")))
    return source is None or context.get("aws:sourceaccount", (source,)) == (source,)


def _is_user_id(context: dict[str, tuple[str, ...]], user_id: str, kind: Principal, principal: str) -> bool:
    """Whether this is the aws:userid of such a caller; that of a role gets the name of a session where it has none."""
    match kind.kind:
        case "role":
            if ":" not in user_id:
                context[_USER_ID] = (f"{user_id}:x",)
            return True
        case "user":
            return ":" not in user_id
        case "federated-user":
            return user_id == f"{kind.account}:{principal.rpartition('/')[2]}"
        case _:
            return user_id == kind.account
