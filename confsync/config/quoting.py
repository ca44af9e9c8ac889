"""A text as it is typed into YAML, so that it is read as that text wherever it stands."""

import json

_NOT_TEXT = ("true", "false", "null")
_WITH_A_MEANING = ":#{}[],&*!|>'\"%@`\\"


def quoted(text: str) -> str:
    """Put a text into quotes where YAML would read something else."""
    bare = text[:1].isalpha() and text == text.strip() and text.lower() not in _NOT_TEXT
    return text if bare and not any(each in text for each in _WITH_A_MEANING) else json.dumps(text, ensure_ascii=False)
