"""What a campaign is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.transports import Transport


@dataclass(frozen=True)
class Options:
    """How many cases of which seed, or one case, or those that match a text, and a directory to work in.

    `points` is the number of cases; 0 means all that there are. `match` is a scenario and a part of the name of a
    point, with a space between them.
    """

    campaign: str
    seed: int
    points: int
    workspace: Path
    case: str = ""
    match: str = ""
    transport: Transport = Transport.EMULATOR

    def includes(self, scenario: str) -> bool:
        """Whether any case of a scenario may be asked for."""
        asked = self.case.partition(":")[0] or self.match.partition(" ")[0]
        return asked in {"", scenario}

    @property
    def text(self) -> str:
        """The part of the name of a point that is asked for."""
        return self.match.partition(" ")[2]

    def command_for(self, case: str) -> str:
        """Return the command that runs one case alone."""
        matching = f" --match '{self.match}'" if self.match else ""
        return f"scripts/campaign {self.campaign}{self._over} --seed {self.seed}{matching} --case '{case}'"

    @property
    def command(self) -> str:
        """Return the command that runs all these cases."""
        points = f" --points {self.points}" if self.points else ""
        return f"scripts/campaign {self.campaign}{self._over} --seed {self.seed}{points}"

    @property
    def _over(self) -> str:
        return f" --transport {self.transport}" if self.transport.is_real else ""
