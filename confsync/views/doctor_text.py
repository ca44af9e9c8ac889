"""What a doctor found, for people: one line for each thing, and the way out below what is not well."""

from confsync.engine.check import Diagnosis, Status
from confsync.views.foreign import printable
from confsync.views.palette import PLAIN, Palette


def as_text(diagnosis: Diagnosis, palette: Palette = PLAIN) -> str:
    """Tell every check, then how many ended how."""
    colour = {Status.OK: palette.good, Status.WARNING: palette.changed, Status.FAILED: palette.bad}
    lines: list[str] = []
    for each in diagnosis.checks:
        lines.append(f"{colour[each.status](f'{each.status:<8}')} {each.name}: {printable(each.text)}")
        if each.way_out:
            lines.append(f"         {palette.faint(printable(each.way_out))}")
    return "\n".join((*lines, "", f"{summary(diagnosis)}\n"))


def summary(diagnosis: Diagnosis) -> str:
    """Say how many checks ended how."""
    counts = diagnosis.counts
    warnings = "1 warning" if counts[Status.WARNING] == 1 else f"{counts[Status.WARNING]} warnings"
    return f"Checked: {counts[Status.OK]} ok, {warnings}, {counts[Status.FAILED]} failed."
