"""References in ordinary values and in secret fields, and what may never be read through them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.config.references.secret_sources import MAX_FILE_BYTES, SecretContext, SecretSource
from confsync.config.references.substitution import secret_reference, substitute_references
from confsync.config.tree import Mapping, MissingSecret, Node, Scalar, Sequence, error_at, plain_value
from confsync.config.variables.use import CopyLimit
from confsync.config.variables.values import Variables
from confsync.config.variables.variable import Variable, VariableType
from confsync.diagnostics import Diagnostic
from confsync.secret import Secret
from tests.config.reading import lines, tree

MANY = tree("many: [x, {y: 1}]\n", path="variables.yaml").items["many"].node
assert isinstance(MANY, Sequence)

VARIABLES = Variables(
    {
        "host": Variable("host", "h.example.com"),
        "port": Variable("port", 80),
        "debug": Variable("debug", default=True),
        "token": Variable("token", sensitive=True),
        "absent": Variable("absent", sensitive=True),
        "broken": Variable("broken", invalid=True),
        "named": Variable("named", type=VariableType.TEXT),
        "many": Variable("many", type=VariableType.LIST),
    },
    {"host": "h.example.com", "port": 80, "debug": True, "token": Secret("sesame"), "many": MANY},
)


def at(node: Node | None) -> Node:
    assert node is not None
    return node


def leaves(node: Node) -> Iterator[Scalar]:
    match node:
        case Mapping():
            for entry in node.items.values():
                yield from leaves(entry.node)
        case Sequence():
            for item in node.items:
                yield from leaves(item)
        case Scalar():
            yield node


def substituted(text: str) -> tuple[object, list[str]]:
    node, mistakes = substitute_references(tree(text), VARIABLES)
    return plain_value(node), lines(mistakes)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ var.host }}", "h.example.com"),
        ("${{var.host}}", "h.example.com"),
        ("${{\tvar.host   }}", "h.example.com"),
        ("${{ var.port }}", 80),
        ("${{ var.debug }}", True),
        ("x${{ var.port }}", "x80"),
        ("${{ var.debug }}!", "true!"),
        ("https://${{ var.host }}:${{ var.port }}/x", "https://h.example.com:80/x"),
        ("${{ var.port }}${{ var.port }}", "8080"),
        ("$${{ var.host }}", "${{ var.host }}"),
        ("$${{", "${{"),
        ("a $${{ b }} ${{ var.port }} c", "a ${{ b }} 80 c"),
        ("$$${{ var.host }}", "$${{ var.host }}"),
        ("${{ var.port }}$${{", "80${{"),
        ("${MESSAGE} by ${PARTICIPANT}", "${MESSAGE} by ${PARTICIPANT}"),
        ("${{{ var.host }}", "no reference"),
        ("$ {{ var.host }}", "$ {{ var.host }}"),
        ("{{ var.host }}", "{{ var.host }}"),
        ("}} ${MESSAGE} {{", "}} ${MESSAGE} {{"),
        ("", ""),
    ],
)
def test_a_reference_is_replaced_by_its_value(text: str, value: object) -> None:
    found, mistakes = substituted(f"a: '{text}'\n")
    if value == "no reference":
        assert len(mistakes) == 1
        return
    assert (found, mistakes) == ({"a": value}, [])


def test_a_list_that_replaces_a_reference_names_both_places() -> None:
    node, mistakes = substitute_references(tree("a:\n  b: [1, '${{ var.many }}']\n"), VARIABLES)
    assert (plain_value(node), mistakes) == ({"a": {"b": [1, ["x", {"y": 1}]]}}, [])
    assert isinstance(node, Mapping)
    *_, last = leaves(node)
    error = error_at(last, Code.WRONG_VALUE, "wrong")
    assert lines([error]) == ["variables.yaml:1:15 CS2005 wrong (used in a.yaml:2:10)"]
    assert error.snippet == "many: [x, {y: 1}]"


def test_large_variables_cannot_be_used_without_end() -> None:
    variables = replace(VARIABLES, copies=CopyLimit(10))
    node, mistakes = substitute_references(
        tree("a: ['${{ var.many }}', '${{ var.many }}', '${{ var.many }}']\n"), variables
    )
    assert plain_value(node) == {"a": [["x", {"y": 1}], ["x", {"y": 1}], None]}
    assert lines(mistakes) == [
        (
            "a.yaml:1:43 CS1006 the variables used up to here stand for more than 200,000 values"
            " - use large variables in fewer places"
        )
    ]


def test_references_are_found_everywhere_below_a_value() -> None:
    found, _ = substituted("a: {b: ['${{ var.port }}', 1, {c: '${{ var.host }}'}], d: x}\n")
    assert found == {"a": {"b": [80, 1, {"c": "h.example.com"}], "d": "x"}}


def test_what_has_no_reference_is_not_copied() -> None:
    node = tree("a: {b: [1, x], c: {d: null}}\ne: ['${{ var.port }}']\n")
    found, _ = substitute_references(node, VARIABLES)
    assert isinstance(found, Mapping)
    assert found is not node
    assert found.get("a") is node.get("a")
    assert substitute_references(at(node.get("a")), VARIABLES) == (node.get("a"), [])


def test_a_substituted_value_keeps_its_place() -> None:
    found, _ = substitute_references(tree("a:\n  - ${{ var.port }}\n"), VARIABLES)
    assert isinstance(found, Mapping)
    assert at(found.get("a")).range == at(tree("a:\n  - ${{ var.port }}\n").get("a")).range


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("${{ var.token }}", "sesame"),
        ("https://u:${{ var.token }}@${{ var.host }}/", "https://u:sesame@h.example.com/"),
    ],
)
def test_a_value_with_a_sensitive_variable_in_it_is_a_secret(text: str, secret: str) -> None:
    found, mistakes = substitute_references(tree(f"a: {text}\n"), VARIABLES)
    assert not mistakes
    assert plain_value(found) == {"a": Secret(secret)}
    assert "sesame" not in repr(found)


@pytest.mark.parametrize("text", ["${{ var.absent }}", "https://${{ var.host }}/${{ var.token }}/${{ var.absent }}"])
def test_a_value_with_a_sensitive_variable_that_is_not_set_is_missing(text: str) -> None:
    node, mistakes = substitute_references(tree(f"a: {text}\n"), VARIABLES)
    assert not mistakes
    assert isinstance(node, Mapping)
    missing = at(node.get("a")).value  # type: ignore[union-attr]  # it is a scalar
    assert isinstance(missing, MissingSecret)
    column = text.index("${{ var.absent") + 4
    assert lines([missing.diagnostic]) == [
        f"a.yaml:1:{column} CS3007 'absent' must be sent, but it has no value - set CONFSYNC_VAR_absent"
    ]
    assert (missing.name, missing.why) == ("absent", "CONFSYNC_VAR_absent is not set")


GIVE_IT = "run confsync with `--var named=…`, set CONFSYNC_VAR_named, or write its `default`"
NO_REFERENCE = "this is not a valid reference - write `${{ var.name }}`; `$${{` is a literal `${{`"
NO_END = "this reference is not closed with `}}` - write `${{ var.name }}`; `$${{` is a literal `${{`"


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("${{ var.hots }}", ["1:5 CS3004 no variable 'hots' is declared - did you mean 'host'?"]),
        (
            "x ${{ var.zzz }}",
            ["1:7 CS3004 no variable 'zzz' is declared - declare it under `variables` at the top of the configuration"],
        ),
        ("${{ var.broken }}", []),
        ("${{ var.named }}", [f"1:5 CS3007 the variable 'named' has no value - {GIVE_IT}"]),
        (
            "x${{ var.many }}",
            [
                (
                    "1:6 CS3018 'many' is a list, so it cannot be part of a longer text"
                    " - write the reference alone, as the whole value"
                )
            ],
        ),
        *(
            (
                f"${{{{ {kind}.HOME }}}}",
                [f"1:5 CS3010 `{kind}` works in secret fields only - declare a variable, and use `var` here"],
            )
            for kind in ("env", "file", "envfile")
        ),
        ("${{ foo }}", [f"1:5 CS3008 {NO_REFERENCE}"]),
        ("${{ vars.host }}", ["1:5 CS3008 this is not a valid reference - did you mean 'var'?"]),
        ("${{ var.host | upper }}", [f"1:5 CS3008 {NO_REFERENCE}"]),
        ("${{ var. }}", [f"1:5 CS3008 {NO_REFERENCE}"]),
        ("${{ var.a-b }}", [f"1:5 CS3008 {NO_REFERENCE}"]),
        ("${{}}", [f"1:5 CS3008 {NO_REFERENCE}"]),
        ("x${{ var.host", [f"1:6 CS3008 {NO_END}"]),
        ("${{ var.host }", [f"1:5 CS3008 {NO_END}"]),
        ("${{ a ${{ var.host }}", [f"1:5 CS3008 {NO_REFERENCE}"]),
        (
            "$${{ var.hots }} ${{ var.hots }}",
            ["1:22 CS3004 no variable 'hots' is declared - did you mean 'host'?"],
        ),
        (
            "${{ var.hots }} ${{ env.X }} ${{ var.hots }}",
            [
                "1:5 CS3004 no variable 'hots' is declared - did you mean 'host'?",
                "1:21 CS3010 `env` works in secret fields only - declare a variable, and use `var` here",
            ],
        ),
    ],
)
def test_an_unresolved_reference_is_reported_at_its_own_position(text: str, reported: list[str]) -> None:
    found, mistakes = substituted(f"a: '{text}'\n")
    assert mistakes == [f"a.yaml:{line}" for line in reported]
    assert found == {"a": None}


def test_an_unresolved_value_is_empty_so_that_nothing_else_is_reported() -> None:
    found, _ = substitute_references(tree("a: ${{ var.hots }}\n"), VARIABLES)
    assert isinstance(found, Mapping)
    assert at(found.get("a")).empty


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: |\n  one\n  two ${{ var.hots }}\n", "a.yaml:3:7"),
        ("a: >-\n  ${{ var.hots }}\n", "a.yaml:2:3"),
        ('a: "\\x24{{ var.hots }}"\n', "a.yaml:1:4"),
        ("a: [x, '${{ var.hots }}']\n", "a.yaml:1:9"),
        ("a: '${{ var.host }} ${{ var.hots }}'\n", "a.yaml:1:21"),
    ],
)
def test_the_position_is_that_of_the_reference_if_it_can_be_found(text: str, place: str) -> None:
    _, mistakes = substitute_references(tree(text), VARIABLES)
    assert [str(each.range.start) for each in mistakes if each.range] == [place]


@given(st.text(alphabet="${} varhostpenX.\n", max_size=40))
def test_any_text_is_either_substituted_or_refused(text: str) -> None:
    node = Scalar(tree("a: 1\n").file, 1, 1, 1, 2, text)
    found, mistakes = substitute_references(node, VARIABLES)
    if "${{" not in text:
        assert found is node
    assert bool(mistakes) == found.empty


@given(st.text(alphabet="${} ab", max_size=20))
def test_an_escaped_text_comes_back_as_it_was(text: str) -> None:
    whole = f"a{text.replace('$', '')}${{{{{text.replace('$', '')}"
    found, mistakes = substitute_references(
        Scalar(tree("a: 1\n").file, 1, 1, 1, 2, whole.replace("${{", "$${{")), VARIABLES
    )
    assert not mistakes
    assert plain_value(found) == whole


@pytest.mark.parametrize(
    "text", ["${{" * 300_000, "${{ x }}" * 100_000, "$${{" * 200_000, "${{" + " " * 900_000 + "}}"]
)
def test_a_hostile_text_is_done_with_in_a_second(text: str) -> None:
    began = time.process_time()
    _, mistakes = substitute_references(Scalar(tree("a: 1\n").file, 1, 1, 1, 2, text), VARIABLES)
    assert time.process_time() - began < 1
    assert len(mistakes) <= 10


def test_many_unknown_variables_beside_many_known_ones_are_done_with_in_a_second() -> None:
    declared = {f"name{number}": Variable(f"name{number}", "x") for number in range(5_000)}
    node = tree("".join(f"k{number}: ${{{{ var.nam{number} }}}}\n" for number in range(5_000)))
    began = time.process_time()
    _, mistakes = substitute_references(node, Variables(declared, {}))
    assert time.process_time() - began < 1
    assert len(mistakes) == 5_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository: certs/ios.pem in it, other/secret.pem outside of it, and the YAML file in conf/."""
    repository = tmp_path.resolve() / "repository"
    for folder in ("conf/certs", ".git", "shared"):
        (repository / folder).mkdir(parents=True)
    (repository / "conf/certs/ios.pem").write_text("PEM\n")
    (repository / "shared/key.pem").write_text("SHARED\n")
    (repository / ".git/config").write_text("token = hunter2\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/secret.pem").write_text("hunter2\n")
    return repository


