"""E1xx: files, YAML and JSON as such."""

from __future__ import annotations

from reconciler.spec.codes.entry import entry

FILE_CODES = (
    entry(
        "E101",
        "A file cannot be read",
        "The file does not exist, is a directory, or may not be read. Paths of policies and included files are"
        " relative to the file that names them. Correct the path or the permissions.",
        "policies:\n  deny-leaving: {type: scp, file: polices/deny-leaving.json}",
    ),
    entry(
        "E102",
        "A file is too large",
        "A file of the spec may have 5 MB and a policy document 1 MB. Split a large spec with `include`; a"
        " document of that size would be refused by AWS in any case.",
    ),
    entry(
        "E103",
        "A file is not text",
        "Files are UTF-8 text, with or without a byte order mark. A binary file, another encoding (such as"
        " UTF-16) and control characters are refused. Save the file as UTF-8.",
    ),
    entry(
        "E104",
        "A file is empty",
        "The file has no content, or only comments, or its template renders to nothing. Write its contents, or"
        " remove the file and what names it.",
    ),
    entry(
        "E105",
        "A file is not valid YAML",
        "The YAML parser cannot go on at this place. Usual causes are the indentation of this line or the one"
        " above, an open quote or bracket, and a value with `: ` or a special first character that needs quotes.",
        "root:\n  tags: {owner: team: security}",
    ),
    entry(
        "E106",
        "A tab is used for indentation",
        "YAML does not allow tabs in indentation. Use spaces, and set your editor to do so for YAML files.",
        "root:\n	policies: []",
    ),
    entry(
        "E107",
        "A file has more than one document",
        "A line `---` begins another YAML document, and a file contains one. Remove the line, or move what follows"
        " into a file of its own and include that.",
        "version: 1\n---\nroot: {}",
    ),
    entry(
        "E108",
        "A key is written twice",
        "Of two equal keys in one mapping most parsers silently take the last, so half of what is written would"
        " be lost. Keep one, or merge the two.",
        "root:\n  policies: [one]\n  policies: [two]",
    ),
    entry(
        "E109",
        "A key is not text",
        "Keys are text. YAML 1.1 reads some plain words as something else: `on`, `off`, `yes` and `no` as truth"
        " values, digits as a number, `~` as nothing. Put such a key in quotes.",
        "root:\n  accounts:\n    111122223333: {}",
    ),
    entry(
        "E110",
        "YAML reads a date",
        "A plain `2012-10-17` is a date to YAML 1.1, and neither the spec nor a policy document has dates. Put it"
        " in quotes.",
        "Version: 2012-10-17",
    ),
    entry(
        "E111",
        "YAML reads another number than is written",
        "YAML 1.1 reads a number with a leading zero as octal, `1:30` as base 60, and `0x1F` and `1_000` as"
        " numbers. Such a value is nearly always an id or a text. Put it in quotes.",
        "root:\n  accounts:\n    shop: {id: 012345670123}",
    ),
    entry(
        "E112",
        "A YAML tag is not supported",
        "Tags such as `!Ref` or `!!binary` ask for a special type. A spec has plain values only; remove the tag.",
        "root: !Ref Node",
    ),
    entry(
        "E113",
        "An alias has no anchor",
        "`*name` refers to the value that was marked with `&name` before, in the same file. Anchors do not reach"
        " over files. Define the anchor first, or correct the name.",
        "root:\n  tags: *common",
    ),
    entry(
        "E114",
        "Aliases expand too far",
        "An alias that contains itself has no end, and aliases of aliases grow so fast that a short file could"
        " fill the memory. Aliases may add 50,000 values to a file. Write the values out.",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    ),
    entry(
        "E115",
        "Values are nested too deep",
        "Values may be nested 64 deep. No organization needs that; look for a bracket too many.",
    ),
    entry(
        "E116",
        "`<<` merges something that is not a mapping",
        "The merge key takes an alias of a mapping, or a list of such aliases.",
        "root:\n  <<: [1, 2]",
    ),
    entry(
        "E117",
        "A number or text cannot be used",
        "Infinity, not-a-number, numbers with more than 18 digits and half of a surrogate pair cannot be sent to"
        " AWS. Write the value as text, or correct it.",
        "vars: {limit: .inf}",
    ),
    entry(
        "E120",
        "A path leads outside",
        "Included files and policy documents stay in the directory of the top file or below it, also when links"
        " are followed, so that a spec can be reviewed and copied as one folder.",
        'include: ["../other/*.yaml"]',
    ),
    entry(
        "E122",
        "A file includes itself",
        "A file names itself, or two files include each other. A file is read once; remove the include.",
        'include: ["org.yaml"]',
    ),
    entry(
        "E123",
        "A value is set in two files",
        "Files are merged as trees: mappings are joined, but a single value or a list can come from one file"
        " only, because it is unclear which one is intended.",
    ),
)
