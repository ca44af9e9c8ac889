"""Two hundred ways in which a configuration, or what is around it, goes wrong: none may ever delete anything.

To add one, add a row to the table of its family. A mutant takes away at least two owned things of a kind, or a service,
a credential or something protected. One that takes away exactly one pruned thing cannot be told from an ordinary day:
it names the collection from which that one goes, and then it goes.
"""

from tests.acceptance.mutants.accounts import ACCOUNTS
from tests.acceptance.mutants.damage import DAMAGE
from tests.acceptance.mutants.flags import FLAGS
from tests.acceptance.mutants.folders import FOLDERS
from tests.acceptance.mutants.ledgers import LEDGERS
from tests.acceptance.mutants.lifecycles import LIFECYCLES
from tests.acceptance.mutants.names import NAMES
from tests.acceptance.mutants.responses import ANSWERS
from tests.acceptance.mutants.sections import SECTIONS
from tests.acceptance.mutants.truncations import TRUNCATIONS

FAMILIES = (
    TRUNCATIONS,
    DAMAGE,
    SECTIONS,
    FOLDERS,
    NAMES,
    LIFECYCLES,
    FLAGS,
    ACCOUNTS,
    LEDGERS,
    ANSWERS,
)

MUTANTS = tuple(mutant for family in FAMILIES for mutant in family)
