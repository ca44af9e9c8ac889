"""Whether a value changed, told without keeping it."""

import hashlib
import json

from confsync.codecs import Edit
from confsync.names import Address


def digest(value: object) -> str:
    """Take SHA-256 over the canonical JSON of a value; sets are sorted, an address is its text."""
    value = str(value) if isinstance(value, Address) else value  # else JSON would take it for the list that it is
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_canonical, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Edit):
        return {"add": sorted(value.add), "remove": sorted(value.remove)}
    raise TypeError(f"{type(value).__name__} has no place in a digest")
