"""What is told by the code and stands in the documentation is what the code tells now."""

import sys

from tests.repository.paths import ROOT, run


def test_the_documentation_is_up_to_date() -> None:
    checked = run([sys.executable, "scripts/docs", "--check"], ROOT)

    assert checked.returncode == 0, f"{checked.stdout}{checked.stderr}run: python scripts/docs"
