"""The synchronous counterparts run a coroutine to its end."""

from confsync.account.blocking import run_blocking


class Counted:
    """A result that counts how often it is formatted."""

    formatted = 0

    def __repr__(self) -> str:
        self.formatted += 1
        return "counted"


def test_a_result_is_not_formatted() -> None:
    result = Counted()

    async def work() -> Counted:
        return result

    assert run_blocking(work()) is result
    assert result.formatted == 0
