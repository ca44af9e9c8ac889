"""`defaults` and `for_each`: what they stand for, where their values are written, and how much they may add."""

import json
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.config import Config, LoadOptions
from confsync.config.load import load_config
from confsync.config.reuse import limits as expansion_limits
from confsync.config.reuse.expansion import expand
from confsync.config.tree import plain_value
from confsync.config.variables.values import Variables
from confsync.errors import InvalidConfiguration
from confsync.model import Kind
from confsync.resources import children_of
from tests.campaigns import campaign
from tests.config.reading import lines, tree
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness, change_lines

NO_VARIABLES = Variables({}, {})


def expanded(text: str) -> Any:  # noqa: ANN401 — YAML
    """The services of an expanded configuration, as ordinary values."""
    found = expand(tree(text), NO_VARIABLES)
    assert found.diagnostics == ()
    services = found.tree.get("services")
    return plain_value(services) if services else None


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("{defaults: {friendly_name: x}, a: {}}", {"a": {"friendly_name": "x"}}),
        ("{defaults: {friendly_name: x}, a: {friendly_name: y}}", {"a": {"friendly_name": "y"}}),
        ("{defaults: {c: {x: 1, y: [1, 2]}}, a: {c: {y: [3]}}}", {"a": {"c": {"x": 1, "y": [3]}}}),
        ("{defaults: {c: {x: 1}}, a: {c: null}}", {"a": {"c": None}}),
        ("{defaults: {c: 1}, a: {c: {x: 1}}}", {"a": {"c": {"x": 1}}}),
        ("{defaults: {c: 1}, a: {lifecycle: {absent: true}}}", {"a": {"lifecycle": {"absent": True}}}),
        ("{defaults: {c: 1}, a: {lifecycle: {absent: false}}}", {"a": {"lifecycle": {"absent": False}, "c": 1}}),
        ("{defaults: {roles: {r: {t: 1}}}, a: {}}", {"a": {"roles": {"r": {"t": 1}}}}),
        (
            "{defaults: {roles: {r: {t: 1}}}, a: {roles: {r: {lifecycle: {absent: true}}, s: {}}}}",
            {"a": {"roles": {"r": {"lifecycle": {"absent": True}}, "s": {}}}},
        ),
        (
            "{defaults: {roles: {defaults: {t: 1, u: 1}}}, a: {roles: {defaults: {u: 2}, r: {}, s: {t: 3}}}}",
            {"a": {"roles": {"r": {"t": 1, "u": 2}, "s": {"t": 3, "u": 2}}}},
        ),
        (
            "{defaults: {roles: {r: {t: 1}}}, a: {roles: {defaults: {t: 2}}}}",
            {"a": {"roles": {"r": {"t": 1}}}},
        ),
        (
            (
                "{defaults: {users: {u: {attributes: {lifecycle: {absent: true}, x: 1}}}}, "
                "a: {users: {u: {attributes: {lifecycle: {absent: true}}}}}}"
            ),
            {"a": {"users": {"u": {"attributes": {"lifecycle": {"absent": True}, "x": 1}}}}},
        ),
    ],
)
def test_a_default_applies_unless_a_resource_says_otherwise(written: str, whole: object) -> None:
    assert expanded(f"services: {written}") == whole


@pytest.mark.parametrize(
    ("groups", "whole"),
    [
        ("x: {items: [a, b], resource: {}}", {"a": {}, "b": {}}),
        ("x: {items: {a: 1, b: [2]}, resource: {v: '${{ each.value }}'}}", {"a": {"v": 1}, "b": {"v": [2]}}),
        ("x: {items: [a], key: 'k-${{ each.key }}', resource: {}}", {"k-a": {}}),
        ("x: {items: {a: {k: b}}, key: '${{each.value.k}}', resource: {}}", {"b": {}}),
        (
            (
                "x: {items: {a: {p: {q: 1.5, r: true, s: t}}}, "
                "resource: {v: ['${{ each.value.p.q }} ${{ each.value.p.r }} "
                "${{each.value.p.s}}', '${{ each.value.p }}']}}"
            ),
            {"a": {"v": ["1.5 true t", {"q": 1.5, "r": True, "s": "t"}]}},
        ),
        ("x: {items: [a], resource: {v: '$${{ each.key }}'}}", {"a": {"v": "$${{ each.key }}"}}),
        ("x: {items: {a: '${{ env.K }}'}, resource: {v: '${{ each.value }}'}}", {"a": {"v": "${{ env.K }}"}}),
        (
            "x: {items: {a: '${{ var.v }}'}, resource: {v: 'x ${{ each.value }} ${{ var.w }}'}}",
            {"a": {"v": "x ${{ var.v }} ${{ var.w }}"}},
        ),
        (
            (
                "x: {items: [a], resource: {roles: {for_each: {y: {items: ['${{ each.key }}-b'], "
                "resource: {v: '${{ each.key }}'}}}}}}"
            ),
            {"a": {"roles": {"a-b": {"v": "a-b"}}}},
        ),
        (
            (
                "x: {items: {a: {c: {d: 1}}}, resource: {roles: {for_each: {y: {items: '${{ each.value }}', "
                "key: '${{ each.key }}!', resource: '${{ each.value }}'}}}}}"
            ),
            {"a": {"roles": {"c!": {"d": 1}}}},
        ),
        (
            (
                "x: {items: {a: {for_each: {y: {items: [b], resource: {v: '${{ each.key }}'}}}}}, "
                "resource: {roles: '${{ each.value }}'}}"
            ),
            {"a": {"roles": {"b": {"v": "b"}}}},
        ),
        (
            (
                "x: {items: [a], resource: {users: {u: {attributes: {for_each: {y: {items: [b], "
                "resource: '${{ each.key }}'}}}}}}}"
            ),
            {"a": {"users": {"u": {"attributes": {"for_each": {"y": {"items": ["b"], "resource": "a"}}}}}}},
        ),
        ("x: {items: [], resource: {}}, y: {items: {}, resource: {}}", {}),
    ],
)
def test_a_resource_is_made_for_each_item(groups: str, whole: object) -> None:
    assert expanded(f"services: {{for_each: {{{groups}}}}}") == whole


