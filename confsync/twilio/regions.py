"""Twilio's regions: the edge of each, where Twilio processes data, and what Conversations offers there."""

from collections.abc import Mapping

EDGES: Mapping[str, str] = {
    "au1": "sydney",
    "br1": "sao-paulo",
    "de1": "frankfurt",
    "ie1": "dublin",
    "jp1": "tokyo",
    "jp2": "osaka",
    "sg1": "singapore",
    "us1": "ashburn",
    "us2": "umatilla",
}
"""The edge that Twilio's SDKs add to a region. A host with a region alone may be answered by another region."""

OTHER_EDGES = ("roaming",)
"""Edges that are not the edge of a region. Those of a private interconnect, such as `ashburn-ix`, end in `-ix`."""

DEFAULT_REGION = "us1"
"""The region that answers if none is named."""

PROCESSING = ("us1", "ie1", "au1")
"""The regions that hold data; the others only have an edge."""

WITHOUT_CONVERSATIONS = ("au1",)
"""The processing regions for which Twilio's documentation lists no part of Conversations."""


def with_edge(host: str) -> str:
    """Add the edge to a host of Twilio's that names only a region; return any other host unchanged."""
    match host.split("."):
        case [product, region, "twilio", "com"] if region in EDGES:
            return f"{product}.{EDGES[region]}.{region}.twilio.com"
    return host


def is_documented_edge(edge: str) -> bool:
    """Tell whether Twilio's documentation names an edge."""
    return edge in {*EDGES.values(), *OTHER_EDGES} or edge.endswith("-ix")


def region_limits(region: str) -> tuple[str, str]:
    """Say what is doubtful about a region for Conversations, and what to do; both empty if nothing is."""
    if region in WITHOUT_CONVERSATIONS:
        return f"Twilio lists no part of Conversations for the region {region}", "use us1 or ie1"
    if region in EDGES and region not in PROCESSING:
        hint = f"write `edge: {EDGES[region]}` instead, which reaches us1, or use a region that holds data"
        return f"Twilio holds no data in the region {region}", hint
    return "", ""
