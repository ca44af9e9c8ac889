"""Scenarios: mistakes on the command line, consent, environments, bugs."""

import re

from confsync.emulator.emulator import ACCOUNT_SID
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import PLAIN

OTHER_ACCOUNT = "AC" + "b" * 32
EMPTY = "version: 1\n"
ENVIRONMENTS = f"environments: {{prod: {{account_sid: {ACCOUNT_SID}}}, dev: {{account_sid: {OTHER_ACCOUNT}}}}}\n"


@advice("run `{} --help`.")
def an_unknown_option(desk: Desk) -> None:
    desk.write(EMPTY)
    assert desk.follow(desk.failed("plan --frobnicate", code=3)).code == 0
    assert "Usage:" in desk.last.out
    assert desk.follow(desk.failed("aply", code=3)).code == 0


@advice("choose one: `-e {}` or `-e {}`.")
def several_environments(desk: Desk) -> None:
    desk.write(EMPTY + ENVIRONMENTS)
    for command in ("plan", "plan -e staging"):
        option, _ = snippets(desk.failed(command, code=3))
        desk.done(f"plan {option}")


@advice("remove {}.")
def one_environment_and_all_of_them(desk: Desk) -> None:
    desk.write(EMPTY + ENVIRONMENTS)
    assert desk.failed("validate -e prod --all-environments", code=3) == "Remove --all-environments."
    desk.done("validate -e prod")
    assert desk.failed("validate --expanded --all-environments -e prod", code=3) == "Remove --all-environments."
    desk.done("validate --expanded -e prod")


