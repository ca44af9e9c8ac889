"""What the documentation shows is tried: links lead somewhere, configurations are valid, commands run."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from confsync.exit_codes import ExitCode
from scripts.docs.pages import GENERATED_FOLDERS
from tests.receiver import receiver
from tests.repository.paths import DOCS, ROOT, confsync
from tests.repository.test_examples import copy_of
from tests.repository.test_walkthroughs import LONG_PAGES as LONG_WALKTHROUGHS
from tests.repository.test_walkthroughs import PAGES as WALKTHROUGHS

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")))
RUN_ELSEWHERE = {
    "adopting.md": "tests/acceptance/test_adopting.py",
    "terraform.md": "tests/terraform/test_guide.py",
    **dict.fromkeys((*WALKTHROUGHS, *LONG_WALKTHROUGHS), "tests/repository/test_walkthroughs.py"),
}
"""Pages whose blocks are steps: a test of their own runs them in order."""

NOT_RUN = {
    "scripts/test": "it runs these tests; tests/repository/test_scripts.py runs it with other tests",
    "scripts/demo": "tests/repository/test_scripts.py runs it",
    "scripts/install": "it downloads packages",
    "mkdir -p .confsync": "the folder exists in the tests",
    "mkdir support-desk": "the tests have a folder",
    "cd support-desk": "as above",
    "export OTEL_EXPORTER_OTLP_ENDPOINT": "tests/cli/test_telemetry.py sets it to a collector of its own",
    "gh ": "it changes a repository on GitHub; tests/ci/test_github.py runs the jobs that use the secrets",
    "openssl rand -hex 32 | gh ": "as above",
    "glab ": "it changes a project on GitLab; tests/ci/test_gitlab.py runs the jobs that use the variables",
    "kubectl ": "it needs a cluster; tests/ci/test_lint.py checks the files",
    "docker ": "it needs a container engine; tests/ci/test_lint.py checks the Containerfile",
    "lock='uv pip compile": "it asks a package index for the newest versions",
    "$lock": "as above",
    "python benchmarks/": "they take minutes; tests/repository/test_benchmarks.py runs a sample",
    "python -m venv .venv-peers": "it is for packages that the next lines download",
    ".venv-peers/bin/pip": "it downloads packages",
    "npm install --prefix .venv-peers": "as above",
    "echo 'confsync.ledger*.json merge=confsync'": "tests/cli/test_git_ledger.py sets up Git like this",
    "git config merge.confsync.driver": "tests/cli/test_git_ledger.py sets up Git like this",
    "git fetch https://github.com/OWNER/": "it needs GitHub; tests/cli/test_snapshots.py reads the file from a remote",
    "git show FETCH_HEAD:": "as above",
    "git init --initial-branch main settings": "it makes the repository of a reader; tests/ci/test_github.py has one",
    "cd settings": "as above",
    "git commit --": "as above",
    "git switch --create confsync": "as above",
    "git add .confsync": "as above",
    "git push --set-upstream origin confsync": "as above",
    "git ls-tree -r --name-only FETCH_HEAD": "it lists what the next line reads",
    "openssl rand -hex 32 | tee ": "it sets a secret; tests/ci/test_github.py runs the jobs with it",
    "openssl rand -hex 32 | glab ": "it changes a project on GitLab; tests/ci/test_gitlab.py runs the jobs with it",
    "export CONFSYNC_BASE_URL=http": "tests/ci/test_gitlab.py and tests/ci/test_github.py use such a server",
    "export TWILIO_ACCOUNT_SID=ACa": "as above",
    "gh secret set": "it sets secrets on GitHub; tests/ci/test_github.py runs the jobs with them",
    "openssl rand -hex 32 | gh secret set": "as above",
    "gh api -X PUT": "it changes settings on GitHub",
    "glab variable set": "it sets variables on GitLab; tests/ci/test_gitlab.py runs the jobs with them",
    "kubectl": "it needs a cluster; tests/ci/test_lint.py checks the manifest",
    "docker build": "it needs a container tool; tests/ci/test_lint.py checks the file",
    "docker run --rm --read-only --tmpfs": "as above",
}
"""The lines in shell blocks that do not begin with `confsync`, by how they begin, with the reason."""

READS_TWILIO = ("init", "list", "export", "pull", "output", "plan", "apply", "drift", "doctor", "rehearse", "repair")
SECRETS = {"ANDROID_API_KEY": "throw-away"}


def named(path: Path) -> str:
    """How a page is called in the name of a test."""
    return str(path.relative_to(ROOT))


def runs_elsewhere(page: Path) -> bool:
    """Whether a test of its own runs the blocks of a page; docs/commands/ has pages of the same names."""
    return page.parent == DOCS and page.name in RUN_ELSEWHERE


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def links(page: Path) -> Iterator[str]:
    """Every link that leads into the repository, code apart."""
    text = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    yield from (link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("https://"))


@cache
def headings(page: Path) -> set[str]:
    """The anchors that a page has, as a renderer of Markdown makes them."""
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def configurations() -> Iterator[tuple[str, str]]:
    """Every block that is marked as a whole configuration."""
    for page in PAGES:
        blocks = re.findall(r"<!-- configuration -->\n```yaml\n(.*?)```", text_of(page), re.DOTALL)
        yield from ((f"{named(page)} {number}", block) for number, block in enumerate(blocks, 1))


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Every fenced block of a page: its language and its text."""
    text = re.sub(r"^<!-- not run -->\n```sh\n.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


SET_BY_JOBS = {
    "CONFSYNC_COMMENT_AUTHOR": "the GitHub action sets it",
    "CONFSYNC_GITLAB_TOKEN": "the comment at the top of the jobs for GitLab describes it",
}
"""Environment variables that need no page, with the reason."""

INSTALLS = ("installing.md", "release-files.md")
"""Pages with blocks after the comment `not run`: they install or verify what the tests have no access to."""


def shell_lines(page: Path) -> Iterator[str]:
    """Every line that the page tells a reader to type: in a shell block, or after `$ ` in another one."""
    for language, block in blocks(page):
        pattern = r"^ *(\S.*)$" if language in {"sh", "bash", "shell"} else r"^ *\$ (.*)$"
        yield from re.findall(pattern, re.sub(r" *\\\n *", " ", block), re.MULTILINE)


def commands() -> dict[str, str]:
    """Every line of a shell block, or piece of code in a sentence, that runs the tool, and a page that has it."""
    return {line: page for page, line in _commands()}


def _commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        lines = () if runs_elsewhere(page) else shell_lines(page)
        yield from ((named(page), line) for line in lines if line.startswith("confsync "))
        generated = page.parent in GENERATED_FOLDERS
        sentences = "" if generated else re.sub(r"```.*?```|<!-- begin .*?<!-- end", "", text_of(page), flags=re.DOTALL)
        yield from ((named(page), line) for line in re.findall(r"`(confsync [a-z][^`]*)`", sentences))


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in headings(target))


