"""Every page of the documentation that contains generated text, and how its parts are generated."""

import re
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from confsync.cli.options import common_options
from confsync.plan.guardrails import GuardrailRule
from confsync.resources import KINDS
from confsync.starter.ci import published_files
from confsync.version import __version__
from scripts.docs.command_line import code_table, exit_code_table, option_table
from scripts.docs.command_pages import command_pages, command_table
from scripts.docs.comparison import comparison_table
from scripts.docs.demonstration import excerpt_of, plan_the_quickstart
from scripts.docs.faults_page import faults_pages
from scripts.docs.json_pages import common_field_table, document_table, json_pages
from scripts.docs.markdown import code_block, table
from scripts.docs.performance_page import (
    benchmark_table,
    other_tools_table,
    read_results,
    scale_table,
    target_table,
    times_table,
    transports_table,
)
from scripts.docs.promises_page import promises_page
from scripts.docs.reliability import campaign_details, campaign_table, mutation_table
from scripts.docs.resource_pages import resource_pages, special_field_table, type_table
from scripts.docs.risks import risk_table
from tests.faults.matrix import MATRIX
from tests.faults.matrix import PAGES as FAULT_PAGES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

REFERENCES = {"commands": command_pages, "resources": resource_pages, "json": json_pages}
"""The folders that contain only generated pages, and the function that writes these pages, by file name."""

GENERATED_FOLDERS = tuple(DOCS / folder for folder in REFERENCES)

NAMING_THE_VERSION = (
    DOCS / "installing.md",
    DOCS / "pre-commit.md",
    DOCS / "release-files.md",
    ROOT / "Containerfile",
    ROOT / "deploy" / "kubernetes" / "cronjob.yaml",
)

DIAGNOSTICS = """\
# Diagnostics

A *diagnostic* is an error or a warning that confsync reports. Every diagnostic has a code. The meaning of a code never
changes, so you can search for the code, and your programs can test for it.

The diagnostics in this table are errors unless they are marked as warnings. For an error that is not in the table, the
code is `CS9` followed by the [exit code](commands.md#exit-codes), padded with zeros to three digits. For example, if
such an error leads to exit code 11, its code is `CS9011`.

The [configuration language](language.md) and [References](variables.md#references) explain the keys and references in
the table. The [glossary](glossary.md) explains the other terms.

"""


def build_pages() -> Mapping[Path, str]:
    """Build the full text of every page that contains generated text."""
    example = (ROOT / "confsync" / "resources" / "account_webhooks.py").read_text("utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        demonstration = plan_the_quickstart(ROOT / "examples" / "quickstart", Path(scratch))
    measured = read_results()
    generated = {
        ROOT / "README.md": {
            "faults": f"{sum(len(section.rows) for section in MATRIX)} kinds of fault",
            "plan": code_block("console", excerpt_of(demonstration.text)),
        },
        DOCS / "new-resource-type.md": {"type": code_block("python", example)},
        DOCS / "commands.md": {
            "commands": command_table(),
            "options": option_table(common_options()),
            "exit codes": exit_code_table(),
        },
        DOCS / "resources.md": {"types": type_table(), "special fields": special_field_table()},
        DOCS / "json.md": {"fields": common_field_table(), "documents": document_table()},
        DOCS / "reliability.md": {
            "campaigns": "\n".join((*campaign_table(), "")),
            "mutants": "\n".join(mutation_table()),
        },
        DOCS / "campaigns.md": campaign_details(),
        DOCS / "performance.md": {
            "times": "\n".join((*times_table(measured), "")),
            "scale": "\n".join((*scale_table(measured), "")),
        },
        DOCS / "performance-targets.md": {"targets": "\n".join(target_table(measured))},
        DOCS / "benchmark-results.md": {
            "other tools": "\n".join((*other_tools_table(measured), "")),
            "drift": "\n".join((*benchmark_table(measured, "drift", "export"), "")),
            "transports": "\n".join((*transports_table(measured), "")),
        },
        DOCS / "why.md": {"comparison": "\n".join(comparison_table())},
        DOCS / "reviewing.md": {"plan": code_block("console", demonstration.text)},
        DOCS / "plan-comments.md": {"comment": code_block("markdown", demonstration.markdown)},
        DOCS / "guardrails.md": {"guardrails": _guardrail_table()},
        DOCS / "risks.md": {"risks": risk_table(KINDS)},
        DOCS / "scheduling-systemd.md": _systemd_units(),
        DOCS / "scheduling-kubernetes.md": {"cronjob": _cronjob()},
    }
    return {
        **{ROOT / path: text for path, text in published_files().items()},
        **{path: _with_version(path.read_text("utf-8")) for path in NAMING_THE_VERSION},
        DOCS / "promises.md": promises_page(),
        **{DOCS / name: text for name, text in faults_pages(FAULT_PAGES).items()},
        DOCS / "diagnostics.md": f"{DIAGNOSTICS}{code_table()}\n",
        **{
            DOCS / folder / name: text
            for folder, write_pages in REFERENCES.items()
            for name, text in write_pages().items()
        },
        **{path: _with_parts(path, parts) for path, parts in generated.items()},
    }


def _systemd_units() -> Mapping[str, str]:
    """Show the files for systemd on the page that says how to install them."""
    units = {"service": "confsync-drift.service", "timer": "confsync-drift.timer"}
    folder = ROOT / "deploy" / "systemd"
    return {name: code_block("text", (folder / unit).read_text("utf-8")) for name, unit in units.items()}


def _cronjob() -> str:
    """Show the file for Kubernetes, with the image of this version."""
    manifest = (ROOT / "deploy" / "kubernetes" / "cronjob.yaml").read_text("utf-8")
    return code_block("yaml", _with_version(manifest))


def _guardrail_table() -> str:
    rows = ((f"`{rule}`", rule.when, rule.overridden_by) for rule in GuardrailRule)
    return table(("guardrail", "blocks the plan if", "override, or what to do instead"), rows)


def _with_version(text: str) -> str:
    """Write the version of the code wherever a file, a package or a tag has one in its name."""
    return re.sub(
        r"(confsync(?:-|==|:)|`scripts/release v|rev: v|ARG VERSION=)\d+\.\d+\.\d+",
        rf"\g<1>{__version__}",
        text,
    )


def _with_parts(path: Path, parts: Mapping[str, str]) -> str:
    """Replace the text between the `begin` and `end` comments of each part."""
    text = path.read_text("utf-8")
    for name, part in parts.items():
        markers = re.compile(f"(<!-- begin {name} -->(\n?)).*?(<!-- end {name} -->)", re.DOTALL)
        if not markers.search(text):
            raise SystemExit(f"{path.name} lacks the comments <!-- begin {name} --> and <!-- end {name} -->. Add them.")
        text = markers.sub(partial(_between_markers, part), text)
    return text


def _between_markers(part: str, match: re.Match[str]) -> str:
    return f"{match[1]}{part}{match[2]}{match[3]}"
