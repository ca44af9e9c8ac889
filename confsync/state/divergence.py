"""A commit that was applied last and that the current branch lacks, and what both branches started from."""

from msgspec import Struct

from confsync.config.config import Config
from confsync.plan.plan import Revision
from confsync.state.git import SHORT, GitRepository
from confsync.state.other_commit import UnloadableCommitError, load_commit

_MOST_BASES = 8


class Divergence(Struct, frozen=True):
    """What the commit last applied declares, and what the best common ancestors of both branches declare.

    `text` names both commits. `unknown` says why they cannot be compared, if that is so.
    """

    text: str
    applied: Config | None = None
    bases: tuple[Config, ...] = ()
    unknown: str = ""


def find_divergence(config: Config, revision: Revision, recorded: str | None) -> Divergence | None:
    """Compare the current commit with the one last applied; return None if one of them contains the other."""
    repository = GitRepository.around(config.folder)
    commit = revision.commit
    if repository is None or commit is None or recorded in (None, commit):
        return None
    if repository.is_ancestor(recorded, commit) or repository.is_ancestor(commit, recorded):
        return None
    text = f"commit {recorded[:SHORT]} was applied last, and commit {commit[:SHORT]} does not contain it"
    return _load_both(repository, config, recorded, repository.merge_bases(recorded, commit), text)


def _load_both(
    repository: GitRepository, config: Config, recorded: str, bases: tuple[str, ...], text: str
) -> Divergence:
    if not 0 < len(bases) <= _MOST_BASES:
        return Divergence(text, unknown="their histories cross too often" if bases else "they have no common commit")
    loaded = []
    for commit in (recorded, *bases):
        try:
            loaded.append(load_commit(repository, commit, config, bases[0]))
        except UnloadableCommitError as error:
            return Divergence(text, unknown=f"the configuration of commit {commit[:SHORT]} cannot be loaded: {error}")
    return Divergence(text, loaded[0], tuple(loaded[1:]))
