"""What an account and a service set for everything in them."""

from tests.emulator_sdk.driving import Sdk, api_error, unused_sid


def test_an_account_has_a_default_service_and_timers_that_read_back_as_durations(v1: Sdk, support: Sdk) -> None:
    service = support.fetch().sid
    changed = v1.configuration().update(
        default_chat_service_sid=service, default_inactive_timer="PT90M", default_closed_timer="P1D"
    )
    assert changed.default_chat_service_sid == service
    found = v1.configuration().fetch()
    assert (found.default_inactive_timer, found.default_closed_timer) == ("PT1H30M", "PT24H")
    assert found.links["service"].endswith(f"/v1/Services/{service}/Configuration")


def test_short_paths_follow_the_default_service(v1: Sdk, support: Sdk) -> None:
    support.conversations.create(unique_name="theirs")
    assert api_error(v1.conversations("theirs").fetch) == (404, 20404)
    v1.configuration().update(default_chat_service_sid=support.fetch().sid)
    assert v1.conversations("theirs").fetch().chat_service_sid == support.fetch().sid


def test_an_account_refuses_what_cannot_be_its_default(v1: Sdk) -> None:
    configuration = v1.configuration()
    assert api_error(lambda: configuration.update(default_chat_service_sid=unused_sid("IS"))) == (400, 50050)
    assert api_error(lambda: configuration.update(default_messaging_service_sid="MG1")) == (400, 50341)
    assert api_error(lambda: configuration.update(default_inactive_timer="PT59S")) == (400, 50375)
    assert api_error(lambda: configuration.update(default_closed_timer="PT9M")) == (400, 50376)
    assert api_error(lambda: configuration.update(default_inactive_timer="soon")) == (400, 50379)
    assert api_error(lambda: configuration.update(default_closed_timer="late")) == (400, 50380)
    assert api_error(configuration.update) == (400, 20161)


def test_the_webhooks_of_a_new_account_post_nothing_to_nobody(v1: Sdk) -> None:
    hooks = v1.configuration.webhooks().fetch()
    assert (hooks.target, hooks.method, hooks.filters) == ("webhook", "POST", [])
    assert (hooks.pre_webhook_url, hooks.post_webhook_url) == (None, None)


def test_the_webhooks_of_an_account_change_as_they_are_told(v1: Sdk) -> None:
    hooks = v1.configuration.webhooks()
    hooks.update(
        filters=["onMessageAdd", "onUserAdded"], method="GET", target="flex", pre_webhook_url="https://example.com/pre"
    )
    found = hooks.fetch()
    assert (found.target, found.method, found.filters) == ("flex", "GET", ["onMessageAdd", "onUserAdded"])
    assert (found.pre_webhook_url, found.post_webhook_url) == ("https://example.com/pre", None)
    assert api_error(lambda: hooks.update(method="PUT")) == (400, 50055)
    assert api_error(lambda: hooks.update(post_webhook_url="ftp://example.com")) == (400, 50054)


def test_a_service_names_three_of_its_four_roles_as_defaults(support: Sdk) -> None:
    names = {each.sid: each.friendly_name for each in support.roles.list()}
    found = support.configuration().fetch()
    assert names[found.default_conversation_creator_role_sid] == "channel admin"
    assert names[found.default_conversation_role_sid] == "channel user"
    assert names[found.default_chat_service_role_sid] == "service user"
    assert found.reachability_enabled is False


def test_a_service_takes_another_default_role_of_the_right_type(support: Sdk) -> None:
    agent = support.roles.create(friendly_name="agent", type="conversation", permission=["sendMessage"]).sid
    configuration = support.configuration()
    changed = configuration.update(default_conversation_role_sid=agent, reachability_enabled=True)
    assert (changed.default_conversation_role_sid, changed.reachability_enabled) == (agent, True)
    assert configuration.fetch().default_conversation_role_sid == agent
    assert api_error(lambda: configuration.update(default_chat_service_role_sid=agent))[0] == 400
    assert api_error(lambda: configuration.update(default_conversation_role_sid=unused_sid("RL")))[0] == 400
    assert api_error(support.roles(agent).delete) == (409, 20409)


def test_notifications_show_what_was_set_and_no_defaults(support: Sdk) -> None:
    notifications = support.configuration.notifications()
    assert notifications.fetch().new_message == {"enabled": False}
    told = notifications.update(
        new_message_enabled=True,
        new_message_template="${MESSAGE}",
        new_message_sound="ping",
        new_message_badge_count_enabled=True,
        new_message_with_media_enabled=True,
        new_message_with_media_template="${MEDIA}",
        added_to_conversation_template="hello",
        removed_from_conversation_sound="gong",
        log_enabled=True,
    )
    assert told.new_message == {
        "enabled": True,
        "template": "${MESSAGE}",
        "sound": "ping",
        "badge_count_enabled": True,
        "with_media": {"enabled": True, "template": "${MEDIA}"},
    }
    assert told.added_to_conversation == {"enabled": False, "template": "hello"}
    assert told.removed_from_conversation == {"enabled": False, "sound": "gong"}
    assert notifications.fetch().log_enabled is True


def test_the_webhooks_of_a_new_service_are_all_unset(support: Sdk) -> None:
    hooks = support.configuration.webhooks()
    found = hooks.fetch()
    assert (found.method, found.filters, found.pre_webhook_url, found.post_webhook_url) == (None, None, None, None)
    hooks.update(post_webhook_url="https://example.com", filters=["onMessageAdded"], method="POST")
    found = hooks.fetch()
    assert (found.method, found.filters, found.post_webhook_url) == ("POST", ["onMessageAdded"], "https://example.com")
    assert api_error(lambda: hooks.update(method="PUT")) == (400, 50055)


def test_a_service_that_is_not_there_has_no_settings(v1: Sdk) -> None:
    configuration = v1.services(unused_sid("IS")).configuration
    assert api_error(configuration().fetch) == (404, 20404)
    assert api_error(configuration.notifications().fetch) == (404, 20404)
    assert api_error(lambda: configuration.webhooks().update(method="GET")) == (404, 20404)
