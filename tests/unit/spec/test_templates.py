"""Policy templates: their variables, what is allowed, and where a mistake is reported."""

from __future__ import annotations

import pytest

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.model.resources import Policy
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.faults import TemplateFault, UnknownId
from reconciler.spec.rendering import Rendered, unused
from reconciler.spec.sandbox import Sandbox
from reconciler.spec.tree import Span
from tests.unit.spec.spec_files import Specs

SPEC = """\
version: 1
organization: {id: o-a1b2c3d4e5}
policies:
  p: {type: tag, file: p.yaml.j2, vars: {regions: [eu-west-1, eu-central-1], flag: true}}
root:
  policies: [p]
  accounts:
    management: {id: "111122223333"}
    shop: {email: shop@example.com}
  organizational_units:
    Workloads:
      organizational_units:
        Production: {}
"""


GROWING = '{% set n = namespace(x="aa") %}{% for i in range(60) %}{% set n.x = ? %}{% endfor %}'


def rendered(source: str, **context: object) -> str:
    sandbox = Sandbox()
    return sandbox.rendered(sandbox.compiled(source), context)


def content(specs: Specs, template: str) -> Json:
    desired = specs.load(SPEC, **{"p.yaml.j2": template})
    (policy,) = (each for each in desired.inventory.of(Policy) if not each.aws_managed)
    return policy.content


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("organization.id", "o-a1b2c3d4e5"),
        ("organization.management_account_id", "⟨management:.id⟩"),
        ("root.id", "⟨root:/.id⟩"),
        ('accounts["management"].id', "111122223333"),
        ("accounts.shop.id", "⟨account:shop.id⟩"),
        ('organizational_units["Workloads/Production"].id', "⟨ou:Workloads/Production.id⟩"),
        ('"arn:aws:iam::" ~ accounts["shop"].id ~ ":root"', "arn:aws:iam::⟨account:shop.id⟩:root"),
        ("vars.regions | join(', ')", "eu-west-1, eu-central-1"),
        ("vars.flag", "true"),
        ('accounts["management"].id[:4]', "1111"),
    ],
)
def test_what_a_template_sees(specs: Specs, expression: str, value: str) -> None:
    assert content(specs, f"a: '{{{{ {expression} }}}}'\n") == {"a": value}


def test_ids_that_are_not_known_go_into_lists_as_json(specs: Specs) -> None:
    template = "a: {{ [accounts.shop.id, accounts.management.id, root.id] | tojson }}\n"
    assert content(specs, template) == {"a": ["⟨account:shop.id⟩", "111122223333", "⟨root:/.id⟩"]}


def test_all_accounts_can_be_listed(specs: Specs) -> None:
    template = "a:\n{% for key in accounts %}\n- {{ key }}={{ accounts[key].id }}\n{% endfor %}\n"
    assert content(specs, template) == {"a": ["management=111122223333", "shop=⟨account:shop.id⟩"]}


def test_accounts_can_be_tested_and_counted(specs: Specs) -> None:
    template = "a: {{ 'shop' in accounts }}, {{ 'cart' in accounts }}, {{ accounts | length }}\n"
    assert content(specs, template) == {"a": "true, false, 2"}


