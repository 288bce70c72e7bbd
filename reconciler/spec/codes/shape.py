"""E2xx: the shape of org.yaml."""

from __future__ import annotations

from reconciler.spec.codes.entry import entry

SHAPE_CODES = (
    entry(
        "E201",
        "An unknown key",
        "The key is not part of the format, so it would have no effect. The help has the nearest right name or"
        " all keys that are allowed there.",
        "root:\n  polices: [deny-leaving]",
    ),
    entry(
        "E202",
        "A key is missing",
        "A required key is missing. Add it.",
        "policies:\n  p: {content: {}}",
    ),
    entry(
        "E203",
        "A value of the wrong kind",
        "A text is where a list is expected, nothing where a mapping is expected, and so on. A key with"
        " nothing after it has the value nothing, which is not the same as an empty list (`[]`) or mapping (`{}`).",
        "root:\n  policies: deny-leaving",
    ),
    entry(
        "E204",
        "A word that is not among the choices",
        "The value is one of a few words, and this is none of them.",
        "state: close",
    ),
    entry(
        "E205",
        "A text of the wrong form",
        "The value has a fixed form: 12 digits, `o-` and an id, a percentage, ...",
        'id: "1111-2222-3333"',
    ),
    entry(
        "E206",
        "A value that is too long, too short, too small or too large",
        "AWS limits the length of names and descriptions; counts are not negative.",
    ),
    entry(
        "E207",
        "A policy without a document, or with two",
        "A policy has either `content`, with the document itself, or `file`, with the path of one.",
        "policies:\n  deny-leaving: {type: scp}",
    ),
    entry(
        "E208",
        "A version that is not supported",
        "This program reads version 1 of the format.",
        "version: 2",
    ),
    entry(
        "E209",
        "An account id without quotes",
        "To YAML, 12 digits are a number: a leading zero would be lost or change its value. Account ids are text"
        " and always in quotes.",
        "management_account_id: 111122223333",
    ),
    entry(
        "E210",
        "YAML reads a word as true or false",
        "YAML 1.1 reads `yes`, `no`, `on` and `off` as truth values, also where a country code or another text is"
        " meant. Put the word in quotes.",
        "tags: {country: no}",
    ),
    entry(
        "E211",
        "A key of a later version",
        "The key is reserved in the format, and this version does not know what to do about it. Ignoring it would"
        " change what the spec means, so it is refused.",
        "policies:\n  deny-regions:\n    next: {vars: {}}",
    ),
)
