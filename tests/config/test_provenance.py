"""Where a value is written, and how it came from there into a resource."""

from pathlib import Path

import pytest
from hypothesis import given

from confsync.config.config import Config, LoadOptions
from confsync.config.load import load_config
from confsync.config.provenance import Origin, Provenance
from confsync.config.tree import plain_value
from confsync.names import Address
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations

BASE = """\
version: 1
variables: {name: Desk}
environments:
  prod:
    account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    patch:
      services:
        desk: {roles: {clerk: {permissions: [leaveConversation]}}}
        defaults: {roles: {defaults: {type: service}}}
        for_each: {g: {items: {c: {on: true}}}}
services:
  defaults:
    configuration: {reachability_enabled: false}
  desk: {friendly_name: "${{ var.name }}"}
  for_each:
    g:
      items: {b: {on: false}}
      resource:
        friendly_name: "A ${{ each.key }}"
        notifications: {log_enabled: "${{ each.value.on }}"}
        roles: {for_each: {r: {items: [x], key: "k${{ each.key }}", resource: {permissions: [addParticipant]}}}}
"""
OVER = "services: {desk: {friendly_name: Over}}\n"
NOTES = {
    "services/desk#friendly_name": "1 over.yaml:1:34 services.desk.friendly_name",
    "services/desk/configuration#reachability_enabled": (
        "0 base.yaml:13:43 services.defaults.configuration.reachability_enabled; defaults services/defaults"
    ),
    "services/desk/roles/clerk#friendly_name": (
        "0 base.yaml:8:24 environments.prod.patch.services.desk.roles.clerk; patch prod"
    ),
    "services/desk/roles/clerk#permissions": (
        "0 base.yaml:8:45 environments.prod.patch.services.desk.roles.clerk.permissions; patch prod"
    ),
    "services/desk/roles/clerk#type": (
        "0 base.yaml:9:45 environments.prod.patch.services.defaults.roles.defaults.type; patch prod"
        "; defaults services/defaults; defaults services/defaults/roles/defaults"
    ),
    "services/c#friendly_name": (
        "0 base.yaml:19:24 services.for_each.g.resource.friendly_name; resource services/for_each/g"
    ),
    "services/c/notifications#log_enabled": (
        "0 base.yaml:10:40 environments.prod.patch.services.for_each.g.items.c.on; patch prod; item services/for_each/g"
    ),
    "services/b/notifications#log_enabled": (
        "0 base.yaml:17:23 services.for_each.g.items.b.on; item services/for_each/g"
    ),
    "services/b/roles/kx#friendly_name": (
        "0 base.yaml:21:40 services.for_each.g.resource.roles.for_each.r.items"
        "; resource services/for_each/g; item services/for_each/g/roles/for_each/r"
    ),
    "services/b/roles/kx#permissions": (
        "0 base.yaml:21:93 services.for_each.g.resource.roles.for_each.r.resource.permissions"
        "; resource services/for_each/g; resource services/for_each/g/roles/for_each/r"
    ),
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, "utf-8")
    Path("over.yaml").write_text(OVER, "utf-8")
    return load_config(LoadOptions(files=(Path("base.yaml"), Path("over.yaml")), environ={}))


def line(origin: Origin) -> str:
    """The layer, the position and the keys, then what they stand for."""
    patch = f"; patch {origin.patch}" if origin.patch else ""
    reuse = "".join(f"; {each.through} {each.address}" for each in origin.reuse)
    return f"{origin.layer} {origin.position} {'.'.join(origin.path)}{patch}{reuse}"


@pytest.mark.parametrize("place", NOTES)
def test_a_value_knows_its_layer_its_place_and_what_it_came_through(config: Config, place: str) -> None:
    address, _, field = place.partition("#")
    origins = Provenance(config).origins_of(config.resources[Address.parse(address)])
    assert line(origins[field]) == NOTES[place]


def test_a_value_is_found_as_it_is_written(config: Config) -> None:
    origins = Provenance(config).origins_of(config.resources[Address.of("services", "c")])
    assert plain_value(origins["friendly_name"].node) == "A ${{ each.key }}"


def test_a_resource_knows_the_item_that_it_was_made_for(config: Config) -> None:
    provenance = Provenance(config)
    inner, outer = (provenance.item_of(Address.parse(each)) for each in ("services/b/roles/kx", "services/b"))
    assert outer
    assert inner
    assert (str(outer.group), str(outer.item.position)) == ("services/for_each/g", "base.yaml:17:15")
    assert (str(inner.group), str(inner.item.position)) == ("services/b/roles/for_each/r", "base.yaml:21:40")
    assert provenance.item_of(Address.of("services", "desk")) is None


@campaign(sample=15, at_length=300)
@given(configurations())
def test_every_value_of_any_configuration_is_found(tmp_path: Path, made: GeneratedConfiguration) -> None:
    (tmp_path / "confsync.yaml").write_text(made.text, "utf-8")
    config = load_config(LoadOptions(directory=tmp_path, environ=made.environ))
    provenance = Provenance(config)
    for desired in config.resources.values():
        origins = provenance.origins_of(desired)
        assert origins.keys() >= desired.nodes.keys()
        for name, node in desired.nodes.items():
            assert origins[name].position == node.position
            key = desired.address.key if desired.kind.value_field else desired.kind.by_name[name].path[-1]
            assert origins[name].path[-1] == key