def looked_up(text: str, root: Path, **environ: str) -> SecretSource | Diagnostic:
    node = tree(f"a: {text}\n", location=root / "conf" / "a.yaml").get("a")
    return secret_reference(at(node), VARIABLES, SecretContext(environ, root))


def secret(text: str, root: Path, **environ: str) -> str | None:
    found = looked_up(text, root, **environ)
    assert isinstance(found, SecretSource), found
    value = found.resolve()
    assert (value is None) == bool(found.missing)
    return value.reveal() if value else None


def missing(text: str, root: Path, **environ: str) -> str:
    found = looked_up(text, root, **environ)
    assert isinstance(found, SecretSource), found
    assert found.resolve() is None
    return found.missing


def refused(text: str, root: Path, **environ: str) -> str:
    found = looked_up(text, root, **environ)
    assert isinstance(found, Diagnostic), found
    assert "hunter2" not in repr(found)
    return lines([found])[0]


def test_a_secret_comes_from_a_variable_the_environment_or_a_file(root: Path) -> None:
    assert secret("${{ var.token }}", root) == "sesame"
    assert secret("${{ env.KEY }}", root, KEY="k") == "k"
    assert secret("${{ file.certs/ios.pem }}", root) == "PEM\n"
    assert secret("${{ envfile.KEY_FILE }}", root, KEY_FILE=str(root / "shared/key.pem")) == "SHARED\n"


