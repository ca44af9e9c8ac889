"""Another account, another environment, or an account that is not what it was."""

from collections.abc import Callable

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.exit_codes import ExitCode
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from tests.acceptance.mutants.base import BASE
from tests.acceptance.mutants.mutant import INVALID, REFUSED, Edit, Mutant, Scene, at, edited, renamed, without

OTHER, THIRD = "AC" + "b" * 32, "AC" + "c" * 32
MUCH_GONE: tuple[Edit, ...] = (without("services/support/roles"), without("services/sales/users"))
LEDGER = "confsync.ledger.prod.json"


def _account(name: str, ends: ExitCode, breaks: Callable[[Scene], object], *arguments: str) -> Mutant:
    """Lose much of the configuration, and have something wrong with the account besides."""

    def prepare(scene: Scene) -> None:
        scene.write(edited(*MUCH_GONE))
        breaks(scene)

    return Mutant(name=f"account: {name}", breaks=prepare, ends=ends, arguments=arguments)


def _nothing(_: Scene) -> None:
    """Leave it as it is."""


def _claims_another(scene: Scene) -> None:
    scene.credentials = Credentials(OTHER, OTHER, Secret(AUTH_TOKEN))


def _reaches(scene: Scene, account_sid: str) -> None:
    """Reach an account in which nothing was made yet."""
    scene.transport = EmulatorTransport(scene.closing.enter_context(Emulator(account_sid=account_sid)))
    scene.credentials = Credentials(account_sid, account_sid, Secret(AUTH_TOKEN))


def _opens_another(scene: Scene) -> None:
    """Reach it without having said so."""
    _reaches(scene, OTHER)
    scene.credentials = Credentials(None, OTHER, Secret(AUTH_TOKEN))


def _wrong_token(scene: Scene) -> None:
    scene.credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret("wrong"))


def _of_the_other(scene: Scene) -> None:
    """Reach the account of dev, with the ledger of prod in its place."""
    _reaches(scene, OTHER)
    (scene.folder / LEDGER).rename(scene.folder / "confsync.ledger.dev.json")


def _exchanged(scene: Scene) -> None:
    _rewritten(scene, BASE.replace(ACCOUNT_SID, THIRD).replace(OTHER, ACCOUNT_SID))


def _exchanged_and_reached(scene: Scene) -> None:
    _exchanged(scene)
    _reaches(scene, THIRD)


def _without_environments(scene: Scene) -> None:
    _rewritten(scene, edited(*MUCH_GONE, without("environments")))


def _renamed(scene: Scene) -> None:
    _rewritten(scene, edited(*MUCH_GONE, renamed("environments/prod", "production")))


def _without_the_guard(scene: Scene) -> None:
    _rewritten(scene, edited(*MUCH_GONE, lambda tree: at(tree, "environments/prod").pop("account_sid")))


def _twice_the_same(scene: Scene) -> None:
    _rewritten(scene, BASE.replace(OTHER, ACCOUNT_SID))


def _rewritten(scene: Scene, text: str) -> None:
    scene.write(text)


ACCOUNTS: tuple[Mutant, ...] = (
    _account("the credentials say another", REFUSED, _claims_another, "-e", "prod"),
    _account("the credentials open another", REFUSED, _opens_another, "-e", "prod"),
    _account("the credentials open none", ExitCode.NOT_AUTHORISED, _wrong_token, "-e", "prod"),
    _account("of the other environment", REFUSED, _nothing, "-e", "dev"),
    _account("of an environment that is not there", INVALID, _nothing, "-e", "prd"),
    _account("of no environment", INVALID, _nothing),
    _account("of no environment's name", INVALID, _nothing, "-e", ""),
    _account("the environments were exchanged", REFUSED, _exchanged, "-e", "prod"),
    _account(
        "the environments were exchanged, and so were the credentials", REFUSED, _exchanged_and_reached, "-e", "prod"
    ),
    _account("the environments are gone", INVALID, _without_environments, "-e", "prod"),
    _account("the environments are gone, and so is the ledger of theirs", REFUSED, _without_environments),
    _account("the environment has another name", REFUSED, _renamed, "-e", "production"),
    _account("without its guard", INVALID, _without_the_guard, "-e", "prod"),
    _account("two environments with one account", INVALID, _twice_the_same, "-e", "prod"),
    _account("another one, where the ledger of this one lies", REFUSED, _of_the_other, "-e", "dev"),
    _account("an empty one of the same SID", REFUSED, lambda scene: _reaches(scene, ACCOUNT_SID), "-e", "prod"),
)
