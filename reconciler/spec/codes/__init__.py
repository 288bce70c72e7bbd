"""Every code of a diagnostic about a spec. Codes are stable: a code is never given another meaning.

`E1xx` files and YAML, `E2xx` shape, `E3xx` rules of the organization, `E4xx` policy documents and templates; `W3xx` and
`W4xx` are warnings.
"""

from __future__ import annotations

from reconciler.kinds import CODES as KIND_CODES
from reconciler.model.diagnostic import Code
from reconciler.spec.codes.documents import DOCUMENT_CODES
from reconciler.spec.codes.files import FILE_CODES
from reconciler.spec.codes.organization import ORGANIZATION_CODES
from reconciler.spec.codes.shape import SHAPE_CODES

CODES: tuple[Code, ...] = (
    *FILE_CODES,
    *SHAPE_CODES,
    *sorted((*ORGANIZATION_CODES, *KIND_CODES), key=lambda each: (each.code[0] != "E", each.code)),
    *DOCUMENT_CODES,
)
