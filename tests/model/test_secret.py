"""A secret cannot be seen by accident."""

import copy
import json
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from confsync.secret import MASK, Secret

CANARY = "canary-3f"
SECRET = Secret(CANARY)


@dataclass(frozen=True)
class Holder:
    secret: Secret


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET!r:>20}",
        f"{SECRET:>20}",
        "{}".format(SECRET),  # noqa: UP032 — the old ways are tried, too
        "%s %r" % (SECRET, SECRET),  # noqa: UP031 — as above
        str([SECRET]),
        repr({"a": SECRET}),
        repr(Holder(SECRET)),
        repr(Model(secret=SECRET)),
        json.dumps({"a": str(SECRET)}),
        str(dir(SECRET)),
    ],
)
def test_a_secret_is_never_printed(shown: str) -> None:
    assert CANARY not in shown


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: pickle.dumps(SECRET),
        lambda: copy.deepcopy(SECRET),
        lambda: json.dumps(SECRET),
        lambda: Model(secret=SECRET).model_dump_json(),
    ],
)
def test_a_secret_is_never_serialised(attempt: object) -> None:
    assert callable(attempt)
    with pytest.raises(Exception, match=r"secret|Secret") as refused:
        attempt()
    assert CANARY not in str(refused.value)


def test_a_secret_has_no_attributes_to_inspect() -> None:
    assert not hasattr(SECRET, "__dict__")
    with pytest.raises(TypeError):
        vars(SECRET)


@given(st.text(), st.text())
def test_two_secrets_are_equal_if_their_texts_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert Secret(one) != one
    assert Secret(one).reveal() == one
    assert str(Secret(one)) == MASK
    assert len({Secret(one), Secret(one)}) == 1
