"""A fingerprint without a key is made with the full cost of scrypt, which the other tests do not spend."""

import subprocess
import sys

SCRIPT = """
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter, SecretPlace

fingerprinter = Fingerprinter(new_salt=lambda: "salt")
print(fingerprinter.fingerprint(Secret("a secret"), SecretPlace("AC1", "entry", "certificate")))
"""


def test_a_ledger_of_an_earlier_version_still_recognises_its_secrets() -> None:
    made = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    assert made.stdout == "scrypt:salt:b506de53cc07ced39a519bb6b0cd8a32\n"
