"""Ten mistakes in two files, all of them told at once, with file, line, column and the line itself."""

import pytest

from confsync.errors import InvalidConfiguration
from tests.harness import Harness

FIRST = """\
version: 1
environments:
  dev: {account_sid: AC123}
services:
  support:
    configuration:
      default_conversation_role: agnet
      reachability_enabled: yes
    roles:
      agent:
        type: conversation
        permisions: [sendMessage]
"""
SECOND = """\
services:
  support:
    notifications:
    #  new_message: {enabled: true}
    webhooks:
      post_webhook_url: example.com/hooks
      method: null
  sales:
    roles: {clerk: {type: conversaton, permissions: [sendMessage]}}
credentials:
  ios: {type: apn, private_key: hunter2}
  android: {type: fcm, sandbox: true}
"""


def test_ten_mistakes_in_two_files_are_told_at_once_and_nothing_is_sent(harness: Harness) -> None:
    harness.write(FIRST, "confsync.d/a.yaml")
    harness.write(SECOND, "confsync.d/b.yaml")
    for verb in (harness.config, harness.plan, harness.apply):
        with pytest.raises(InvalidConfiguration) as wrong:
            verb()
    reported = [
        (f"{each.range.start} {each.code} {each.summary}", each.snippet)
        for each in wrong.value.diagnostics
        if each.range
    ]
    in_a, in_b = FIRST.splitlines(), SECOND.splitlines()
    assert reported == [
        ("confsync.d/a.yaml:3:22 CS2015 this is not an account SID", in_a[2]),
        ("confsync.d/a.yaml:7:34 CS2007 no role 'agnet' is declared in services/support", in_a[6]),
        ("confsync.d/a.yaml:8:29 CS2005 'reachability_enabled' must be true or false, not 'yes'", in_a[7]),
        ("confsync.d/a.yaml:12:9 CS2003 unknown key 'permisions' in role", in_a[11]),
        ("confsync.d/b.yaml:3:5 CS1017 'notifications' is empty", in_b[2]),
        (
            (
                "confsync.d/b.yaml:6:25 CS2005 'post_webhook_url' begins with http:// or https://, "
                "but this is 'example.com/hooks'"
            ),
            in_b[5],
        ),
        ("confsync.d/b.yaml:7:15 CS2006 Twilio cannot clear 'method'", in_b[6]),
        (
            "confsync.d/b.yaml:9:27 CS2005 'type' is 'conversation' or 'service', not 'conversaton'",
            in_b[8],
        ),
        (
            "confsync.d/b.yaml:11:33 CS3011 a secret must not be written in the configuration",
            "  ios: {type: apn, private_key: (sensitive)",
        ),
        ("confsync.d/b.yaml:12:33 CS2009 'sandbox' belongs to type 'apn', but this is 'fcm'", in_b[11]),
    ]
    hints = {each.code: each.detail for each in wrong.value.diagnostics}
    assert hints["CS2003"] == "did you mean 'permissions'?"
    assert hints["CS2007"] == "did you mean 'agent'?"
    assert len(harness.emulator.log) == 0
    assert "hunter2" not in repr(wrong.value.diagnostics)
