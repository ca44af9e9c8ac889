"""A ledger that is lost, spoilt, another's, or says what is not so; and a configuration that lost much besides."""

import json
from collections.abc import Callable
from typing import Any

from confsync.exit_codes import ExitCode
from confsync.state.ledger_name import ledger_name
from tests.acceptance.mutants.mutant import DONE, REFUSED, Mutant, Scene, Tree, edited, in_each, put, without

LOCAL = ExitCode.LOCAL
MUCH_GONE = edited(
    without("services/support/roles"), without("services/sales/users"), without("services/night/roles/guard")
)
ONE_GONE = edited(without("services/night/roles/nurse"))


def _limit(_: str, resource: Tree) -> None:
    resource["lifecycle"] = {**resource.get("lifecycle", {}), "only": ["prod"]}


SHARED = edited(
    put("environments/dev/account_sid", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    *(in_each(path, _limit) for path in ("services", "credentials", "account/addresses")),
    without("services/support/roles"),
    without("services/night/roles/guard"),
)


def _ledger(name: str, ends: ExitCode, breaks: Callable[[Scene], object], written: str = MUCH_GONE) -> Mutant:
    def prepare(scene: Scene) -> None:
        scene.write(written)
        breaks(scene)

    return Mutant(name=f"ledger: {name}", breaks=prepare, ends=ends)


def _is(content: bytes) -> Callable[[Scene], object]:
    return lambda scene: scene.ledger_path.write_bytes(content)


def _is_cut(part: float) -> Callable[[Scene], object]:
    def cut(scene: Scene) -> None:
        whole = scene.ledger_path.read_bytes()
        scene.ledger_path.write_bytes(whole[: int(len(whole) * part)])

    return cut


def _says(change: Callable[[dict[str, Any]], object]) -> Callable[[Scene], object]:
    def rewrite(scene: Scene) -> None:
        written = json.loads(scene.ledger_path.read_text("utf-8"))
        change(written)
        scene.ledger_path.write_text(json.dumps(written), "utf-8")

    return rewrite


def _entry(written: dict[str, Any], address: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in written["entries"] if each["address"] == address)
    return found


def _conflict(scene: Scene) -> None:
    whole = scene.ledger_path.read_text("utf-8")
    scene.ledger_path.write_text(f"<<<<<<< HEAD\n{whole}=======\n{whole}>>>>>>> theirs\n", "utf-8")


def _conflict_inside(scene: Scene) -> None:
    whole = scene.ledger_path.read_text("utf-8")
    serial = next(line for line in whole.splitlines() if '"serial"' in line)
    both = f'<<<<<<< HEAD\n{serial}\n=======\n  "serial": 9\n>>>>>>> theirs'
    scene.ledger_path.write_text(whole.replace(serial, both), "utf-8")


def _lost(scene: Scene) -> None:
    scene.ledger_path.unlink()


def _a_folder(scene: Scene) -> None:
    scene.ledger_path.unlink()
    scene.ledger_path.mkdir()


def _adopted(written: dict[str, Any]) -> None:
    """Say that nothing was made by us."""
    for each in written["entries"]:
        each["origin"] = "adopted"


def _twice_current(written: dict[str, Any]) -> None:
    twin = dict(_entry(written, "services/night/roles/guard"), sid="RL" + "0" * 32)
    written["entries"].append(twin)


def _twice_owned(written: dict[str, Any]) -> None:
    twin = dict(_entry(written, "services/night/roles/guard"), address="services/night/roles/other")
    written["entries"].append(twin)


def _shared(scene: Scene) -> None:
    """Let the other environment of the account own the same resources."""
    scene.ledger_path.with_name(ledger_name("dev")).write_bytes(scene.ledger_path.read_bytes())


def _shared_and_lost(scene: Scene) -> None:
    _shared(scene)
    _lost(scene)


def _halved(written: dict[str, Any]) -> None:
    written["entries"] = written["entries"][::2]


def _nothing_protected(written: dict[str, Any]) -> None:
    for each in written["entries"]:
        each["protect"] = False


def _elsewhere(written: dict[str, Any]) -> None:
    """Have the roles of one service under another."""
    for each in written["entries"]:
        each["address"] = each["address"].replace("services/sales/roles", "services/night/roles")


def _strangers(written: dict[str, Any]) -> None:
    """Own what is not there."""
    for each in written["entries"]:
        if each["sid"]:
            each["sid"] = each["sid"][:2] + each["sid"][:1:-1]


LEDGERS: tuple[Mutant, ...] = (
    _ledger("lost", DONE, _lost),
    _ledger("lost, and one role gone", DONE, _lost, ONE_GONE),
    _ledger("empty", LOCAL, _is(b"")),
    _ledger("blank", LOCAL, _is(b" \n")),
    _ledger("an empty mapping", LOCAL, _is(b"{}")),
    _ledger("null", LOCAL, _is(b"null")),
    _ledger("a list", LOCAL, _is(b"[]")),
    _ledger("a page of HTML", LOCAL, _is(b"<html><body>404</body></html>")),
    _ledger("zeros", LOCAL, _is(bytes(4096))),
    _ledger("not text", LOCAL, _is(b"\xff\xfe\x00")),
    _ledger("a folder", LOCAL, _a_folder),
    *(_ledger(f"cut after {part:.0%}", LOCAL, _is_cut(part)) for part in (0.01, 0.25, 0.5, 0.75, 0.99)),
    _ledger("in conflict", LOCAL, _conflict),
    _ledger("in conflict about its serial", LOCAL, _conflict_inside),
    _ledger("from the future", LOCAL, _says(lambda written: written.update(format_version=99))),
    _ledger("of no version", LOCAL, _says(lambda written: written.pop("format_version"))),
    _ledger("of another account", REFUSED, _says(lambda written: written.update(account_sid="AC" + "c" * 32))),
    _ledger("of another host", REFUSED, _says(lambda written: written.update(host="conversations.twilio.com"))),
    _ledger("with a field that nobody knows", LOCAL, _says(lambda written: written["entries"][0].update(owner="me"))),
    _ledger("with a SID that is none", LOCAL, _says(lambda written: written["entries"][0].update(sid="../Services"))),
    _ledger("with one address twice", LOCAL, _says(_twice_current)),
    _ledger("with one SID twice", LOCAL, _says(_twice_owned)),
    _ledger("without entries", DONE, _says(lambda written: written.update(entries=[]))),
    _ledger("without entries, and one role gone", DONE, _says(lambda written: written.update(entries=[])), ONE_GONE),
    _ledger("equal to that of another environment of the account", REFUSED, _shared, SHARED),
    _ledger(
        "lost, and another environment of the account owns all",
        REFUSED,
        _shared_and_lost,
        SHARED,
    ),
    _ledger("with half of them", REFUSED, _says(_halved)),
    _ledger("in which all was adopted", DONE, _says(_adopted)),
    _ledger("in which all was adopted, and one role gone", DONE, _says(_adopted), ONE_GONE),
    _ledger("in which nothing is protected", REFUSED, _says(_nothing_protected)),
    _ledger("with roles under another service", REFUSED, _says(_elsewhere)),
    _ledger("with SIDs of nothing", REFUSED, _says(_strangers), ONE_GONE),
)
