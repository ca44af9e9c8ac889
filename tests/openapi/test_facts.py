"""The extract of Twilio's OpenAPI file is complete, unedited and current."""

import json

from tests.openapi.extract import FORMAT, extract_facts, facts_digest, format_facts
from tests.openapi.facts import FACTS, TWILIO_FILE, openapi_document, operation_names, read_facts


def test_the_extract_is_what_the_script_writes_and_equals_twilios_file_where_that_is_present() -> None:
    facts = read_facts()
    assert facts["format"] == FORMAT
    assert facts["digest"] == facts_digest(facts), "facts.json was edited: run scripts/openapi-extract"
    assert FACTS.read_text("utf-8") == format_facts(facts)
    if TWILIO_FILE.exists():
        assert extract_facts(json.loads(TWILIO_FILE.read_text("utf-8"))) == facts, "run scripts/openapi-extract"


def test_the_extract_names_its_source_and_licence_and_contains_no_prose() -> None:
    facts = read_facts()
    assert facts["source"]["license"] == "Apache 2.0"
    assert facts["source"]["repository"] == "https://github.com/twilio/twilio-oai"
    assert not {"description", "summary"} & keys_of({name: facts[name] for name in ("schemas", "operations")})


def keys_of(value: object) -> set[str]:
    """Return all keys at any depth."""
    match value:
        case dict():
            return set(value) | {key for each in value.values() for key in keys_of(each)}
        case list():
            return {key for each in value for key in keys_of(each)}
        case _:
            return set()


def test_the_minimal_document_has_every_operation() -> None:
    paths = openapi_document()["paths"]
    assert {f"{method.upper()} {path}" for path, item in paths.items() for method in item} == operation_names()
    assert len(operation_names()) == 103
