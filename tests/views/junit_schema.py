"""What the schemas of JUnit reports allow: that of Apache Ant, and that of Jenkins's xunit plugin.

Ant's is the stricter one: whatever it allows here, the other one allows as well.
"""

import re
from xml.etree import ElementTree as ET

NAME = re.compile(r"\S(?:.*\S)?", re.DOTALL)
NUMBER = re.compile(r"\d+")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
ANY = re.compile(r".*", re.DOTALL)

ATTRIBUTES: dict[str, dict[str, re.Pattern[str]]] = {
    "testsuites": {},
    "testsuite": {
        **dict.fromkeys(("name", "hostname", "package"), NAME),
        **dict.fromkeys(("tests", "failures", "errors", "skipped", "id", "time"), NUMBER),
        "timestamp": MOMENT,
    },
    "properties": {},
    "property": {"name": NAME, "value": ANY},
    "testcase": {"name": ANY, "classname": NAME, "time": NUMBER},
    **{verdict: {"type": ANY, "message": ANY} for verdict in ("failure", "error", "skipped")},
    "system-out": {},
    "system-err": {},
}
"""Every attribute is required here, although the schemas make `skipped` and `message` optional."""

CHILDREN = {
    "testsuites": re.compile(r"(testsuite )+"),
    "testsuite": re.compile(r"properties (testcase )+system-out system-err "),
    "properties": re.compile(r"(property )*"),
    "testcase": re.compile(r"((failure|error|skipped) )?"),
}
"""The children of each element, in order; any other element has none. An empty report is rejected by CI systems."""


def check_junit(text: str) -> ET.Element:
    """Parse a report, and fail unless the schemas allow it and its numbers are right."""
    root = ET.fromstring(text)  # noqa: S314 — written by us
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == set(ATTRIBUTES[element.tag]), element.tag
        for name, allowed in ATTRIBUTES[element.tag].items():
            assert allowed.fullmatch(element.attrib[name]), (element.tag, name, element.attrib[name])
        children = "".join(f"{each.tag} " for each in element)
        assert CHILDREN.get(element.tag, re.compile("")).fullmatch(children), (element.tag, children)
    for number, suite in enumerate(root):
        cases = suite.findall("testcase")
        assert suite.attrib["id"] == str(number)
        assert suite.attrib["tests"] == str(len(cases))
        for attribute, verdict in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.attrib[attribute] == str(len(suite.findall(f"testcase/{verdict}")))
    return root


def verdicts(root: ET.Element) -> dict[str, str]:
    """Return the verdict and its type by the name of each test case, such as `failure live`."""
    found = {}
    for case in root.iter("testcase"):
        verdict = next(iter(case), None)
        found[case.attrib["name"]] = "passed" if verdict is None else f"{verdict.tag} {verdict.attrib['type']}"
    return found
