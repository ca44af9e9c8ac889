"""The fault matrix: every row, in the order of the documentation."""

from tests.faults.body_rows import BODY, LISTS
from tests.faults.connection_rows import CONNECTION
from tests.faults.file_rows import DISK, LEDGER
from tests.faults.others_rows import OTHERS
from tests.faults.process_rows import PROCESS
from tests.faults.response_rows import RESPONSE
from tests.faults.saved_plan_rows import SAVED_PLANS
from tests.faults.status_rows import RATE, REJECTION, STATUS

MATRIX = (CONNECTION, RESPONSE, RATE, STATUS, REJECTION, BODY, LISTS, OTHERS, SAVED_PLANS, LEDGER, DISK, PROCESS)
