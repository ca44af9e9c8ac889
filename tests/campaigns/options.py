"""What a campaign is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How many cases of which seed, or one case, and a directory to work in.

    `points` is the number of cases; 0 means all, or as many as the acceptance of the campaign asks for.
    """

    campaign: str
    seed: int
    points: int
    workspace: Path
    case: str = ""

    def command_for(self, case: str) -> str:
        """Return the command that runs one case alone."""
        return f"scripts/campaign {self.campaign} --seed {self.seed} --case '{case}'"
