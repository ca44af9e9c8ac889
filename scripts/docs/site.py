"""Adapts docs/ to the site; mkdocs calls the functions `on_…`.

docs/ is written to be read on GitHub. The site has the same pages, and their links lead to the same places: links to
files outside docs/, such as the examples, lead to pages that are made here. A page with a folder of its own, such as
docs/commands.md, is the index of that folder.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown import Markdown
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
EXAMPLES = ROOT / "examples"

EXAMPLE_LIST = "examples/README.md"
OUTSIDE = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files at the top of the repository that are pages of the site, under these names."""

_FENCED = re.compile(r"^ *(?P<fence>`{3,}).*?^ *(?P=fence)`*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?!\w+:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_ROW = re.compile(r"^\| \[`?([^\]`]+)`?\]\(([^)#]+)\) \|", re.MULTILINE)
_CODE = re.compile(r"(`[^`\n]*`)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Take the navigation from the list of pages, and read nested lists and headings as GitHub does."""
    from markdown import Extension  # noqa: PLC0415 — the tests import this file without the `docs` extra

    config.nav = navigation(INDEX.read_text("utf-8"))
    config.markdown_extensions.insert(0, type("NestedLists", (Extension,), {"extendMarkdown": _nest_by_two_spaces})())
    config.mdx_configs["toc"]["slugify"] = github_anchor
    return config


def _nest_by_two_spaces(_: object, markdown: Markdown) -> None:
    """Read lists as GitHub does: an item that is indented by two spaces belongs to the item above it."""
    markdown.tab_length = 2
    markdown.build_parser()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside docs/, a page for each example, and the schemas; move each index into its folder."""
    from mkdocs.structure.files import File, InclusionLevel  # noqa: PLC0415 — as above

    for index in indices():
        files.remove(files.src_uris[index.removeprefix("docs/")])
    for name, page in renamed().items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text("utf-8")))
    for page, text in example_pages().items():
        inclusion = InclusionLevel.INCLUDED if page == EXAMPLE_LIST else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, page, content=text, inclusion=inclusion))
    for schema in sorted((ROOT / "schemas").glob("*.json")):
        files.append(File.generated(config, f"schemas/{schema.name}", abs_src_path=str(schema)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the text of a page one that this renderer shows as GitHub does."""
    del config, files
    if page.file.src_uri == "README.md":
        page.meta["hide"] = ["navigation"]  # it would contain only this page
    return for_the_site(markdown, page.file.src_uri)


@cache
def indices() -> Mapping[str, str]:
    """Give the pages that have a folder of their own, by the path in the repository, with the path on the site."""
    return {f"docs/{each.name}": f"{each.stem}/index.md" for each in DOCS.glob("*.md") if each.with_suffix("").is_dir()}


def renamed() -> Mapping[str, str]:
    """Give the pages that are elsewhere on the site, by the path in the repository, with the path on the site."""
    return {**OUTSIDE, **indices()}


def navigation(index: str) -> list[dict[str, object]]:
    """Read the sections of the index, each with its pages by title."""
    sections: list[dict[str, object]] = [{"Home": "README.md"}]
    for section in index.split("\n## ")[1:]:
        rows = _ROW.findall(section)
        title = section.partition("\n")[0]
        if rows:
            sections.append({title: [{name: _entry(path)} for name, path in rows]})
    return sections


def _entry(path: str) -> object:
    """Give the path of a page on the site or, if the page has a folder, the index and the pages that it lists."""
    if f"docs/{path}" not in indices():
        return site_path(path, "README.md")
    text = (DOCS / path).read_text("utf-8")
    rows = dict.fromkeys(_ROW.findall(text))  # several tables may list the same page
    listed = ((name, each) for name, each in rows if each.startswith(path.replace(".md", "/")))
    return [indices()[f"docs/{path}"], *({name: each} for name, each in listed)]


def for_the_site(markdown: str, page: str) -> str:
    """Rewrite links, and code in tables; leave blocks of code alone."""
    written, end = [], 0
    for block in _FENCED.finditer(markdown):
        written += [_rewritten(markdown[end : block.start()], page), block[0]]
        end = block.end()
    return "".join((*written, _rewritten(markdown[end:], page)))


def _rewritten(text: str, page: str) -> str:
    linked = _LINK.sub(lambda link: _link_on_site(link, page), text)
    return re.sub(r"^\|.*\|$", _with_plain_pipes, linked, flags=re.MULTILINE)


def _with_plain_pipes(row: re.Match[str]) -> str:
    r"""Replace `\|` in the code of a table: GitHub needs the backslash, and Python-Markdown would show it."""
    return _CODE.sub(lambda code: code[1].replace("\\|", "|"), row[0])


def _link_on_site(link: re.Match[str], page: str) -> str:
    """Rewrite a link; of one to a file that the site does not have, such as a test, keep the text."""
    path = _in_repository(link["path"], page)
    if not path.startswith(("docs/", "examples", "schemas")) and path not in OUTSIDE and (ROOT / path).exists():
        return link["text"]
    text = titles().get(path, link["text"]) if link["text"] == posixpath.basename(path) else link["text"]
    return f"[{text}]({site_path(link['path'], page)}{link['anchor'] or ''})"


@cache
def titles() -> Mapping[str, str]:
    """Give the title of each page in the index, by the path of its file in the repository."""
    return {_in_repository(path, "README.md"): title for title, path in _ROW.findall(INDEX.read_text("utf-8"))}


def site_path(link: str, page: str) -> str:
    """Translate the path of a link on a page into the path of the same file on the site."""
    return posixpath.relpath(path_on_site(_in_repository(link, page)), posixpath.dirname(page) or ".")


def _in_repository(link: str, page: str) -> str:
    """Find which file of the repository a page links to."""
    original = {name: path for path, name in renamed().items()}
    source = page if page.startswith("examples/") else original.get(page, f"docs/{page}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def path_on_site(path: str) -> str:
    """Translate a path in the repository into one on the site; a path without a page stays, and fails the build."""
    folder, _, rest = path.partition("/")
    if path in renamed():
        return renamed()[path]
    if folder == "examples":
        return f"examples/{rest.partition('/')[0].removesuffix('.md') or 'README'}.md"
    if folder == "schemas":
        return path if rest else path_on_site("docs/json.md")
    return rest if folder == "docs" else f"../{path}"


def example_pages() -> Mapping[str, str]:
    """Write a page for each example, and take the list of examples from the repository."""
    examples = sorted(path for path in EXAMPLES.iterdir() if path.is_dir())
    return {
        EXAMPLE_LIST: (EXAMPLES / "README.md").read_text("utf-8"),
        **{f"examples/{each.name}.md": "\n".join(_example_page(each)) for each in examples},
    }


def _example_page(example: Path) -> Iterator[str]:
    yield f"# {example.name}\n"
    for file in _files_of(example):
        yield f"## {file.relative_to(example)}\n\n```yaml\n{file.read_text('utf-8').strip()}\n```\n"


def _files_of(example: Path) -> list[Path]:
    return sorted(path for path in example.rglob("*.yaml") if not {".confsync", "secrets"} & set(path.parts))


def github_anchor(heading: str, separator: str) -> str:
    """Make the anchor of a heading as GitHub does."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", separator)