def test_defaults_apply_to_what_a_for_each_makes_and_may_contain_one() -> None:
    assert expanded("""
        services:
          defaults: {roles: {for_each: {x: {items: [r, s], resource: {t: "${{ each.key }}"}}}}, c: 1}
          for_each: {y: {items: [a], resource: {roles: {q: {}}, c: 2}}}
          b: {roles: {for_each: {x: {items: [q]}}}}
        """) == {
        "b": {"roles": {"q": {"t": "q"}}, "c": 1},
        "a": {"roles": {"q": {}, "r": {"t": "r"}, "s": {"t": "s"}}, "c": 2},
    }


def test_a_hundred_services_give_the_same_plan_as_if_they_were_written_out(harness: Harness) -> None:
    words = {number: ("true" if number % 2 else "false", f"x{number}") for number in range(100)}
    services = "".join(
        f"""
  desk-{number}:
    friendly_name: Desk {number}
    configuration: {{default_conversation_role: agent, reachability_enabled: {reachable}}}
    roles: {{agent: {{type: conversation, permissions: [sendMessage], friendly_name: {name}}}}}"""
        for number, (reachable, name) in words.items()
    )
    items = "".join(
        f"""
        "{number}": {{reachable: {reachable}, name: {name}}}"""
        for number, (reachable, name) in words.items()
    )
    written = harness.plan(f"version: 1\nservices:{services}\n")
    short = harness.plan(f"""version: 1
services:
  defaults:
    roles: {{defaults: {{type: conversation}}}}
    configuration: {{default_conversation_role: agent}}
  for_each:
    desks:
      items:{items}
      key: desk-${{{{ each.key }}}}
      resource:
        friendly_name: Desk ${{{{ each.key }}}}
        configuration: {{reachability_enabled: "${{{{ each.value.reachable }}}}"}}
        roles: {{agent: {{permissions: [sendMessage], friendly_name: "${{{{ each.value.name }}}}"}}}}
""")
    assert change_lines(short) == change_lines(written)
    assert short.revision.digest == written.revision.digest


ITEM = """\
version: 1
services:
  for_each:
    g:
      items:
        a: {v: VALUE}
      resource:
        configuration: {FIELD}
"""


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (
            "reachability_enabled: '${{ each.value.v }}'",
            "17",
            "6:16 CS2005 'reachability_enabled' must be true or false, not the number 17 - write `true` or `false`",
        ),
        (
            "default_conversation_role: '${{ each.value.v }}'",
            "nobody",
            "6:16 CS2007 no role 'nobody' is declared in services/a - declare it under `roles`",
        ),
        (
            "reachability_enabled: 'x${{ each.value.v }}'",
            "true",
            (
                "8:47 CS2005 'reachability_enabled' must be true or false, not 'xtrue' - write `true` or `false`"
                "; the item is in confsync.yaml:6:9"
            ),
        ),
        ("rolez: '${{ each.value.v }}'", "1", "8:25 CS2003 unknown key 'rolez' in service configuration"),
    ],
)
def test_a_wrong_value_of_an_item_is_reported_at_the_item(
    harness: Harness, field: str, value: str, expected: str
) -> None:
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.config(ITEM.replace("FIELD", field).replace("VALUE", value))
    assert lines(wrong.value.diagnostics) == [f"confsync.yaml:{expected}"]


