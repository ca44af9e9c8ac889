"""The fault matrix: every row, in the order of the documentation."""

from tests.faults.body_rows import BODY, LISTS
from tests.faults.connection_rows import CONNECTION
from tests.faults.file_rows import DISK, LEDGER
from tests.faults.others_rows import OTHERS
from tests.faults.process_rows import PROCESS
from tests.faults.response_rows import RESPONSE
from tests.faults.row import Page
from tests.faults.saved_plan_rows import SAVED_PLANS
from tests.faults.status_rows import RATE, REJECTION, STATUS

PAGES = (
    Page(
        "if-twilio-does-not-respond.md",
        "If Twilio does not respond",
        "confsync cannot reach Twilio, no response arrives, Twilio limits the request rate, or Twilio fails",
        (CONNECTION, RESPONSE, RATE, STATUS),
    ),
    Page(
        "if-twilio-refuses.md",
        "If Twilio refuses a request or sends a wrong response",
        "Twilio refuses a request, or sends a wrong response or a wrong list",
        (REJECTION, BODY, LISTS),
    ),
    Page(
        "if-others-make-changes.md",
        "If somebody else makes changes",
        "somebody else changes the account at the same time, or something has changed since a plan was saved",
        (OTHERS, SAVED_PLANS),
    ),
    Page(
        "if-the-machine-fails.md",
        "If a file, the disk or the process fails",
        "the ledger or the journal is damaged, the disk is full, the output pipe is closed, or the process is stopped",
        (LEDGER, DISK, PROCESS),
    ),
)

MATRIX = tuple(section for page in PAGES for section in page.sections)
