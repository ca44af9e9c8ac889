"""A command line that asks for too much, or for something else than was meant."""

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.mutant import DONE, INVALID, REFUSED, Mutant, Scene, edited, without

ROLES_GONE = edited(without("services/support/roles"), without("services/night/roles"), without("services/sales/users"))


def _typed(name: str, ends: ExitCode, *arguments: str, written: str | None = None, **environ: str) -> Mutant:
    def prepare(scene: Scene) -> None:
        scene.environ |= environ
        if written:
            scene.write(written)

    return Mutant(name=f"typed: {name}", breaks=prepare, ends=ends, arguments=("-e", "prod", *arguments))


DESTROY = tuple(
    _typed(" ".join(("--destroy", *arguments)), REFUSED, "--destroy", *arguments)
    for arguments in (
        (),
        ("--target", "**"),
        ("--target", "*"),
        ("--target", "services/**"),
        ("--target", "services/support"),
        ("--target", "services/sales"),
        ("--target", "services/sales/roles/*"),
        ("--target", "services/*/roles/*"),
        ("--target", "**/users/*"),
        ("--target", "credentials/ios"),
        ("--target", "account/addresses/*"),
        ("--target", "services/support/roles/agent"),
        ("--exclude", "services/support"),
        ("--exclude", "services"),
        ("--kind", "roles"),
        ("--kind", "users"),
        ("--kind", "conversations"),
        ("--kind", "credentials"),
        ("--kind", "participants"),
        ("--max-deletes", "99"),
        ("--max-deletes", "1", "--kind", "roles"),
        ("--allow-delete", "services/sales"),
        ("--allow-delete", "services/sales", "--allow-delete", "services/night", "--max-deletes", "99"),
    )
)
"""Each lifts too little, or nothing: one guardrail that stands is enough."""

TOO_WIDE = tuple(
    _typed(f"{' '.join(arguments)} where much is gone", REFUSED, *arguments, written=ROLES_GONE)
    for arguments in (
        ("--target", "**"),
        ("--target", "services"),
        ("--target", "services/*/roles/*"),
        ("--target", "services/support/roles/*"),
        ("--exclude", "services/support"),
        ("--exclude", "credentials"),
        ("--kind", "roles"),
        ("--kind", "users"),
        ("--max-deletes", "1"),
        ("--max-deletes", "3"),
        ("--allow-delete", "services/support"),
        ("--allow-recreate", "services/support"),
    )
)
MISTYPED = tuple(
    _typed(f"{' '.join(arguments)}, which is nothing", INVALID, *arguments, written=ROLES_GONE)
    for arguments in (
        ("--allow-delete", "services/salse"),
        ("--allow-delete", "services/*"),
        ("--dry-run",),
        ("--dryrun",),
        ("--plan",),
        ("--check",),
        ("--force",),
        ("--max-delete", "99"),
        ("--max-deletes", "all"),
        ("--max-deletes", "-1"),
        ("--max-deletes",),
        ("--allow-deletes", "services/sales"),
        ("--target", ""),
        ("--kind", "rolls"),
    )
)
VARIABLES = (
    *(
        _typed(f"{name}, which no variable sets", REFUSED, written=ROLES_GONE, **{name: value})
        for name, value in (
            ("CONFSYNC_MAX_DELETES", "99"),
            ("CONFSYNC_ALLOW_DELETE", "services/sales"),
            ("CONFSYNC_TARGET", "credentials/ios"),
        )
    ),
    _typed("CONFSYNC_DESTROY, which no variable sets", DONE, CONFSYNC_DESTROY="1"),
    _typed("CONFSYNC_ENV, which what is typed wins over", REFUSED, CONFSYNC_ENV="dev", written=ROLES_GONE),
)

FLAGS: tuple[Mutant, ...] = (*DESTROY, *TOO_WIDE, *MISTYPED, *VARIABLES)
