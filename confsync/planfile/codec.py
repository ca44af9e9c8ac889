"""The saved form of a plan, derived from the declarations in `confsync/plan`: a new field there is saved by itself.

Decoding is strict. Unknown keys, missing keys and values of another type raise ValueError.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct, to_builtins
from msgspec.structs import FieldInfo, fields

from confsync.codecs import Edit, JsonEdit, Value
from confsync.config.desired import Desired, DesiredValue
from confsync.config.lifecycle import NO_LIFECYCLE, Lifecycle
from confsync.config.tree import File, MissingSecret, Pair, Scalar
from confsync.config.written import read_written
from confsync.diagnostics import Position
from confsync.extra_parameters import is_extra
from confsync.model import Field, Kind
from confsync.names import Address, Sid, is_sid
from confsync.plan.change import Change
from confsync.plan.difference import LiveValue
from confsync.plan.plan import UnmanagedResource
from confsync.quoting import in_quotes
from confsync.redaction import mask_urls
from confsync.resources import kind_of
from confsync.secret import Secret

HIDDEN = Secret("")
"""Stands for every secret of a plan that was read from a file: the file only says that there is one."""


class SavedCodec(Struct, frozen=True):
    """Encodes a value as JSON data and decodes it. `decode` also takes the kind of the resource that it is about."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any, Kind | None], Any]


