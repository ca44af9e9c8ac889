"""Answers that are wrong, while one role is to be pruned: a read that is not whole deletes nothing, not even that."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from confsync.emulator.emulator import Emulator
from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.mutant import Mutant, Scene, edited, without
from tests.harness import InterceptingTransport

UNREACHABLE = ExitCode.UNREACHABLE
ONE_GONE = edited(without("services/night/roles/nurse"))
HTML = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in place of the emulator's, made from it."""

    status: int
    content: Callable[[bytes], bytes]

    def to(self, request: httpx.Request, response: httpx.Response, body: bytes) -> httpx.Response:
        """Make it."""
        kind = response.headers["content-type"]
        return httpx.Response(self.status, headers={"content-type": kind}, content=self.content(body), request=request)


class Lying(InterceptingTransport):
    """Gives another answer to every request for a place."""

    def __init__(self, emulator: Emulator, place: str, answer: Answer) -> None:
        super().__init__(emulator)
        self.place, self.answer = re.compile(place), answer

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "GET" or not self.place.fullmatch(request.url.path.removeprefix("/v1")):
            return response
        return self.answer.to(request, response, await response.aread())


def _listed(change: Callable[[dict[str, Any], str], object]) -> Callable[[bytes], bytes]:
    """Change a page, whose members are under its key."""

    def content(body: bytes) -> bytes:
        page = json.loads(body)
        change(page, page["meta"]["key"])
        return json.dumps(page).encode()

    return content


def _of_another_account(page: dict[str, Any], key: str) -> None:
    """Have nothing in it that is ours."""
    for each in page[key]:
        each["sid"] = each["sid"][:2] + "0" * 32
        each["account_sid"] = "AC" + "c" * 32


def _fails(status: int) -> Answer:
    body = {"code": 20_000 + status, "message": "no", "more_info": "", "status": status}
    return Answer(status, lambda _: json.dumps(body).encode())


WRONG: dict[str, Answer] = {
    "an empty page": Answer(200, _listed(lambda page, key: page.__setitem__(key, []))),
    "a page without its last": Answer(200, _listed(lambda page, key: page[key].pop())),
    "a page without its key": Answer(200, _listed(lambda page, key: page.pop(key))),
    "a page of null": Answer(200, _listed(lambda page, key: page.__setitem__(key, None))),
    "a page of another account": Answer(200, _listed(_of_another_account)),
    "a page of things without SIDs": Answer(200, _listed(lambda page, key: [each.pop("sid") for each in page[key]])),
    "HTML": Answer(200, lambda _: HTML),
    "an empty object": Answer(200, lambda _: b"{}"),
    "an empty list": Answer(200, lambda _: b"[]"),
    "nothing": Answer(200, lambda _: b""),
    "half of it": Answer(200, lambda body: body[: len(body) // 2]),
    "204": Answer(204, lambda _: b""),
    "a redirect": Answer(302, lambda _: b""),
    "403": _fails(403),
    "404": _fails(404),
    "500": _fails(500),
    "503": _fails(503),
}
LISTS = {
    "the services": "/Services",
    "the credentials": "/Credentials",
    "the addresses": "/Configuration/Addresses",
    "all roles": "/Services/[^/]+/Roles",
    "the participants": "/Services/[^/]+/Conversations/[^/]+/Participants",
    "the webhooks": "/Services/[^/]+/Conversations/[^/]+/Webhooks",
}
THINGS = {
    "each user": "/Services/[^/]+/Users/[^/]+",
    "each conversation": "/Services/[^/]+/Conversations/[^/]+",
    "the account": "/Configuration",
    "everything": ".*",
}
WRONG_THINGS = ("HTML", "an empty object", "nothing", "half of it", "500")
DIFFERENT = {
    ("each user", "404"): ExitCode.REFUSED,
}


def _answered(what: str, place: str, wrong: str) -> Mutant:
    def lie(scene: Scene) -> None:
        scene.write(ONE_GONE)
        scene.transport = Lying(scene.emulator, place, WRONG[wrong])

    ends = ExitCode.NOT_AUTHORISED if wrong == "403" else UNREACHABLE
    return Mutant(name=f"answers: {wrong} for {what}", breaks=lie, ends=ends)


ANSWERS: tuple[Mutant, ...] = (
    *(_answered(what, place, wrong) for what, place in LISTS.items() for wrong in WRONG),
    *(_answered(what, place, wrong) for what, place in THINGS.items() for wrong in WRONG_THINGS),
)