@advice("declare at least two under `environments`, then name two of them with -e.")
def a_diff_without_environments(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed("diff -e prod", code=3)
    desk.write(EMPTY + ENVIRONMENTS)
    desk.done("diff -e prod -e dev")


@advice("for example, run `confsync diff -e {} -e {}`.", most=PLAIN)
def a_diff_of_one_environment(desk: Desk) -> None:
    desk.write(EMPTY + ENVIRONMENTS)
    assert desk.follow(desk.failed("diff -e prod", code=3)).code == 0


@advice("run it without -e and without CONFSYNC_ENV.")
def an_environment_where_there_is_none(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.set("CONFSYNC_ENV", "prod")
    desk.failed("plan", code=3)
    desk.failed("plan -e nope", code=3)
    desk.set("CONFSYNC_ENV", None)
    desk.done("plan")


@advice("choose one of these: {}.")
def a_section_that_does_not_exist(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    sections = desk.failed("plan --kind nope", code=3).removeprefix("Choose one of these: ").rstrip(".").split(", ")
    assert "roles" in sections
    for each in sections:
        desk.done(f"plan --kind {each}")
    addresses = desk.failed("plan --allow-recreate credentials/q", code=3)
    desk.done(f"plan --allow-recreate {addresses.removeprefix('Choose one of these: ').partition(',')[0].rstrip('.')}")
    assert desk.failed("plan --kind role", code=3) == "Did you mean 'roles'?"
    desk.done("plan --kind roles")


@advice("run it without {}.")
def an_override_where_nothing_is_declared(desk: Desk) -> None:
    desk.write(EMPTY)
    for option in ("--allow-recreate", "--allow-delete", "--target"):
        assert desk.failed(f"plan {option} services/x", code=3) == f"Run it without {option}."
    desk.done("plan")


@advice("in a glob, {}.")
def a_wrong_glob(desk: Desk) -> None:
    desk.apply(desk_with(AGENT, AGENT.replace("agent", "'[a]'")))
    assert "`**` is a segment of its own" in desk.failed("plan --target services**", code=3)
    desk.done("plan --target services/**")
    assert "a literal `[` is written as %5B" in desk.failed("plan --target services/desk/roles/[a", code=3)
    desk.done("plan --target services/desk/roles/%5Ba%5D")
    assert "as in [a-z]" in desk.failed("plan --target services/[z-a]esk", code=3)
    desk.done("plan --target services/[a-z]esk")


@advice("review the output of `confsync plan`, then run this command again with `--auto-approve`.")
def nobody_to_ask(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    command, option = snippets(desk.failed("apply", code=8))
    assert "2 to create" in desk.done(command).out
    desk.done(f"apply {option}")


@advice("review the adoptions in the output of `confsync plan`, then run this command again with `--auto-approve`.")
def nobody_to_ask_about_adoptions(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.ledger.unlink()
    command, option = snippets(desk.failed("adopt --all", code=8))
    assert "2 to adopt" in desk.done(command).out
    desk.done(f"adopt --all {option}")
    assert "to adopt" not in desk.done(command).out


@advice("run `confsync apply` again, and answer 'yes'.")
def a_declined_question(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    desk.monkeypatch.setattr("confsync.cli.invocation.Invocation.asks", True)
    desk.run("apply", answer="y\n")
    assert desk.last.code == 8
    (command,) = snippets(desk.next)
    assert desk.run(command, answer="yes\n").code == 0


@advice("remove --target, --exclude and --kind.")
def a_command_about_everything(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed("--target services/x validate", code=3)
    desk.done("validate")


@advice("fix the lines shown above, then run `confsync validate`.")
def an_invalid_configuration(desk: Desk) -> None:
    desk.write("version: 2\n")
    hint = desk.failed("plan", code=3)
    desk.write("version: 1\n")
    assert desk.follow(hint).code == 0


@advice("run `{} --debug` for the traceback, and report it with the id.", "report the id and the traceback.")
def a_bug(desk: Desk) -> None:
    desk.write(EMPTY)

    def break_down(_: object) -> None:
        raise ZeroDivisionError

    desk.monkeypatch.setattr("confsync.account.configuration.load_configuration", break_down)
    hint = desk.failed("plan", code=1)
    known = re.search(r"\[id ([0-9a-f]{8})\]", desk.last.err)
    assert known
    (command,) = snippets(hint)
    assert desk.failed(command, code=1) == "Report the id and the traceback."
    assert "Traceback" in desk.last.err
    assert known[0] in desk.last.err


@advice("it is {} followed by 32 hexadecimal digits.", "declare it, then run it again.")
def an_adoption_on_the_command_line(desk: Desk) -> None:
    sid = desk.client.made("/Services", {"FriendlyName": "desk"})
    desk.write(EMPTY)
    assert desk.failed(f"adopt services/desk {sid}", code=3) == "Declare it, then run it again."
    desk.write("version: 1\nservices: {desk: {}}\n")
    assert desk.failed("adopt services/desk IS1", code=3) == "It is IS followed by 32 hexadecimal digits."
    desk.done(f"adopt services/desk {sid}")


@advice("check the SID, then run `confsync adopt {} SID` with the right one.")
def an_adoption_of_another_sid(desk: Desk) -> None:
    sid = desk.client.made("/Services", {"FriendlyName": "desk"})
    desk.write("version: 1\nservices: {desk: {}}\n")
    (command,) = snippets(desk.failed(f"adopt services/desk IS{'0' * 32}", code=8))
    desk.done(command.replace("SID", sid))


@advice("to rename it, write `previously: [{}]` in the `lifecycle` of {}.")
def an_adoption_of_something_owned(desk: Desk) -> None:
    text = "version: 1\nservices: {desk: {conversations: {%s}}}\n"
    desk.apply(text % "lounge: {}")
    service = f"/Services/{desk.sid('services', 'desk')}"
    sid = desk.client.get(f"{service}/Conversations/lounge").body["sid"]
    desk.write(text % "hall: {unique_name: hall}")
    line, *_ = snippets(desk.failed(f"adopt services/desk/conversations/hall {sid}", code=8))
    desk.write(text % f"hall: {{unique_name: hall, lifecycle: {{{line}}}}}")
    desk.allowed()
    assert desk.client.get(f"{service}/Conversations/hall").body["sid"] == sid


@advice("use an address in the form that a plan shows.", "remove its block, {}, then run `confsync forget {}`.")
def forgetting_on_the_command_line(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.failed("forget agent", code=3)
    hint = desk.failed("forget services/desk/roles/agent", code=3)
    assert "confsync.yaml:5:7" in hint
    desk.write(desk_with())
    assert desk.follow(hint).code == 0
    assert "forget:" in desk.text()


@advice("run `confsync ledger show` to list what confsync owns.")
def forgetting_what_is_not_owned(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.write(desk_with())
    assert "services/desk/roles/agent" in desk.follow(desk.failed("forget credentials/zzz", code=3)).out


@advice("run `{}`.", "run `confsync plan`: it reads the live state.")
def a_run_that_a_signal_stops(desk: Desk) -> None:
    desk.write(desk_with(AGENT))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with desk.monkeypatch.context() as patched:
        patched.setattr("confsync.account.configuration.load_configuration", stop)
        hint = desk.failed("plan", code=130)
    assert desk.follow(hint).code == 0
    with desk.monkeypatch.context() as patched:
        patched.setattr("confsync.account.blocking.BlockingAccount.apply", stop)
        hint = desk.failed("apply --auto-approve", code=130)
    assert desk.follow(hint).code == 0


@advice("select one of them with --target or --exclude, or use --json.")
def two_resources_whose_sids_would_have_one_name(desk: Desk) -> None:
    desk.write("version: 1\nservices: {a-b: {}, a_b: {}}\n")
    desk.done("apply --auto-approve")
    desk.failed("output --dotenv", code=3)
    for way in ("--dotenv --target services/a-b", "--dotenv --exclude services/a-b", "--json"):
        desk.done(f"output {way}")


@advice("run it without an address to export everything.")
def an_export_of_nothing(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed("export account/addresses/x --kind addresses", code=3)
    desk.done("export")


@advice("use letters, digits, `-` and `_`: the ledger is named after it.")
def an_environment_with_a_name_that_no_ledger_can_have(desk: Desk) -> None:
    (desk.folder / "empty").mkdir()
    desk.failed("export -e 'a b' -C empty", code=3)
    desk.done("export -e a-b -C empty")


@advice("remove it, or choose an empty folder with --output.")
def an_export_into_a_folder_with_other_yaml(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("export --output live")
    desk.write(EMPTY, "live/other.yaml")
    desk.failed("export --output live --force", code=8)
    desk.done("export --output empty-one")
    (desk.folder / "live" / "other.yaml").unlink()
    desk.done("export --output live")


@advice("add --force to replace it, or choose an empty folder with --output.")
def an_export_into_a_folder_that_was_edited(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("export --output live")
    desk.write(EMPTY, "live/account.yaml")
    desk.failed("export --output live", code=8)
    desk.done("export --output live --force")


@advice("name a folder outside of it.")
def an_export_into_the_configuration(desk: Desk) -> None:
    desk.write(EMPTY, "there/a.yaml")
    desk.failed("export -f there --output there/live", code=3)
    desk.done("export -f there --output live")


@advice("{}, or choose another folder with --output, then run it again.")
def an_export_into_a_file(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.write("", "taken.txt")
    desk.failed("export --output taken.txt/live", code=11)
    desk.done("export --output live")


@advice("export a part of it: name addresses, or leave out sections with --exclude.")
def an_export_of_a_service_that_is_too_large(desk: Desk) -> None:
    desk.write(EMPTY)
    service = desk.client.made("/Services", {"FriendlyName": "desk"})
    for number in range(70):
        attributes = '{"a": "' + "x" * 16_000 + '"}'
        desk.client.made(f"/Services/{service}/Conversations", {"UniqueName": f"c{number}", "Attributes": attributes})
    desk.failed("export --with conversations", code=3)
    desk.done("export --with conversations --exclude services/desk/conversations")
    desk.done("export services/desk/conversations/c1")
