"""Variables: what may be declared, who wins, and what is never shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Sequence, error_at, plain_value
from confsync.config.variables.declaration import declare_variables
from confsync.config.variables.values import Variables, VariableSources, resolve_variables, variable_override_errors
from confsync.diagnostics import Diagnostic
from confsync.secret import Secret
from tests.config.reading import lines, tree

DECLARED = """\
host: dev.example.com
port: 80
ratio: 0.5
debug: false
token: {sensitive: true}
words: {default: [one, 2]}
labels: {type: mapping, description: Whatever an application needs.}
size: {default: small, allowed: [small, large], type: text}
level: {type: number, allowed: [1, 2.5]}
"""
VALUES = {"host": "dev.example.com", "port": 80, "ratio": 0.5, "debug": False, "words": ["one", 2], "size": "small"}


def settled(
    environment: str = "", environ: dict[str, str] | None = None, given: dict[str, str] | None = None
) -> tuple[Variables, list[Diagnostic]]:
    declared, _ = declare_variables(tree(DECLARED))
    sources = VariableSources(tree(environment) if environment else None, environ or {}, given or {})
    return resolve_variables(declared, sources)


def plain(value: object) -> object:
    return plain_value(value) if isinstance(value, Sequence | Mapping) else value


def test_the_default_is_the_value_unless_something_overrides_it() -> None:
    variables, mistakes = settled()
    assert not mistakes
    assert {name: plain(value) for name, value in variables.values.items()} == VALUES


@pytest.mark.parametrize(
    ("environment", "environ", "given", "host"),
    [
        ("", {}, {}, "dev.example.com"),
        ("host: from.environment", {}, {}, "from.environment"),
        ("host: from.environment", {"CONFSYNC_VAR_host": "from.process"}, {}, "from.process"),
        ("", {"CONFSYNC_VAR_host": "from.process"}, {"host": "from.flag"}, "from.flag"),
        ("host: from.environment", {}, {"host": "from.flag"}, "from.flag"),
        ("", {"CONFSYNC_VAR_host": ""}, {}, ""),
        ("", {"CONFSYNC_VAR_HOST": "another name"}, {}, "dev.example.com"),
        ("", {}, {"host": "123"}, "123"),
        ("", {}, {"host": "${{ var.port }}"}, "${{ var.port }}"),
        ("host: 7", {}, {}, 7),
    ],
)
def test_the_nearest_to_the_person_wins(
    environment: str, environ: dict[str, str], given: dict[str, str], host: object
) -> None:
    variables, mistakes = settled(environment, environ, given)
    assert not mistakes
    assert variables.values["host"] == host


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("port", "8080", 8080),
        ("port", "-1", -1),
        ("debug", "true", True),
        ("debug", "FALSE", False),
        ("ratio", "1.5", 1.5),
        ("host", "true", "true"),
        ("host", "~", "~"),
        ("words", "[a, 'b', 3]", ["a", "b", 3]),
        ("words", '["a", {"b": [null, 1.5]}]', ["a", {"b": [None, 1.5]}]),
        ("words", "- a\n- b", ["a", "b"]),
        ("labels", "{team: night}", {"team": "night"}),
        ("labels", "team: NO", {"team": "NO"}),
        ("size", "large", "large"),
        ("level", "1", 1),
        ("level", "2.5", 2.5),
    ],
)
def test_a_text_from_outside_is_taken_for_what_the_default_is(name: str, text: str, meant: object) -> None:
    for variables, mistakes in (
        settled(given={name: text}),
        settled(environ={f"CONFSYNC_VAR_{name}": text}),
    ):
        assert not mistakes
        found = plain(variables.values[name])
        assert (type(found), found) == (type(meant), meant)


@pytest.mark.parametrize(
    ("given", "environ", "reported"),
    [
        ({"port": "http"}, {}, "CS3006 --var port: 'port' must be a whole number, like its default"),
        ({"port": "true"}, {}, "CS3006 --var port: 'port' must be a whole number, like its default"),
        ({"port": ""}, {}, "CS3006 --var port: 'port' must be a whole number, like its default"),
        (
            {},
            {"CONFSYNC_VAR_debug": "yes"},
            "CS3006 CONFSYNC_VAR_debug: 'debug' must be true or false, like its default",
        ),
        ({"ratio": "x"}, {}, "CS3006 --var ratio: 'ratio' must be a number with a decimal point, like its default"),
        ({"hots": "x"}, {}, "CS3004 --var hots: no such variable is declared - did you mean 'host'?"),
        (
            {"zzz": "x"},
            {},
            (
                "CS3004 --var zzz: no such variable is declared"
                " - declare it under `variables` at the top of the configuration"
            ),
        ),
        (
            {"token": "hunter2"},
            {},
            (
                "CS3005 --var token: 'token' is sensitive, but anybody could read it here"
                " - set CONFSYNC_VAR_token in the process environment instead"
            ),
        ),
        ({"host": "\udcff"}, {}, "CS3015 --var host contains bytes that are not UTF-8"),
        ({}, {"CONFSYNC_VAR_token": "x\udcff"}, "CS3015 CONFSYNC_VAR_token contains bytes that are not UTF-8"),
        ({}, {"CONFSYNC_VAR_unknown": "x"}, None),
        ({"words": "a"}, {}, "CS3006 --var words: 'words' must be a list, like its default"),
        ({"words": ""}, {}, "CS3006 --var words: 'words' must be a list, like its default"),
        ({"labels": "[a]"}, {}, "CS3006 --var labels: 'labels' must be a mapping, such as `{a: b}`"),
        (
            {},
            {"CONFSYNC_VAR_labels": "{a: b"},
            "CS1004 CONFSYNC_VAR_labels, column 1: invalid YAML; nothing in the file was read",
        ),
        (
            {"labels": "{hunter2: 1, hunter2: 2}"},
            {},
            "CS1015 --var labels, column 14: a key occurs twice in one mapping",
        ),
        ({"words": "[&hunter2 a]"}, {}, "CS1011 --var words, column 2: a YAML anchor (&name)"),
        ({"words": "[" * 40}, {}, "CS1005 --var words, column 33: mappings and lists are nested more than 32 deep"),
        ({"size": "huge"}, {}, "CS3017 --var size: 'size' must be 'small' or 'large'"),
        ({}, {"CONFSYNC_VAR_size": "huge"}, "CS3017 CONFSYNC_VAR_size: 'size' must be 'small' or 'large'"),
        ({"level": "2"}, {}, "CS3017 --var level: 'level' must be 1 or 2.5"),
    ],
)
def test_an_impossible_value_is_reported(given: dict[str, str], environ: dict[str, str], reported: str | None) -> None:
    _, mistakes = settled("", environ, given)
    assert lines(mistakes) == ([reported] if reported else [])


def test_a_sensitive_variable_has_its_value_from_the_process_environment_alone() -> None:
    variables, _ = settled("token: hunter2", {"CONFSYNC_VAR_token": "sesame"})
    assert variables.values["token"] == Secret("sesame")
    assert "sesame" not in repr(variables)
    assert "token" not in settled("token: hunter2")[0].values


@pytest.mark.parametrize("withheld", ["", " ", "\n"])
def test_an_empty_secret_is_no_secret(withheld: str) -> None:
    """CI systems set an empty variable where they withhold a secret from a fork."""
    assert "token" not in settled(environ={"CONFSYNC_VAR_token": withheld})[0].values


def test_sensitivity_is_known_without_a_value() -> None:
    variables, _ = settled()
    assert [name for name in (*variables.declared, "unknown") if variables.is_sensitive(name)] == ["token"]


@pytest.mark.parametrize(
    ("section", "reported"),
    [
        ("a: x\nb: 1\nc: true\nd: {sensitive: true}\ne: ''\n", []),
        ("a: {default: [x, {y: null}], description: d}\nb: {default: {}}\nc: {type: number}\n", []),
        ("a: {default: 1.5, type: number, allowed: [1, 1.5], sensitive: false}\n", []),
        ("a: {sensitive: true, description: d, type: text}\n", []),
        (
            "a-b: x\n",
            [
                (
                    "a.yaml:1:1 CS3002 'a-b' cannot be a variable's name"
                    " - use letters, digits and underscores: an environment variable may set it"
                )
            ],
        ),
        (
            "a: ${{ var.b }}\n",
            ["a.yaml:1:4 CS3003 a variable cannot contain a reference - use the other variable where this one is used"],
        ),
    ],
)
def test_what_a_variable_may_be_declared_with(section: str, reported: list[str]) -> None:
    assert lines(declare_variables(tree(section))[1]) == reported


def test_variables_are_a_mapping() -> None:
    node = tree("variables: [a]\n").get("variables")
    reported = ["a.yaml:1:12 CS3001 variables must be keys and values - write `name: value`"]
    assert lines(declare_variables(node)[1]) == reported
    assert lines(variable_override_errors(node, {})) == reported


def test_no_variables_at_all_are_no_mistake() -> None:
    assert declare_variables(None) == ({}, [])
    assert variable_override_errors(None, {}) == []


@pytest.mark.parametrize(
    ("section", "reported"),
    [
        ("host: x\nport: 1\n", []),
        ("hots: x\n", ["a.yaml:1:1 CS3004 no variable 'hots' is declared - did you mean 'host'?"]),
        (
            "host: [x]\n",
            ["a.yaml:1:7 CS3003 this cannot be the value of 'host' - write a text, a number, true or false"],
        ),
        (
            "host: x${{ env.HOME }}\n",
            ["a.yaml:1:7 CS3003 a variable cannot contain a reference - use the other variable where this one is used"],
        ),
        (
            "token: hunter2\n",
            [
                (
                    "a.yaml:1:1 CS3005 'token' is sensitive, but anybody could read it here"
                    " - set CONFSYNC_VAR_token in the process environment instead"
                )
            ],
        ),
    ],
)
def test_what_an_environment_may_say(section: str, reported: list[str]) -> None:
    declared, _ = declare_variables(tree(DECLARED))
    assert lines(variable_override_errors(tree(section), declared)) == reported


def test_the_literal_of_a_sensitive_variable_is_not_shown() -> None:
    declared, _ = declare_variables(tree(DECLARED))
    (mistake,) = variable_override_errors(tree("token: hunter2\n"), declared)
    assert mistake.snippet == "token: (sensitive)"
    assert "hunter2" not in repr(mistake)


def test_nothing_quotes_a_list_that_was_typed() -> None:
    variables, _ = settled(given={"words": "[hunter2]"})
    words = variables.values["words"]
    assert isinstance(words, Sequence)
    assert error_at(words.items[0], Code.WRONG_VALUE, "wrong").snippet is None


def test_a_list_that_was_sensitive_is_masked_item_by_item() -> None:
    variables, _ = settled(given={"words": "[hunter2, {a: 1}]"})
    masked = variables.masking(frozenset({"words", "host"}))
    assert plain(masked.values["words"]) == [Secret("hunter2"), {"a": Secret("1")}]
    assert masked.values["host"] == Secret("dev.example.com")


def test_an_error_names_ten_of_the_values_that_are_allowed() -> None:
    declared, _ = declare_variables(tree(f"many: {{default: 0, allowed: [{', '.join(map(str, range(12)))}]}}\n"))
    (mistake,) = resolve_variables(declared, VariableSources(given={"many": "77"}))[1]
    assert mistake.summary == "--var many: 'many' must be 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or 2 more"


YAML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text("ab $:#'\"\n", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:#", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(value=st.lists(YAML_VALUES, max_size=3) | st.dictionaries(st.text("xyz", min_size=1), YAML_VALUES, max_size=3))
def test_a_list_or_a_mapping_is_the_same_however_it_is_given(value: list[object] | dict[str, object]) -> None:
    word = "list" if isinstance(value, list) else "mapping"
    text = json.dumps(value)
    declared, errors = declare_variables(tree(f"v: {{default: {text}}}\nw: {{type: {word}}}\n"))
    variables, more = resolve_variables(declared, VariableSources(tree(f"w: {text}\n"), given={"v": text}))
    assert (errors, more, variable_override_errors(tree(f"w: {text}\n"), declared)) == ([], [], [])
    assert plain(declared["v"].default) == plain(variables.values["v"]) == plain(variables.values["w"]) == value
