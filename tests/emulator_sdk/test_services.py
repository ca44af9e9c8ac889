"""Services: made, found and deleted, and never changed."""

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

DEFAULT = "Default Conversations Service"


def test_a_new_service_says_where_its_things_are(v1: Sdk) -> None:
    made = v1.services.create(friendly_name="support")
    assert made.friendly_name == "support"
    assert made.account_sid is None
    assert made.date_created == made.date_updated
    assert made.links["conversations"] == f"{made.url}/Conversations"
    assert v1.services(made.sid).fetch().url == made.url


def test_services_are_listed_page_by_page_in_both_directions(v1: Sdk) -> None:
    for name in "abcd":
        v1.services.create(friendly_name=name)
    assert pages(v1.services, 2, "friendly_name") == [[DEFAULT, "a"], ["b", "c"], ["d"]]
    second = v1.services.page(page_size=2).next_page()
    assert [each.friendly_name for each in second.previous_page()] == [DEFAULT, "a"]
    assert [each.friendly_name for each in v1.services.stream(page_size=1, limit=3)] == [DEFAULT, "a", "b"]


def test_two_services_may_have_the_same_name(v1: Sdk) -> None:
    assert v1.services.create(friendly_name="x").sid != v1.services.create(friendly_name="x").sid


def test_a_service_takes_everything_in_it_along(v1: Sdk, support: Sdk) -> None:
    room = support.conversations.create(unique_name="room")
    assert support.delete()
    assert api_error(support.fetch) == (404, 20404)
    assert api_error(support.conversations(room.sid).fetch) == (404, 20404)
    assert pages(v1.services, 50, "friendly_name") == [[DEFAULT]]


def test_a_service_needs_a_name_of_some_length(v1: Sdk) -> None:
    assert api_error(lambda: v1.services.create(friendly_name="")) == (400, 20001)
    assert api_error(lambda: v1.services.create(friendly_name="x" * 257)) == (400, 50003)


def test_a_service_that_is_not_there_cannot_be_found_or_deleted(v1: Sdk) -> None:
    assert is_missing(v1.services(unused_sid("IS")))


def test_a_page_can_be_too_large(v1: Sdk) -> None:
    assert api_error(lambda: v1.services.page(page_size=101)) == (400, 20007)
    assert api_error(lambda: v1.services.page(page_token="PTnothing")) == (400, 21481)