def test_a_source_says_what_was_written_and_where(root: Path) -> None:
    found = looked_up("${{ env.KEY }}", root, KEY="k")
    assert isinstance(found, SecretSource)
    assert (found.text, str(found.position)) == ("${{ env.KEY }}", "a.yaml:1:4")
    assert "k'" not in repr(found)


@pytest.mark.parametrize(
    ("text", "environ", "reported"),
    [
        ("${{ env.KEY }}", {}, "the environment variable KEY is not set"),
        ("${{ env.KEY }}", {"KEY": ""}, "the environment variable KEY is empty"),
        ("${{ env.KEY }}", {"KEY": " \n"}, "the environment variable KEY is empty"),
        ("${{ var.absent }}", {}, "CONFSYNC_VAR_absent is not set"),
        ("${{ file.certs/none.pem }}", {}, "the file certs/none.pem does not exist, or cannot be read"),
        ("${{ file.certs/ios.pem/x }}", {}, "the file certs/ios.pem/x does not exist, or cannot be read"),
        ("${{ envfile.KEY }}", {}, "the environment variable KEY is not set"),
        (
            "${{ envfile.KEY }}",
            {"KEY": "/nowhere/hunter2"},
            "the file that KEY names does not exist, or cannot be read",
        ),
        ("${{ envfile.KEY }}", {"KEY": "hunter2\x00"}, "the file that KEY names does not exist, or cannot be read"),
        ("${{ envfile.KEY }}", {"KEY": "hunter2" * 999}, "the file that KEY names does not exist, or cannot be read"),
    ],
)
def test_a_secret_that_is_not_here_is_no_mistake(root: Path, text: str, environ: dict[str, str], reported: str) -> None:
    assert missing(text, root, **environ) == reported


