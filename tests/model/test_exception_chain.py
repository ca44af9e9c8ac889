"""A chain of exceptions is walked once, whatever it looks like."""

from confsync.exception_chain import causes_of


def test_a_chain_ends_at_its_first_cause() -> None:
    first, second, third = ValueError("1"), ValueError("2"), ValueError("3")
    third.__cause__, second.__context__ = second, first
    assert list(causes_of(third)) == [third, second, first]


def test_an_exception_that_is_its_own_cause_ends_the_walk() -> None:
    error = ValueError("mine")
    error.__cause__ = error
    assert list(causes_of(error)) == [error]


def test_a_circle_of_exceptions_ends_the_walk() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__context__ = other, one
    assert list(causes_of(one)) == [one, other]
