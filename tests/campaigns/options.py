"""What a campaign is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How many cases of which seed, or one case, or those that match a text, and a directory to work in.

    `points` is the number of cases; 0 means all that there are. `match` is a part of the name of a point.
    """

    campaign: str
    seed: int
    points: int
    workspace: Path
    case: str = ""
    match: str = ""

    def command_for(self, case: str) -> str:
        """Return the command that runs one case alone."""
        return f"scripts/campaign {self.campaign} --seed {self.seed} --case '{case}'"