def test_an_empty_file_is_no_secret(root: Path) -> None:
    (root / "conf/empty.pem").write_text("\n")
    assert missing("${{ file.empty.pem }}", root) == "the file empty.pem is empty"


LITERAL = "CS3011 a secret must not be written in the configuration"


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "'hunter2'",
        "|\n  hunter2\n  hunter2",
        "[hunter2]",
        "{a: hunter2}",
        "12345",
        "true",
        "x${{ env.KEY }}",
        "'${{ env.KEY }} '",
        "${{ env.KEY }}${{ env.KEY }}",
        "$${{ env.KEY }}",
        "${{ hunter2 }}",
        "${{ env.hunter2",
    ],
)
def test_a_literal_secret_is_refused_and_not_shown(root: Path, text: str) -> None:
    found = looked_up(text, root, KEY="k")
    assert isinstance(found, Diagnostic)
    assert lines([found])[0].startswith(f"a.yaml:1:4 {LITERAL}")
    assert found.snippet == "a: (sensitive)"
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (
            "${{ var.host }}",
            "CS3012 'host' is not sensitive, but this field is secret - declare it as `host: {sensitive: true}`",
        ),
        ("${{ var.tokn }}", "CS3004 no variable 'tokn' is declared - did you mean 'token'?"),
        ("${{ file./etc/passwd }}", "CS3013 a file reference cannot be absolute or contain `..`"),
        ("${{ file.../shared/key.pem }}", "CS3013 a file reference cannot be absolute or contain `..`"),
        ("${{ file.certs/../../shared/key.pem }}", "CS3013 a file reference cannot be absolute or contain `..`"),
        ("${{ file.certs }}", "CS3014 the file certs is not a regular file"),
    ],
)
def test_what_must_not_be_followed_is_refused(root: Path, text: str, reported: str) -> None:
    assert refused(text, root).startswith(f"a.yaml:1:4 {reported}")


