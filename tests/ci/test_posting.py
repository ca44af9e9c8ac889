"""One comment for each pull request and one issue for each environment, however often a job runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.ci.__main__ import main
from confsync.ci.forge import ForgeApi, ForgeError, OpenIssue, PostedComment
from confsync.ci.git_login import log_git_in
from confsync.ci.gitlab import GitLab
from confsync.ci.posting import post_comment, update_issue
from tests.receiver import receiver

MARKER = "<!-- confsync drift: main -->"


@dataclass
class Desk:
    """A forge in memory."""

    posted: list[PostedComment] = field(default_factory=list)
    issues: dict[int, str] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)
    notified: list[int] = field(default_factory=list)
    run_url: str = "https://example.com/runs/1"

    def comments(self) -> Iterator[PostedComment]:
        yield from list(self.posted)

    def add_comment(self, body: str) -> None:
        self.posted.append(PostedComment(len(self.posted), body, own=True))

    def replace_comment(self, comment: PostedComment, body: str) -> None:
        self.posted[comment.id] = PostedComment(comment.id, body, own=True)

    def open_issues(self, label: str) -> Iterator[OpenIssue]:
        assert label == "confsync-drift"
        yield from [OpenIssue(number, body) for number, body in self.issues.items() if number not in self.closed]

    def create_issue(self, title: str, body: str, label: str) -> int:
        assert (title, label) == ("Drift", "confsync-drift")
        number = len(self.issues) + 1
        self.issues[number] = body
        self.notified.append(number)
        return number

    def replace_issue(self, number: int, body: str) -> None:
        self.issues[number] = body

    def comment_on_issue(self, number: int, body: str) -> None:
        assert body
        self.notified.append(number)

    def close_issue(self, number: int) -> None:
        self.closed.append(number)


def report(findings: str, night: int = 0) -> str:
    """Write a report whose heading, and the days of whose certificate, are other ones every night."""
    heading = f"{MARKER}\n\n## confsync drift: `main`\n\nFor account `AC…`, ledger serial {night}.\n\n"
    certificate = f"- credentials/ios#certificate: expires on 2027-01-01, in {90 - night} days\n"
    return f"{heading}**Drift: {findings or 'none'}.**\n\n- {findings}\n{certificate}"


@given(st.lists(st.sampled_from(["", "a", "b"]), max_size=12))
def test_people_hear_of_each_change_once(nights: list[str]) -> None:
    desk = Desk()
    for number, findings in enumerate(nights):
        update_issue(desk, "Drift", 2 if findings else 0, report(findings, number))
        assert len(list(desk.open_issues("confsync-drift"))) == (1 if findings else 0)
    changes = sum(before != after for before, after in zip(["", *nights], nights, strict=False))
    assert len(desk.notified) == changes


def test_the_issue_of_another_environment_stays() -> None:
    desk = Desk()
    update_issue(desk, "Drift", 2, report("a").replace("main", "staging"))
    update_issue(desk, "Drift", 2, report("a"))
    update_issue(desk, "Drift", 0, report(""))
    assert desk.closed == [2]


def test_duplicates_are_closed_together() -> None:
    desk = Desk(issues={1: report("a"), 2: report("a")})
    assert update_issue(desk, "Drift", 0, report("")) == "Closed issue 1. Closed issue 2."


@pytest.mark.parametrize("code", [1, 3, 4, 9, 11, 130])
def test_after_a_failure_the_issue_stays_as_it_is(code: int) -> None:
    desk = Desk(issues={1: report("a")})
    with pytest.raises(ForgeError):
        update_issue(desk, "Drift", code, report(""))
    assert (desk.notified, desk.closed) == ([], [])


def test_a_comment_is_replaced_only_if_this_job_wrote_it() -> None:
    theirs = PostedComment(0, "<!-- confsync plan: main -->\nfaked", own=False)
    other = PostedComment(1, "<!-- confsync plan: staging -->\nplan", own=True)
    desk = Desk(posted=[theirs, other])
    assert post_comment(desk, "<!-- confsync plan: main -->\nfirst") == "Commented on the pull request."
    assert post_comment(desk, "<!-- confsync plan: main -->\nsecond") == "Updated the comment on the pull request."
    assert desk.posted == [theirs, other, PostedComment(2, "<!-- confsync plan: main -->\nsecond", own=True)]


def test_a_report_of_something_else_is_not_posted() -> None:
    desk = Desk()
    with pytest.raises(ForgeError):
        post_comment(desk, "hello")
    assert desk.posted == []


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"GH_TOKEN": "t", "GITHUB_SERVER_URL": "https://github.example/"}, "http.https://github.example/.extraheader"),
        ({"GH_TOKEN": "t", "GITHUB_SERVER_URL": "http://github.example"}, None),
        ({"GH_TOKEN": "", "GITHUB_SERVER_URL": "https://github.example"}, None),
        ({"GH_TOKEN": "t"}, None),
    ],
)
def test_git_gets_the_token_for_one_server_and_confsync_does_not(environ: dict[str, str], key: str | None) -> None:
    environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"}
    masked = list(log_git_in(environ))
    assert "GH_TOKEN" not in environ
    assert environ["GIT_CONFIG_VALUE_0"] == "c"
    assert environ.get("GIT_CONFIG_KEY_1") == key
    if key:
        assert environ["GIT_CONFIG_COUNT"] == "2"
        assert environ["GIT_CONFIG_VALUE_1"] == f"AUTHORIZATION: basic {masked[0]}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_gets_neither_the_token_nor_the_comment(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as elsewhere, receiver(status, Location=elsewhere.url) as api:
        monkeypatch.setenv("CI_API_V4_URL", api.url)
        monkeypatch.setenv("CI_PROJECT_ID", "42")
        monkeypatch.setenv("CI_MERGE_REQUEST_IID", "7")
        monkeypatch.setenv("CONFSYNC_GITLAB_TOKEN", "token-canary")
        with pytest.raises(ForgeError, match=f"failed with status {status}"):
            GitLab().add_comment("text")
    assert len(api.requests) == 1
    assert elsewhere.requests == []


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"iid": "x"}'])
def test_an_unexpected_response_is_an_error(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForgeApi, "send", lambda *_: answer)
    with pytest.raises(ForgeError, match="POST /x returned something unexpected"):
        ForgeApi("http://127.0.0.1", {}).send_for("POST", "/x", OpenIssue)


@pytest.mark.parametrize("text", ["version: 1\n", "[1]", "{}", '{"summary": {"create": 1}}', '{"summary": null}', None])
def test_the_numbers_of_what_is_no_plan_are_refused(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(ForgeError, match=r"is not a plan in JSON|cannot be read: No such file or directory\."):
        main(["widget", str(path)], standalone_mode=False)
