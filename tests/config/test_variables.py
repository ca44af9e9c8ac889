"""Variables: what may be declared, who wins, and what is never shown."""

import pytest

from confsync.config.variables import Variables, declare_variables, resolve_variables, variable_override_errors
from confsync.diagnostics import Diagnostic
from confsync.secret import Secret
from tests.config.reading import lines, tree

DECLARED = """\
host: dev.example.com
port: 80
ratio: 0.5
debug: false
token: {sensitive: true}
"""


def settled(
    environment: str = "", environ: dict[str, str] | None = None, given: dict[str, str] | None = None
) -> tuple[Variables, list[Diagnostic]]:
    declared, _ = declare_variables(tree(DECLARED))
    return resolve_variables(declared, tree(environment) if environment else None, environ or {}, given or {})


def test_the_default_is_the_value_unless_something_overrides_it() -> None:
    variables, mistakes = settled()
    assert not mistakes
    assert variables.values == {"host": "dev.example.com", "port": 80, "ratio": 0.5, "debug": False}


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
    ],
)
def test_a_text_from_outside_is_taken_for_what_the_default_is(name: str, text: str, meant: object) -> None:
    for variables, mistakes in (
        settled(given={name: text}),
        settled(environ={f"CONFSYNC_VAR_{name}": text}),
    ):
        assert not mistakes
        assert (type(variables.values[name]), variables.values[name]) == (type(meant), meant)


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
        (
            "a-b: x\n",
            [
                (
                    "a.yaml:1:1 CS3002 'a-b' cannot be a variable's name"
                    " - use letters, digits and underscores: an environment variable may set it"
                )
            ],
        ),
        *(
            (
                f"a: {text}\n",
                [
                    (
                        "a.yaml:1:4 CS3003 this cannot be the default of 'a'"
                        " - write a text, a number, true or false; or `{sensitive: true}`"
                    )
                ],
            )
            for text in (
                "null",
                "[1]",
                "{}",
                "{default: 1}",
                "{sensitive: false}",
                "{sensitive: 1}",
                "{sensitive: true, b: 1}",
            )
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