def test_a_link_out_of_the_repository_is_refused(root: Path) -> None:
    (root / "conf/out.pem").symlink_to(root.parent / "other/secret.pem")
    (root / "conf/folder").symlink_to(root.parent / "other")
    (root / "conf/gone.pem").symlink_to(root.parent / "other/gone.pem")
    for name in ("out.pem", "folder/secret.pem", "gone.pem"):
        reported = refused(f"${{{{ file.{name} }}}}", root)
        assert reported.startswith(f"a.yaml:1:4 CS3013 the file {name} is outside the repository")


def test_a_link_within_the_repository_is_followed(root: Path) -> None:
    (root / "conf/in.pem").symlink_to("../shared/key.pem")
    assert secret("${{ file.in.pem }}", root) == "SHARED\n"


def test_a_repository_that_is_itself_a_link_is_the_same_repository(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    assert secret("${{ file.certs/ios.pem }}", root.parent / "alias") == "PEM\n"


def test_a_link_to_itself_is_not_there(root: Path) -> None:
    (root / "conf/loop.pem").symlink_to("loop.pem")
    assert "does not exist" in missing("${{ file.loop.pem }}", root)


@pytest.mark.parametrize("name", ["git.pem", "g/config"])
def test_gits_own_files_are_not_read(root: Path, name: str) -> None:
    (root / "conf/git.pem").symlink_to(root / ".git/config")
    (root / "conf/g").symlink_to(root / ".git")
    assert refused(f"${{{{ file.{name} }}}}", root).startswith(f"a.yaml:1:4 CS3013 the file {name} is in `.git` - ")


def test_a_configuration_outside_of_the_named_root_reads_no_files(root: Path) -> None:
    node = at(tree("a: ${{ file.certs/ios.pem }}\n", location=root / "conf" / "a.yaml").get("a"))
    found = secret_reference(node, VARIABLES, SecretContext({}, root / "shared"))
    assert isinstance(found, Diagnostic)
    assert found.code == "CS3013"


def test_a_file_is_a_text_of_64_kib_at_most(root: Path) -> None:
    (root / "conf/large.pem").write_text("x" * (MAX_FILE_BYTES + 1))
    (root / "conf/fits.pem").write_text("x" * MAX_FILE_BYTES)
    (root / "conf/binary.pem").write_bytes(b"\xff\xfehunter2")
    assert refused("${{ file.large.pem }}", root).endswith("CS3014 the file large.pem is larger than 64 KiB")
    assert refused("${{ file.binary.pem }}", root).endswith("CS3014 the file binary.pem is not UTF-8 text")
    assert secret("${{ file.fits.pem }}", root) == "x" * MAX_FILE_BYTES


def test_a_pipe_does_not_make_it_wait(root: Path) -> None:
    os.mkfifo(root / "conf/pipe")
    assert refused("${{ file.pipe }}", root).endswith("CS3014 the file pipe is not a regular file")


def test_a_device_is_not_read(root: Path) -> None:
    reported = refused("${{ envfile.KEY }}", root, KEY="/dev/zero")
    assert reported == "a.yaml:1:4 CS3014 the file that KEY names is not a regular file"


def test_bytes_that_are_not_utf_8_are_refused(root: Path) -> None:
    reported = refused("${{ env.KEY }}", root, KEY="hunter2\udcff")
    assert reported == "a.yaml:1:4 CS3015 the environment variable KEY is not UTF-8"


def test_a_file_keeps_its_last_line_end(root: Path) -> None:
    (root / "conf/a b.pem").write_bytes(b"one\r\ntwo\r\n")
    assert secret("${{ file.a b.pem }}", root) == "one\r\ntwo\r\n"
