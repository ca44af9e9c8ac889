"""A page that needs nothing else: what it shows, with our own style and script, and a policy that allows no more."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files
from string import Template

from confsync.views.documents import DiagnosticPart
from confsync.views.markup import NOTHING, Markup, element, joined


def page(
    title: str, header: Markup, body: Iterable[Markup], *, facets: Iterable[Markup] = (), outline: Markup = NOTHING
) -> str:
    """Make a page. Everything is there without its script, which adds the filter and makes a tree of the outline."""
    style, script = _part("css"), _part("js")
    filled = {
        "policy": _policy(style, script),
        "title": joined([title]),
        "style": style,
        "script": script,
        "header": header,
        "facets": joined(facets),
        "outline": outline,
        "body": joined(body),
    }
    return Template(_part("html")).substitute(filled)


def facts(told: Iterable[tuple[str, Markup]]) -> Markup:
    """Show what a page is about, below its head."""
    rows = [element("div", element("dt", name), element("dd", said)) for name, said in told]
    return element("dl", *rows, class_="facts")


def diagnostic(said: DiagnosticPart) -> Markup:
    """Show a mistake or a warning, with the line that it is about."""
    place = said.range and f"{said.range.file}:{said.range.start.line}"
    return element(
        "section",
        element("h2", f"{said.severity} {said.code}: {said.summary}"),
        element("p", said.detail) if said.detail else NOTHING,
        element("p", element("code", place), class_="why") if place else NOTHING,
        element("pre", said.snippet) if said.snippet else NOTHING,
        class_="warning" if said.severity == "warning" else "guardrail",
    )


def _part(suffix: str) -> str:
    return files("confsync.views").joinpath("html", f"plan.{suffix}").read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Allow our own style and script, told by their hashes, and nothing from anywhere."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