@pytest.mark.parametrize(
    "expression",
    [
        'id == "111122223333"',
        '"111122223333" != id',
        "id < id",
        "id in ['a']",
        "['a'] is sameas id",
        "'a' in id",
        "id + 'a'",
        "'a' + id",
        "'%s' % id",
        "id[0]",
        "id[1:]",
        "id | upper",
        "id | length",
        "id | trim",
        "id | replace('x', 'y')",
        "[id] | map('upper') | list",
        "[id, 'a'] | sort",
        "[id] | unique | list",
        "id | default('x', true)",
        "id if id else 'x'",
        "not id",
        "-id",
        "{id: 1}",
        "{'a': 1}[id]",
        "id is string",
        "id()",
        "id.x",
        "range(id)",
    ],
)
def test_an_id_that_is_not_known_can_only_be_written_out(expression: str) -> None:
    with pytest.raises(TemplateFault) as raised:
        rendered("{{ " + expression + " }}", id=UnknownId("account:shop"))
    assert raised.value.code == "E409"
    assert raised.value.message.startswith("the id of `account:shop` is known only after apply")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('{{ "a" * 10 ** 9 }}', "E410"),
        ("{{ [1] * 10 ** 9 }}", "E410"),
        ("{{ 10 ** 10 ** 10 }}", "E411"),
        ('{{ "%1000000000d" % 1 }}', "E410"),
        ('{{ "{:1000000000}".format(1) }}', "E410"),
        ('{{ "x".ljust(10 ** 9) }}', "E410"),
        ("{{ range(10 ** 9) | list }}", "E411"),
        (GROWING.replace("?", "n.x ~ n.x"), "E411"),
        (GROWING.replace("?", "n.x + n.x"), "E411"),
        (GROWING.replace("?", "[n.x, n.x]"), "E411"),
        (GROWING.replace("?", "(n.x, n.x)"), "E411"),
        (GROWING.replace("?", '{"a": n.x, "b": n.x}'), "E411"),
        (GROWING.replace("?", 'n.x | replace("a", "aaaa")'), "E411"),
        (GROWING.replace("?", "[n.x, n.x] | join"), "E411"),
        ("{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(40) }}", "E411"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "E411"),
        ("{% for i in [1, 2] recursive %}{% if loop.depth < 40 %}{{ loop([1, 2]) }}{% endif %}{% endfor %}", "E411"),
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", "E411"),
        ("{% set x %}{% for i in range(9999) %}" + "y" * 20_000 + "{% endfor %}{% endset %}", "E411"),
        ('{{ "".__class__ }}', "E410"),
        ("{{ ().__class__.__bases__[0].__subclasses__() }}", "E410"),
        ("{{ range.__globals__ }}", "E410"),
        ("{{ [1].append(2) }}", "E410"),
        ('{{ "x" | attr("__class__") }}', "E410"),
        ('{% include "x" %}', "E410"),
        ('{% extends "x" %}', "E410"),
        ('{% import "x" as y %}', "E410"),
        ("{{ 1 / 0 }}", "E412"),
        ("{{ {} }}", "E412"),
        ("{{ [1] }}", "E412"),
        ("{{ range }}", "E412"),
        ("{{ x.y }}", "E407"),
        ("{% if 1 %}" * 200 + "{% endif %}" * 200, "E406"),
        ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "E406"),
        ("{{ " + "9" * 5_000 + " }}", "E406"),
    ],
)  # fmt: skip
def test_templates_are_sandboxed(source: str, code: str) -> None:
    with pytest.raises(TemplateFault) as raised:
        rendered(source)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ [1, 'a', none, true] | tojson }}", '[1, "a", null, true]'),
        ('{{ "<&>" | tojson }}', '"<&>"'),
        ("{{ {'b': 1, 'a': ['x']} | tojson(indent=2) }}", '{\n  "b": 1,\n  "a": [\n    "x"\n  ]\n}'),
        ("{{ true }} {{ none }} {{ 1.5 }}", "true null 1.5"),
        ("{% for a, b in {'x': 1}.items() %}{{ a }}{{ b }}{{ loop.last }}{% endfor %}", "x1true"),
        ("{% for a in [1, 2, 3] if a > 1 %}{{ loop.index }}{{ a }}{{ ',' if not loop.last }}{% endfor %}", "12,23"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) ~ m('b') }}", "<1><b>"),
        ("{{ 'a,b'.split(',') | map('upper') | join('-') }}", "A-B"),
        ("{{ 7 * 6 }} {{ 2 ** 10 }} {{ 7 % 4 }} {{ 'a' + 'b' }}", "42 1024 3 ab"),
        ("{{ x | default('none') }}", "none"),
        ("{% set ns = namespace(n=0) %}{% for i in range(5) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "10"),
    ],
)
def test_common_templates(source: str, text: str) -> None:
    assert rendered(source) == text


def test_a_fault_in_a_macro_is_at_its_line() -> None:
    with pytest.raises(TemplateFault) as raised:
        rendered("{% macro m() %}\n\n{{ nothing }}\n{% endmacro %}\n\n{{ m() }}")
    assert raised.value.line == 3


TEMPLATE = """\
Version: "2012-10-17"
Statement:
{% for region in vars.regions %}
  - Sid: {{ region }}
    Effect: Deny
{% endfor %}
  - Sid: Last
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "label"),
    [
        (("Version",), 1, 10, None),
        (("Statement", 0, "Sid"), 4, 3, "rendered: `- Sid: eu-west-1`"),
        (("Statement", 1, "Sid"), 4, 3, "rendered: `- Sid: eu-central-1`"),
        (("Statement", 1, "Effect"), 5, 13, None),
        (("Statement", 2, "Sid"), 7, 10, None),
        (("Statement", 2, "Effect"), 7, 5, None),
    ],
)
def test_a_finding_in_rendered_text_is_placed_in_the_template(
    specs: Specs, path: tuple[str | int, ...], line: int, column: int, label: str | None
) -> None:
    def check(policy_type: str, document: Json) -> list[Finding]:
        assert policy_type == "tag"
        return [Finding(code="W999", severity="warning", message="look here", path=path, help="do that")]

    specs.write({"org.yaml": SPEC.replace(", flag: true", ""), "p.yaml.j2": TEMPLATE})
    (found,) = specs.warnings(check)
    assert (found.code, found.file, found.line, found.label) == ("W999", "p.yaml.j2", line, label)
    assert (found.message, found.help, found.severity) == ("look here", "do that", "warning")
    assert found.column == column


def test_a_place_in_a_very_long_rendering() -> None:
    rendering = Rendered("p.j2", "a\n" * 5_000, "b\n" * 9_000)
    span, label = rendering.origin(Span("p.j2", 8_000, 1, 8_000, 2))
    assert span.line <= 5_001
    assert label is not None or span.line == 5_001


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ vars.a }}{{ vars['b'] }}", ["c"]),
        ("{{ vars }}", []),
        ("{% for key in vars %}{% endfor %}", []),
        ("{{ vars[x] }}", []),
        ("{{ broken", []),
        ("", ["a", "b", "c"]),
    ],
)
def test_unused_variables(source: str, names: list[str]) -> None:
    assert unused(source, {"a": 1, "b": 2, "c": 3}) == names


def test_the_same_diagnostic_is_kept_once() -> None:
    diagnostics = DiagnosticCollector()
    for _ in range(2):
        diagnostics.add("E101", Span("a"), "m")
    assert diagnostics.errors == len(diagnostics.sorted()) == 1
