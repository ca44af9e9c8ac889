"""The types of parameters: which values each accepts, how it stores them, and which error it raises otherwise."""

from confsync.emulator.parameter_types.base import KEEP, Keep, ParameterType, StoredValue
from confsync.emulator.parameter_types.sids import SidReference, SidString
from confsync.emulator.parameter_types.text import Identifier, JsonObjectList, JsonString, SecretString, String, WebUrl
from confsync.emulator.parameter_types.times import MINUTE, DurationString, Timestamp, parse_duration
from confsync.emulator.parameter_types.values import Boolean, Choice, Integer, StringList

__all__ = [
    "KEEP",
    "MINUTE",
    "Boolean",
    "Choice",
    "DurationString",
    "Identifier",
    "Integer",
    "JsonObjectList",
    "JsonString",
    "Keep",
    "ParameterType",
    "SecretString",
    "SidReference",
    "SidString",
    "StoredValue",
    "String",
    "StringList",
    "Timestamp",
    "WebUrl",
    "parse_duration",
]