def test_a_value_has_the_position_where_it_is_written(harness: Harness) -> None:
    config = harness.config("""\
version: 1
services:
  defaults: {configuration: {reachability_enabled: true}}
  a: {}
  for_each:
    x: {items: {b: {t: B}, c: {t: C}}, resource: {friendly_name: "${{ each.value.t }}"}}
""")
    places = {
        f"{address}#{name}": f"{node.position.line}:{node.position.column}"
        for address, desired in config.resources.items()
        for name, node in desired.nodes.items()
    }
    assert places == {
        "services/a/configuration#reachability_enabled": "3:52",
        "services/b#friendly_name": "6:24",
        "services/b/configuration#reachability_enabled": "3:52",
        "services/c#friendly_name": "6:35",
        "services/c/configuration#reachability_enabled": "3:52",
    }
    assert [str(each.source) for each in config.resources.values() if len(each.address) == 2] == [
        "confsync.yaml:4:3",
        "confsync.yaml:6:17",
        "confsync.yaml:6:28",
    ]


def test_what_is_written_is_not_changed() -> None:
    whole = tree("""
        services:
          defaults: {c: {x: 1}, roles: {r: {t: 1}}}
          a: {c: {y: 1}, roles: {r: {u: 1}}}
          for_each: {g: {items: {b: {v: [1]}}, resource: {c: {z: "${{ each.value.v }}"}}}}
        """)
    before = plain_value(whole)
    expand(whole, NO_VARIABLES)
    assert plain_value(whole) == before


@campaign(sample=25, at_length=500)
@given(configurations(), st.data())
def test_expanding_twice_is_the_same_as_once_and_as_writing_it_out(
    tmp_path: Path, made: GeneratedConfiguration, data: st.DataObject
) -> None:
    """Move everything that resources share into `defaults`, and some resources into a `for_each`."""
    short = deepcopy(made.tree)
    for kind in children_of(None):
        _shorten(kind, short, data.draw)
    found = expand(tree(json.dumps(short, ensure_ascii=False)), NO_VARIABLES)
    assert found.diagnostics == ()
    assert expand(found.tree, NO_VARIABLES).tree is found.tree
    assert plain_value(found.tree) == made.tree
    assert loaded(tmp_path, short, made).digest == loaded(tmp_path, made.tree, made).digest


def loaded(folder: Path, written: object, made: GeneratedConfiguration) -> Config:
    (folder / "confsync.yaml").write_text(json.dumps(written, ensure_ascii=False), "utf-8")
    return load_config(LoadOptions(directory=folder, environ=made.environ))


def _shorten(kind: Kind, parent: dict[str, Any], draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    section = parent.get(kind.section)
    if not isinstance(section, dict):
        return
    resources = list(section.values()) if not (kind.group or kind.singleton) else [section]
    for resource in resources if not kind.value_field else ():
        for child in children_of(kind):
            _shorten(child, resource, draw)
    if kind.group or kind.singleton or not section:
        return
    if not kind.value_field and draw(st.booleans()):
        first = resources[0]
        shared = {key: value for key, value in first.items() if all(_has(each, key, value) for each in resources)}
        for each in resources:
            for key in shared:
                del each[key]
        section["defaults"] = deepcopy(shared)
    chosen = [name for name in section if name != "defaults" and draw(st.booleans())]
    section["for_each"] = {
        "group": {"items": {name: section.pop(name) for name in chosen}, "resource": "${{ each.value }}"}
    }


def _has(resource: dict[str, Any], key: str, value: object) -> bool:
    return key in resource and json.dumps(resource[key]) == json.dumps(value)


HUGE = [
    "for_each: {x: {items: [" + ", ".join(f"a{n}" for n in range(1_000)) + "], resource: {permissions: ["
    + ", ".join("x" for _ in range(1_000)) + "]}}}",
    "defaults: {permissions: [" + ", ".join("x" for _ in range(1_000)) + "]}, "
    + ", ".join(f"a{n}: {{}}" for n in range(1_000)),
    "for_each: {x: {items: {a: [" + ", ".join("x" for _ in range(5_000))
    + "]}, resource: {permissions: [" + ", ".join("'${{ each.value }}'" for _ in range(200)) + "]}}}",
    "for_each: {x: {items: {a: " + "x" * 100_000 + "}, resource: {friendly_name: '"
    + "${{ each.value }}" * 1_000 + "'}}}",
]  # fmt: skip


@pytest.mark.parametrize("roles", HUGE, ids=["many items", "many resources", "large value", "long text"])
def test_a_small_file_that_stands_for_a_huge_configuration_is_refused_at_once(harness: Harness, roles: str) -> None:
    begun = time.process_time()
    (line,) = harness.mistakes(f"version: 1\nservices: {{a: {{roles: {{{roles}}}}}}}\n")
    assert " CS2026 " in line
    assert time.process_time() - begun < 5


def test_the_limit_is_far_above_a_large_configuration(harness: Harness) -> None:
    items = ", ".join(f"desk-{number}" for number in range(2_000))
    resource = "{roles: {agent: {type: conversation, permissions: [sendMessage]}}}"
    config = harness.config(f"version: 1\nservices: {{for_each: {{x: {{items: [{items}], resource: {resource}}}}}}}\n")
    assert len(config.resources) == 4_000
    assert expansion_limits.MAX_VALUES > 10 * 4_000
