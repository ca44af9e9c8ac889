"""What the documentation shows is tried: links lead somewhere, configurations are valid, commands run."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from confsync.exit_codes import ExitCode
from tests.repository.paths import DOCS, ROOT, confsync
from tests.repository.test_examples import copy_of

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
GUIDES = (DOCS / "adopting.md", DOCS / "terraform.md")
"""Pages whose blocks are steps: a test of their own runs them in order."""

READS_TWILIO = ("init", "list", "export", "pull", "output", "plan", "apply", "drift", "doctor", "rehearse", "repair")
SECRETS = {"ANDROID_API_KEY": "throw-away"}


def named(path: Path) -> str:
    """How a page is called in the name of a test."""
    return str(path.relative_to(ROOT))


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def links(page: Path) -> Iterator[str]:
    """Every link that leads into the repository, code apart."""
    text = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    yield from (link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://"))


def headings(page: Path) -> set[str]:
    """The anchors that a page has, as a renderer of Markdown makes them."""
    found = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def configurations() -> Iterator[tuple[str, str]]:
    """Every block that is marked as a whole configuration."""
    for page in PAGES:
        blocks = re.findall(r"<!-- configuration -->\n```yaml\n(.*?)```", text_of(page), re.DOTALL)
        yield from ((f"{named(page)} {number}", block) for number, block in enumerate(blocks, 1))


def commands() -> Iterator[tuple[str, str]]:
    """Every line of a shell block, or piece of code in a sentence, that runs the tool."""
    for page in PAGES:
        blocks = "" if page in GUIDES else "\n".join(re.findall(r"```sh\n(.*?)```", text_of(page), re.DOTALL))
        yield from ((named(page), line) for line in re.findall(r"^confsync .*$", blocks, re.MULTILINE))
        sentences = re.sub(r"```.*?```|<!-- begin .*?<!-- end", "", text_of(page), flags=re.DOTALL)
        yield from ((named(page), line) for line in re.findall(r"`(confsync [a-z][^`]*)`", sentences))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_the_page_on_ci_says_what_to_do_about_every_exit_code() -> None:
    table = text_of(DOCS / "ci.md").partition("\n## When a job fails\n")[2]
    rows = re.findall(r"^\| ([\d, ]+)(?:, killed)? \| \S.* \| \S.* \|$", table, re.MULTILINE)
    assert [int(code) for row in rows for code in row.split(", ")] == [int(code) for code in ExitCode if code]


@pytest.mark.parametrize("block", [pytest.param(block, id=name) for name, block in configurations()])
def test_a_configuration_of_the_documentation_is_valid(block: str, tmp_path: Path) -> None:
    (tmp_path / "confsync.yaml").write_text(block, "utf-8")
    environments = tuple(yaml.safe_load(block).get("environments", ()))

    for name in environments or (None,):
        choice = () if name is None else ("-e", name)
        said = confsync("validate", *choice, directory=tmp_path, variables=SECRETS)
        assert said.returncode == 0, said.stderr
        assert "warning" not in said.stdout + said.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every command of the documentation has what it talks of."""
    folder = tmp_path_factory.mktemp("repository")
    for example in ("quickstart", "support-desk"):
        copy_of(example, folder / "examples")
    (folder / "schemas").mkdir()
    (faults,) = re.findall(r"<!-- faults -->\n```json\n(.*?)```", text_of(DOCS / "emulator.md"), re.DOTALL)
    (folder / "faults.json").write_text(faults, "utf-8")
    (folder / "confsync.d").symlink_to(folder / "examples" / "support-desk" / "confsync.d")
    return folder


@pytest.mark.parametrize(("page", "line"), [pytest.param(*each, id=" ".join(each)) for each in commands()])
def test_a_command_of_the_documentation_runs(page: str, line: str, place: Path, tmp_path: Path) -> None:
    del page
    verb, *arguments = shlex.split(line, comments=True)[1:]
    if verb == "init":  # which replaces no file
        place = tmp_path
    if verb == "emulator":
        assert_serves(arguments, place)
        return
    if verb in READS_TWILIO:
        arguments += ["--emulator"]
    saved = verb in {"show", "apply", "rehearse"} and arguments[:1] == ["plan.json"]
    if saved:
        part = ("--kind", "credentials") if verb == "rehearse" else ()  # a rehearsal of everything takes long
        options = ("-e", "dev", "--out", "plan.json", "--emulator", *part)
        assert confsync("plan", *options, directory=place).returncode == 0
    if (verb == "apply" and not saved) or verb == "repair":
        arguments += ["--auto-approve"]
    if verb not in {"schema", "version", "completion"} and not saved and not {"-e", "-C"} & set(arguments):
        arguments += ["-e", "dev"]

    said = confsync(verb, *arguments, directory=place)

    assert said.returncode in ({0, 2} if verb == "drift" else {0}), said.stderr


def assert_serves(arguments: list[str], place: Path) -> None:
    """The emulator says where it is, and goes when it is told to."""
    tool = str(Path(sys.executable).with_name("confsync"))
    command = [tool, "emulator", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=place) as serving:
        assert serving.stdout
        assert serving.stdout.readline().startswith("http://127.0.0.1:")
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(10) in {0, 143}
