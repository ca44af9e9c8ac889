"""The commit of a configuration, and how it relates to the commit that was applied last."""

from confsync.config.config import Config
from confsync.plan.intent import Intent
from confsync.plan.plan import Guardrail, Revision
from confsync.state import git
from confsync.state.divergence import Divergence, find_divergence
from confsync.state.ledger import Ledger


def ask_git(
    config: Config, ledger: Ledger, intent: Intent
) -> tuple[Revision, tuple[Guardrail, ...], Divergence | None]:
    """Ask Git which commit the configuration is at, and how that relates to the commit last applied."""
    revision = git.revision_of(config)
    overridden = intent.overrides.allow_rollback
    older = tuple(git.rollback_guardrails(config, revision, ledger.commit, overridden=overridden))
    compared = not (older or overridden or intent.destroy)
    return revision, older, find_divergence(config, revision, ledger.commit) if compared else None
