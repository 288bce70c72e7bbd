"""The instance of IAM Identity Center that the organization has. It is made in the console; here it is only read."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Declaring, Reads, SpecSection
from reconciler.kinds.identity_center.operations import OF_INSTANCE
from reconciler.kinds.identity_center.reading import IdentityCenterReading
from reconciler.kinds.identity_center.resources import INSTANCE, IdentityCenter
from reconciler.kinds.read_only import ReadOnlyKind
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.regions import REGIONS, partition_of
from reconciler.model.resources import Resource


class IdentityCenterKind(ReadOnlyKind):
    """Its read brings the principals, permission sets and assignments too: they need each other's ids."""

    resource = IdentityCenter
    reads_also: ClassVar[tuple[str, ...]] = ("groups", "users", "permission_sets", "assignments")
    section = SpecSection(
        "region",
        s.Text,
        "The Region of IAM Identity Center. Unset: it is looked for.",
        ("eu-west-1",),
        of="identity_center",
    )
    operations = OF_INSTANCE
    codes = (
        Code(
            code="E382",
            severity="error",
            title="The organization has no IAM Identity Center there",
            explanation="Permission sets and assignments belong to the instance of IAM Identity Center of the "
            "organization, which is enabled in the console, in one Region. `identity_center.region` names another one, "
            "or there is no instance.",
        ),
    )

    def declare(self, value: str, spec: Declaring) -> Iterator[IdentityCenter]:
        if partition_of(value) is None:
            near = difflib.get_close_matches(value, REGIONS, 1)
            help = f"did you mean `{near[0]}`?" if near else "write its code, like `eu-west-1`"
            spec.add("E353", f"there is no Region `{value}`", help=help)
        else:
            yield IdentityCenter(address=INSTANCE, region=value, source=spec.source())

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        return next((each.region for each in resources if isinstance(each, IdentityCenter)), None)

    def parts(self, value: str, spec: Declaring) -> tuple[str, ...]:
        return (f"{IdentityCenter.plural}/{value}",)

    def read(self, reads: Reads, parts: Collection[str]) -> Iterable[Resource]:
        return IdentityCenterReading(reads, parts).run()
