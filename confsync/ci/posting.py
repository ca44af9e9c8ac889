"""One comment for each pull request, and one issue for each environment that has drifted."""

import hashlib
import re

from confsync.ci.forge import Forge, ForgeError

LABEL = "confsync-drift"
IN_SYNC, DRIFTED = 0, 2
"""The exit codes of `drift` after which the issue is brought up to date. After any other one, nothing is known."""

_MARKER = "<!-- confsync "
_STATE = "<!-- confsync state: {} -->"


def post_comment(forge: Forge, report: str) -> str:
    """Comment on the pull request, or replace the comment of an earlier run. Return what was done."""
    marker = _marker_of(report)
    for each in forge.comments():
        if each.own and each.body.startswith(marker):
            forge.replace_comment(each, report)
            return "Updated the comment on the pull request."
    forge.add_comment(report)
    return "Commented on the pull request."


def update_issue(forge: Forge, title: str, exit_code: int, report: str) -> str:
    """Open, update or close the issue about drift. Return what was done.

    `report` is the output of `drift` in Markdown, whose first line names the environment. The people who follow the
    issue are notified only if the findings have changed since the last run.

    Raises ForgeError for the exit code of a failure.
    """
    if exit_code not in (IN_SYNC, DRIFTED):
        raise ForgeError(
            f"The exit code {exit_code} does not say whether Twilio matches the configuration.",
            hint="Pass the exit code of `drift` if it is 0 or 2. After any other code, let the job fail.",
        )
    marker = _marker_of(report)
    issues = [each for each in forge.open_issues(LABEL) if each.body.startswith(marker)]
    if exit_code == IN_SYNC:
        for each in issues:
            forge.comment_on_issue(each.number, f"Twilio matches the configuration again: {forge.run_url}")
            forge.close_issue(each.number)
        return "".join(f"Closed issue {each.number}. " for each in issues).strip() or "There is no drift and no issue."
    state = _STATE.format(_digest_of_findings(report))
    body = f"{report.rstrip()}\n\nLast change found by {forge.run_url}\n\n{state}\n"
    if not issues:
        return f"Opened issue {forge.create_issue(title, body, LABEL)}."
    if state in issues[0].body:
        return f"Issue {issues[0].number} is up to date."
    forge.replace_issue(issues[0].number, body)
    forge.comment_on_issue(
        issues[0].number, f"The findings have changed. The description has the new ones: {forge.run_url}"
    )
    return f"Updated issue {issues[0].number}."


def _marker_of(report: str) -> str:
    """Return the hidden first line, which identifies a comment. Raises ForgeError if there is none."""
    marker = report.partition("\n")[0]
    if not marker.startswith(_MARKER):
        raise ForgeError(
            "The report is not Markdown from confsync.", hint="Write it with `--format github --output FILE`."
        )
    return marker


def _digest_of_findings(report: str) -> str:
    """Digest a report without what changes every night: its heading, and the days that a certificate has left."""
    findings = _DAYS_LEFT.sub("", report.partition("\n**")[2])
    return hashlib.sha256(findings.encode()).hexdigest()


_DAYS_LEFT = re.compile(r", in [\d,]+ days?")
