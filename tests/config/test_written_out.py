"""A configuration that is written out asks for the same, and writing it out again changes nothing."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from confsync.config.config import Config, LoadOptions
from confsync.config.load import load_config
from confsync.config.writing.expanded import write_out
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness


def load_text(folder: Path, text: str, environ: dict[str, str], environment: str | None = None) -> Config:
    folder.mkdir(exist_ok=True)
    (folder / "confsync.yaml").write_text(text, "utf-8")
    return load_config(LoadOptions(directory=folder, environ=environ, environment=environment))


@campaign(sample=25, at_length=500)
@given(configurations())
def test_any_configuration_written_out_asks_for_the_same(tmp_path: Path, made: GeneratedConfiguration) -> None:
    config = load_text(tmp_path, made.text, dict(made.environ))
    text = write_out(config)
    again = load_text(tmp_path, text, dict(made.environ))
    assert again.digest == config.digest
    assert {each.address: each.lifecycle for each in again.resources.values()} == {
        each.address: each.lifecycle for each in config.resources.values()
    }
    assert write_out(again) == text


REUSE = f"""\
version: 1
requires: ">=0.1"
variables: {{host: dev.example.com, token: {{sensitive: true}}}}
guardrails: {{max_deletes: 3}}
adopt: {{services/only-dev: IS00000000000000000000000000000000}}
forget: [services/gone]
environments:
  dev: {{account_sid: AC{"a" * 32}}}
  prod:
    account_sid: AC{"b" * 32}
    region: us1
    variables: {{host: example.com}}
    guardrails: {{max_deletes: 0}}
    patch: {{services: {{for_each: {{g: {{items: {{c: {{name: "C: #1"}}}}}}}}}}}}
credentials:
  for_each:
    push: {{items: {{ios: "${{{{ env.KEY }}}}"}}, resource: {{type: fcm, secret: "${{{{ each.value }}}}"}}}}
  hook: {{type: fcm, secret: "${{{{ var.token }}}}"}}
  file: {{type: fcm, secret: "${{{{ file.key.pem }}}}", lifecycle: {{only: [prod]}}}}
services:
  defaults:
    webhooks: {{post_webhook_url: "https://${{{{ var.host }}}}/${{{{ var.token }}}}/$${{{{x", method: POST}}
    roles: {{defaults: {{type: conversation}}, agent: {{permissions: [sendMessage]}}}}
    lifecycle: {{protect: true}}
  only-dev: {{lifecycle: {{only: [dev]}}}}
  both: {{lifecycle: {{only: [dev, prod], prune: [roles]}}, roles: {{old: {{lifecycle: {{absent: true}}}}}}}}
  for_each:
    g:
      items: {{a: {{name: "yes"}}, b: {{name: "1.0 \\u202e"}}}}
      resource:
        friendly_name: "${{{{ each.value.name }}}}"
        users: {{alice: {{attributes: {{list: [1, {{x: null}}, "${{{{ each.key }}}}"], text: "$${{{{ y"}}}}}}
"""


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_reuse_is_written_out_for_one_environment(tmp_path: Path, environment: str) -> None:
    environ = {"KEY": "canary-of-a-key", "CONFSYNC_VAR_token": "canary-of-a-token"}
    config = load_text(tmp_path, REUSE, environ, environment)
    expanded = write_out(config)
    again = load_text(tmp_path / "again", expanded, environ, environment)
    assert again.digest == config.digest
    assert again.environment == config.environment
    assert write_out(again) == expanded
    assert "canary" not in expanded
    for word in ("defaults", "for_each", "patch", "each.", "var.host"):
        assert word not in expanded


def test_a_reference_to_a_file_leads_to_the_same_file(harness: Harness) -> None:
    harness.write("version: 1\ncredentials: {a: {type: fcm, secret: '${{ file.keys/a }}'}}\n", "conf/sub/a.yaml")
    harness.write("k", "conf/sub/keys/a")
    config = load_config(LoadOptions(directory=harness.folder, files=(harness.folder / "conf",), environ={}))
    assert config.folder == harness.folder / "conf" or config.folder == harness.folder
    path = "sub/keys/a" if config.folder == harness.folder / "conf" else "conf/sub/keys/a"
    assert f"${{{{ file.{path} }}}}" in write_out(config)


def test_a_value_that_was_sensitive_until_now_stays_a_reference(harness: Harness) -> None:
    text = "version: 1\nvariables: {v: canary}\nservices: {a: {friendly_name: x, webhooks: {post_webhook_url: '%s'}}}\n"
    harness.write(text % "https://example.com/${{ var.v }}")
    config = load_config(
        LoadOptions(directory=harness.folder, environ={}, sensitive_before=lambda *_: frozenset({"v"}))
    )
    expanded = write_out(config)
    assert "canary" not in expanded
    assert json.dumps("https://example.com/${{ var.v }}") in expanded
    assert "v:\n    sensitive: true" in expanded
