"""What people write about a configuration itself: msgspec and pydantic accept the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from confsync.config.environments import WrittenEnvironment
from confsync.config.lifecycle import Lifecycle
from confsync.config.policy import Guardrails, Policy
from confsync.config.written import Written, pydantic_twin, read_written

TEXTS = st.sampled_from(["", "a", "1", "true", "ä"])
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-2, 2), st.just(1.0), st.just(1.5), st.just(2**70))
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(TEXTS, SCALARS, max_size=2),
    st.fixed_dictionaries({}, optional={"max_deletes": SCALARS, "max_updates": SCALARS, "typo": SCALARS}),
)


def pydantic_accepts(cls: type[Written], value: object) -> bool:
    try:
        pydantic_twin(cls).model_validate(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("cls", [Lifecycle, Policy, Guardrails, WrittenEnvironment])
@given(data=st.data())
def test_pydantic_and_msgspec_accept_the_same(cls: type[Written], data: st.DataObject) -> None:
    written: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from([*cls.keys(), "typo"]), VALUES, max_size=2))
    if cls is WrittenEnvironment and data.draw(st.booleans()):
        written.setdefault("account_sid", "AC")

    assert (read_written(cls, written) is not None) == pydantic_accepts(cls, written)