def test_every_link_leads_somewhere() -> None:
    found = [(page, link) for page in PAGES for link in links(page)]
    assert found
    assert [f"{named(page)}: {link}" for page, link in found if not leads_somewhere(page, link)] == []


def external_links(page: Path) -> list[str]:
    """Every link with a scheme, code apart."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text_of(page), flags=re.DOTALL)
    return list(map("".join, re.findall(r"\]\((\w+:[^)]*)\)|^\[[^\]]+\]: (\S+)$", text, re.MULTILINE)))


def is_the_address_of_a_page(link: str) -> bool:
    address = urlsplit(link)
    return address.scheme == "https" and bool(re.fullmatch(r"([\w-]+\.)+[a-z]{2,}", address.hostname or ""))


def test_every_external_link_is_the_address_of_a_page() -> None:
    found = [(page, link) for page in PAGES for link in external_links(page)]
    assert found
    assert [f"{named(page)}: {link}" for page, link in found if not is_the_address_of_a_page(link)] == []


def test_every_line_of_a_shell_block_runs_in_a_test_or_is_an_exception() -> None:
    lines = [line for page in PAGES if not runs_elsewhere(page) for line in shell_lines(page)]
    others = [line for line in lines if not line.startswith(("confsync ", "#"))]

    missing = [line for line in others if not line.startswith(tuple(NOT_RUN))]
    assert missing == [], "run these lines in a test, or add them to NOT_RUN with the reason"
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in others)] == []
    assert [
        test
        for test in {*RUN_ELSEWHERE.values(), *re.findall(r"tests/\S+\.py", " ".join(NOT_RUN.values()))}
        if not (ROOT / test).exists()
    ] == []


def test_only_pages_that_install_something_have_blocks_that_do_not_run() -> None:
    assert [page.name for page in PAGES if "<!-- not run -->" in text_of(page)] == list(INSTALLS)


def test_a_page_whose_commands_run_elsewhere_is_named_there() -> None:
    for page, test in RUN_ELSEWHERE.items():
        assert page in text_of(ROOT / test)


def test_shell_blocks_are_called_sh() -> None:
    """Otherwise, nobody would run them."""
    languages = {language for page in PAGES for language, _ in blocks(page)}

    assert languages <= {"", "sh", "console", "text", "yaml", "json", "python", "diff", "markdown", "lua"}


def test_every_environment_variable_of_confsync_is_documented() -> None:
    code = "".join(text_of(path) for path in (ROOT / "confsync").rglob("*.py"))
    pages = "".join(map(text_of, PAGES))

    read = set(re.findall(r"\bCONFSYNC_[A-Z_]*[A-Z]\b", code))
    assert {name for name in read if name not in pages} <= set(SET_BY_JOBS)


def test_the_page_on_failed_jobs_says_what_to_do_about_every_exit_code() -> None:
    page = text_of(DOCS / "ci-failures.md")
    rows = re.findall(r"^\| ([\d, ]+)(?:, killed)? \| \S.* \| \S.* \|$", page, re.MULTILINE)
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
    (faults,) = re.findall(r"<!-- faults -->\n```json\n(.*?)```", text_of(DOCS / "emulator-faults.md"), re.DOTALL)
    (folder / "faults.json").write_text(faults, "utf-8")
    (folder / "confsync.d").symlink_to(folder / "examples" / "support-desk" / "confsync.d")
    return folder


@pytest.mark.parametrize("line", [pytest.param(line, id=f"{page} {line}") for line, page in commands().items()])
def test_a_command_of_the_documentation_runs(line: str, place: Path, tmp_path: Path) -> None:
    verb, *arguments = shlex.split(line, comments=True)[1:]
    if verb == "init":  # which replaces no file
        place = tmp_path
    if verb == "emulator":
        assert_serves(arguments, place)
        return
    if "--report" in arguments:  # which renders what an earlier run recorded
        recorded = confsync("drift", "--history", "drift.db", "-e", "dev", "--emulator", directory=place)
        assert recorded.returncode in {0, 2}
    elif verb in READS_TWILIO:
        arguments += ["--emulator"]
    if verb == "fmt" and "--check" in arguments:  # the test of `fmt` itself may run in another process
        assert confsync("fmt", "-e", "dev", directory=place).returncode == 0
    if "--against" in arguments:
        assert confsync("drift", "-e", "prod", "--emulator", directory=place).returncode in {0, 2}
    saved = verb in {"show", "apply", "rehearse"} and arguments[:1] == ["plan.json"]
    if saved:
        part = ("--kind", "credentials") if verb == "rehearse" else ()  # a rehearsal of everything takes long
        options = ("-e", "dev", "--out", "plan.json", "--emulator", *part)
        assert confsync("plan", *options, directory=place).returncode == 0
    if (verb == "apply" and not saved) or verb == "repair":
        arguments += ["--auto-approve"]
    if verb not in {"schema", "version", "completion"} and not saved and not {"-e", "-C"} & set(arguments):
        arguments += ["-e", "dev"]

    with receiver() if "--notify" in arguments else nullcontext() as server:
        urls = {f"CONFSYNC_{each}_URL": server.url for each in ("WEBHOOK", "SLACK")} if server else {}
        said = confsync(verb, *arguments, directory=place, variables=urls)

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
