"""What a doctor found, for people: one line for each thing, and the way out below what is not well."""

from confsync.doctor.check import CheckStatus, Diagnosis
from confsync.views.escaping import printable
from confsync.views.palette import PLAIN, Palette


def as_text(diagnosis: Diagnosis, palette: Palette = PLAIN) -> str:
    """Tell every check, then how many ended how."""
    colour = {CheckStatus.OK: palette.good, CheckStatus.WARNING: palette.changed, CheckStatus.FAILED: palette.bad}
    lines: list[str] = []
    for each in diagnosis.checks:
        lines.append(f"{colour[each.status](f'{each.status:<8}')} {each.name}: {printable(each.text)}")
        if each.hint:
            lines.append(f"         {palette.faint(printable(each.hint))}")
    return "\n".join((*lines, "", f"{summary(diagnosis)}\n"))


def summary(diagnosis: Diagnosis) -> str:
    """Say how many checks ended how."""
    counts = diagnosis.counts
    warnings = "1 warning" if counts[CheckStatus.WARNING] == 1 else f"{counts[CheckStatus.WARNING]} warnings"
    return f"Checked: {counts[CheckStatus.OK]} ok, {warnings}, {counts[CheckStatus.FAILED]} failed."
