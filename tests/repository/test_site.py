"""The documentation site has every page, shows it as GitHub does, and needs no network."""

import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from markdown_it import MarkdownIt

from confsync.cli.main import COMMANDS
from scripts.docs.site import example_pages, for_the_site, navigation, path_on_site, renamed
from tests.browser import browser
from tests.repository.paths import DOCS, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]

FILES = [*DOCS.rglob("*.md"), *(ROOT / name for name in renamed())]
PAGES = {path_on_site(path.relative_to(ROOT).as_posix()): path for path in FILES}
"""The file of each page, by its path on the site."""


INDEX = (DOCS / "README.md").read_text("utf-8")


class Outline(HTMLParser):
    """The blocks of a page in order, and the text of its code."""

    BLOCKS = frozenset({*(f"h{level}" for level in range(1, 7)), "ul", "ol", "li", "table", "tr", "th", "td", "pre"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.code: list[str] = []
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in self.BLOCKS:
            self.blocks.append(tag)
        if tag == "code":
            self._depth += 1
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.code[-1] += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site. The first process of a test run builds it, and the others wait."""
    if not find_spec("material"):
        pytest.skip("MkDocs is not installed; run scripts/install docs")
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, unfinished = shared / "site", shared / "unfinished-site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(unfinished)]
            built = subprocess.run(command, cwd=ROOT, env=QUIET, capture_output=True, text=True, check=False)
            assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
            unfinished.rename(folder)
    return folder


QUIET = {"NO_MKDOCS_2_WARNING": "1"}


def test_every_page_is_in_the_index_from_which_the_site_takes_its_navigation() -> None:
    paths = list(paths_in(navigation(INDEX)))
    listed = set(paths)

    assert len(paths) == len(listed)
    missing = set(PAGES) - listed
    assert not missing, f"add a row for {sorted(missing)} to the section of docs/README.md where readers would look"
    assert listed - set(PAGES) == {"examples/README.md"}


def paths_in(entry: object) -> Iterator[str]:
    """Every path in a navigation, however deep."""
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        yield from paths_in(list(entry.values()))
    elif isinstance(entry, list):
        for each in entry:
            yield from paths_in(each)


def test_the_pages_in_a_folder_are_below_their_index_in_the_order_of_its_table() -> None:
    reference = next(section["Reference"] for section in navigation(INDEX) if "Reference" in section)
    assert isinstance(reference, list)
    (commands,) = (entry["Commands"] for entry in reference if "Commands" in entry)

    assert commands[:3] == ["commands/index.md", {"init": "commands/init.md"}, {"validate": "commands/validate.md"}]
    assert [next(iter(entry)) for entry in commands[1:]] == list(COMMANDS)


def test_links_lead_to_the_same_file_on_the_site() -> None:
    text = "[a](../CONTRIBUTING.md#setup) [b](../examples/quickstart/confsync.yaml) [ci.md](ci.md) [t](../tests/README)"

    assert for_the_site(text, "safety.md").startswith(
        "[a](contributing.md#setup) [b](examples/quickstart.md) [Continuous integration](ci.md) "
    )
    assert for_the_site("[a](docs/ci.md#x)", "contributing.md") == "[a](ci.md#x)"
    assert for_the_site("[a](commands.md#x) [b](commands/plan.md)", "ci.md") == (
        "[a](commands/index.md#x) [b](commands/plan.md)"
    )
    assert for_the_site("[a](commands/plan.md) [b](ci.md)", "commands/index.md") == "[a](plan.md) [b](../ci.md)"
    assert for_the_site("[a](../commands.md) [b](../ci.md)", "commands/plan.md") == "[a](index.md) [b](../ci.md)"
    assert for_the_site("[a](../pyproject.toml)", "safety.md") == "a"
    assert for_the_site("[a](missing.md) [b](https://example.com/a.md)", "ci.md") == (
        "[a](missing.md) [b](https://example.com/a.md)"
    )


def test_code_blocks_are_left_alone() -> None:
    text = "```md\n[a](../CONTRIBUTING.md)\n| `a\\|b` |\n```\n| `a\\|b` |\n"

    assert for_the_site(text, "ci.md") == text.replace("\n| `a\\|b` |\n", "\n| `a|b` |\n").replace(
        "| `a|b` |", "| `a\\|b` |", 1
    )


def test_every_example_has_a_page_with_its_files() -> None:
    pages = example_pages()

    assert "hooks_host" in pages["examples/quickstart.md"]
    assert all(
        f"]({page.removeprefix('examples/').removesuffix('.md')}/" in pages["examples/README.md"]
        for page in pages
        if "README" not in page
    )


@pytest.mark.needs_tools
@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_site_shows_a_page_as_github_does(page: str, site: Path) -> None:
    built = (site / page.replace("README", "index").replace(".md", ".html")).read_text("utf-8")
    article = built.partition("<article")[2].partition("</article>")[0].partition('<nav class="md-footer')[0]
    expected = Outline(MarkdownIt("commonmark").enable("table").render(PAGES[page].read_text("utf-8")))

    shown = Outline(article)

    assert shown.blocks == expected.blocks
    assert [each.split() for each in shown.code] == [each.split() for each in expected.code]


@pytest.mark.needs_tools
def test_no_page_of_the_site_loads_anything_from_the_network(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link)[^>]*(?:src|href)=[\"']?(?:https?:)?//[^>]*>")

    assert {
        path.name: found for path in site.rglob("*.html") if (found := loads.findall(path.read_text("utf-8")))
    } == {}


@pytest.mark.needs_tools
def test_the_search_index_covers_all_pages_and_can_be_loaded_from_a_file(site: Path) -> None:
    index = (site / "search" / "search_index.js").read_text("utf-8")
    documents = json.loads(index.removeprefix("var __index = "))["docs"]

    pages = {document["location"].partition("#")[0] for document in documents}
    assert {page.replace(".md", ".html") for page in PAGES if page != "README.md"} <= pages
    assert any("CONFSYNC_FINGERPRINT_KEY" in document["text"] for document in documents)


@pytest.mark.needs_tools
@pytest.mark.parametrize(
    ("page", "scheme", "width"),
    [
        ("index", "light", 400),
        ("index", "dark", 1280),
        ("getting-started", "light", 1280),
        ("getting-started", "dark", 400),
        ("what-happens-if", "light", 400),
        ("why", "dark", 1280),
        ("commands/index", "light", 1280),
        ("resources/role", "dark", 1280),
        ("json/plan", "light", 400),
    ],
)
def test_axe_finds_nothing_serious(
    page: str, scheme: Literal["light", "dark"], width: int, site: Path, browser: "Browser"
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 — only the `browser` extra installs it

    with browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme) as opened:
        opened.goto((site / f"{page}.html").as_uri())
        opened.wait_for_selector("[aria-label=Search][role=dialog]", state="attached")
        found = Axe().run(opened).response["violations"]
    severe = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"]) for each in severe] == []


@pytest.mark.needs_tools
def test_a_reader_searches_the_site_without_a_server(site: Path, browser: "Browser") -> None:
    with browser.new_page() as page:
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto((site / "index.html").as_uri())
        page.fill("input[name=query]", "CONFSYNC_FINGERPRINT_KEY")
        page.wait_for_selector(".md-search-result__item")
        assert "Secrets" in page.inner_text(".md-search-result__list")
        assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