@cache
def codec_of(declared: Any) -> SavedCodec:  # noqa: ANN401 — a type, a union or an alias
    """Derive the codec of a declared type."""
    if special := _SPECIAL.get(declared):
        return special
    origin, arguments = get_origin(declared), get_args(declared)
    if origin in (Union, UnionType):
        return _optional(codec_of(next(each for each in arguments if each is not NoneType)))
    if origin is Literal:
        return SavedCodec(_as_it_is, _choice(frozenset(arguments)))
    if origin in (tuple, frozenset):
        fixed = origin is tuple and arguments[-1] is not ...
        return _row(tuple(map(codec_of, arguments))) if fixed else _collection(origin, codec_of(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _by_field(codec_of(arguments[1]))
    return _class_codec(declared)


def encode_value(value: LiveValue | DesiredValue) -> Any:  # noqa: ANN401 — JSON
    """Encode a value. Secrets become a placeholder, and tokens in URLs are masked."""
    encoded: Any = value
    match value:
        case Secret():
            encoded = {"secret": True}
        case MissingSecret():
            encoded = {"missing": codec_of(MissingSecret).encode(value)}
        case Address():
            encoded = {"address": str(value)}
        case frozenset():
            encoded = {"members": sorted(value)}
        case Edit():
            encoded = {"add": sorted(value.add), "remove": sorted(value.remove)}
        case JsonEdit():
            encoded = {"set": [list(each) for each in value.add], "remove": sorted(value.remove)}
        case str():
            encoded = mask_urls(value)
    return encoded


def is_hidden(value: LiveValue | DesiredValue) -> bool:
    """Whether a saved plan does not hold the whole value, so that it cannot be compared with another one."""
    return isinstance(value, Secret | MissingSecret) or (isinstance(value, str) and mask_urls(value) != value)


def known_kind(address: Address) -> Kind:
    """Return the kind of an address. Raises ValueError if no resource can have it."""
    kind = kind_of(address)
    if kind is None:
        raise ValueError(f"no resource can have the address {address}")
    return kind


def _as_it_is(value: object) -> object:
    return value


def _optional(codec: SavedCodec) -> SavedCodec:
    return SavedCodec(
        lambda value: None if value is None else codec.encode(value),
        lambda value, kind: None if value is None else codec.decode(value, kind),
    )


def _choice(choices: frozenset[object]) -> Callable[[object, Kind | None], object]:
    def decode(value: object, _: Kind | None) -> object:
        if not isinstance(value, str) or value not in choices:
            raise _none_of(value, choices)
        return value

    return decode


def _row(codecs: tuple[SavedCodec, ...]) -> SavedCodec:
    def decode(value: object, kind: Kind | None) -> object:
        items = _of_type(value, list)
        if len(items) != len(codecs):
            raise ValueError(f"{len(items)} items, and not {len(codecs)}")
        return tuple(codec.decode(item, kind) for codec, item in zip(codecs, items, strict=True))

    return SavedCodec(lambda value: [codec.encode(item) for codec, item in zip(codecs, value, strict=True)], decode)


def _collection(made: type, codec: SavedCodec) -> SavedCodec:
    arrange = sorted if made is frozenset else list
    return SavedCodec(
        lambda value: [codec.encode(each) for each in arrange(value)],
        lambda value, kind: made(codec.decode(each, kind) for each in _of_type(value, list)),
    )


def _by_field(codec: SavedCodec) -> SavedCodec:
    """Make the codec of a mapping whose keys are field names of the kind at hand."""

    def decode(value: object, kind: Kind | None) -> object:
        return {
            _field(name, kind).name: _located(name, codec.decode, each, kind)
            for name, each in _of_type(value, dict).items()
        }

    return SavedCodec(lambda value: {name: codec.encode(each) for name, each in value.items()}, decode)


def _class_codec(declared: type) -> SavedCodec:
    if issubclass(declared, Struct):
        return _struct(declared)
    if issubclass(declared, Enum):
        return SavedCodec(lambda value: value.value, lambda value, _: _member(declared, value))
    if declared in (str, int, bool):
        return SavedCodec(_as_it_is, lambda value, _: _of_type(value, declared))
    raise TypeError(f"{declared} has no saved form")


def _member(declared: type[Enum], value: object) -> Enum:
    found = next((each for each in declared if type(each.value) is type(value) and each.value == value), None)
    if found is None:
        raise _none_of(value, (each.value for each in declared))
    return found


def _none_of(value: object, allowed: Iterable[object]) -> ValueError:
    """Name a value that is not allowed, and those that are."""
    words = ", ".join(sorted(map(_displayed, allowed)))
    return ValueError(f"{_displayed(value)} is none of {words}")


def _displayed(value: object) -> str:
    """Show a value in a message; only its type, if it is not a short word or a number."""
    if isinstance(value, str) and len(value) <= _SHORT:
        return f"{in_quotes(value)}"
    return str(value) if isinstance(value, bool | int) else _NAMES.get(type(value), "another type")


def _struct(declared: type[Struct]) -> SavedCodec:
    """Make the codec of a value type. Fields that have their default are left out of the file."""
    known = {each.name: (codec_of(each.type), _default(each)) for each in fields(declared) if each.type is not Kind}
    has_kind = "kind" in declared.__struct_fields__

    def encode(value: Struct) -> object:
        pairs = ((name, getattr(value, name), codec, default) for name, (codec, default) in known.items())
        return {name: codec.encode(each) for name, each, codec, default in pairs if each != default}

    def decode(value: object, kind: Kind | None) -> object:
        given = _of_type(value, dict)
        if unknown := given.keys() - known.keys():
            raise ValueError(f"unknown key '{min(unknown)[:_SHORT]}'; known are {', '.join(sorted(known))}")
        for name, (_, default) in known.items():
            if name not in given and default is NODEFAULT:
                raise ValueError(f"{name} is missing")
        kind = _kind_of_content(declared, given) or kind
        found = {name: _located(name, known[name][0].decode, each, kind) for name, each in given.items()}
        return declared(**found, **({"kind": kind} if has_kind else {}))

    return SavedCodec(encode, decode)


def _default(info: FieldInfo) -> object:
    return info.default if info.default_factory is NODEFAULT else info.default_factory()


def _kind_of_content(declared: type[Struct], given: Mapping[str, Any]) -> Kind | None:
    """Return the kind of the resource that a part of a plan is about, where its address is in that part."""
    if declared is Change:
        return known_kind(_address(_of_type(given["desired"], dict).get("address")))
    return known_kind(_address(given["address"])) if declared is UnmanagedResource else None


def _located(name: str, decode: Callable[[Any, Kind | None], Any], value: object, kind: Kind | None) -> Any:  # noqa: ANN401
    try:
        return decode(value, kind)
    except ValueError as error:
        raise ValueError(f"{name[:_SHORT]}: {error}") from error


_SHORT = 60


def _of_type(value: object, expected: type) -> Any:  # noqa: ANN401 — JSON
    if type(value) is not expected:
        raise ValueError(f"{_displayed(value)} is not {_NAMES.get(expected, 'of the right type')}")
    return value


_NAMES = {dict: "an object", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}


def _field(name: object, kind: Kind | None) -> Field:
    if kind is None or (name not in kind.by_name and not is_extra(str(name))):
        raise ValueError(f"{kind.a_title if kind else 'this'} has no field {str(name)[:_SHORT]}")
    return kind.by_name[str(name)]


def _address(value: object) -> Address:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{_displayed(value)} is not an address")
    return Address.parse(value)


def _sid(value: object) -> Sid:
    if not is_sid(value):
        raise ValueError(f"{_displayed(value)} is not a SID, which is two letters followed by 32 hexadecimal digits")
    return Sid(str(value))


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(_of_type(value, str))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ValueError(f"{_displayed(value)} is not a time with a time zone, such as 2026-01-31T08:00:00Z")
    return time


def _encode_time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _decode_desired_value(value: object, kind: Kind | None) -> DesiredValue:
    if value is None or isinstance(value, str | bool | int):
        return value
    content = _of_type(value, dict)
    match sorted(content), content:
        case (["secret"], {"secret": True}):
            return HIDDEN
        case (["missing"], {"missing": missing}):
            found: MissingSecret = codec_of(MissingSecret).decode(missing, kind)
            return found
        case (["address"], {"address": address}):
            return _address(address)
        case (["members"], {"members": members}):
            return _texts(members)
        case (["add", "remove"] | ["remove", "set"], _):
            return _decode_edit(content)
    raise ValueError(f"{_displayed(value)} is not a value of a field")


def _decode_edit(content: Mapping[str, object]) -> Edit | JsonEdit:
    removed = _texts(content["remove"])
    if "add" in content:
        return Edit(_texts(content["add"]), removed)
    pairs = (_of_type(each, list) for each in _of_type(content["set"], list))
    return JsonEdit(tuple((_of_type(name, str), _of_type(text, str)) for name, text in pairs), removed)


def _texts(value: object) -> frozenset[str]:
    return frozenset(_of_type(each, str) for each in _of_type(value, list))


def _decode_live_value(value: object, kind: Kind | None) -> LiveValue:
    decoded = _decode_desired_value(value, kind)
    if isinstance(decoded, MissingSecret):
        raise ValueError("a live value is never a missing secret")  # noqa: TRY004 — the file is wrong
    return decoded


def _decode_raw_value(value: object, kind: Kind | None) -> Value:
    decoded = _decode_live_value(value, kind)
    if isinstance(decoded, Address):
        raise ValueError("a value of Twilio is never an address")  # noqa: TRY004 — the file is wrong
    return decoded


def _encode_desired(desired: Desired) -> object:
    saved = _SavedDesired(desired.address, desired.source, desired.fields, desired.lifecycle)
    return codec_of(_SavedDesired).encode(saved)


def _decode_desired(value: object, kind: Kind | None) -> Desired:
    """Decode what was desired. The YAML tree is not saved: only its position is known."""
    saved = codec_of(_SavedDesired).decode(value, kind)
    file, line, column = File(saved.source.file, b""), saved.source.line, saved.source.column
    node = Scalar(file, line, column, line, column, saved.address.key)
    return Desired(saved.address, known_kind(saved.address), saved.fields, saved.lifecycle, Pair(node, node), {})


class _SavedDesired(Struct, frozen=True):
    address: Address
    source: Position
    fields: Mapping[str, DesiredValue] = {}
    lifecycle: Lifecycle = NO_LIFECYCLE


def _encode_lifecycle(lifecycle: Lifecycle) -> object:
    return to_builtins(lifecycle, order="deterministic")


def _decode_lifecycle(value: object, _: Kind | None) -> Lifecycle:
    lifecycle = read_written(Lifecycle, value)
    if lifecycle is None:
        known = ", ".join(Lifecycle.keys())
        raise ValueError(f"{_displayed(value)} is not a lifecycle, which is an object with {known}")
    return lifecycle


_SPECIAL: Mapping[Any, SavedCodec] = {
    Address: SavedCodec(str, lambda value, _: _address(value)),
    Sid: SavedCodec(_as_it_is, lambda value, _: _sid(value)),
    datetime: SavedCodec(_encode_time, lambda value, _: _time(value)),
    Field: SavedCodec(lambda field: field.name, _field),
    DesiredValue: SavedCodec(encode_value, _decode_desired_value),
    LiveValue: SavedCodec(encode_value, _decode_live_value),
    Value: SavedCodec(encode_value, _decode_raw_value),
    Desired: SavedCodec(_encode_desired, _decode_desired),
    Lifecycle: SavedCodec(_encode_lifecycle, _decode_lifecycle),
}
