"""Every diagnostic code and its meaning."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A stable name for one kind of diagnostic, which people search for and programs compare. Never reused.

    CS1xxx: files and YAML. CS2xxx: resources and fields. CS3xxx: variables and references. CS4xxx: plans and applies.
    """

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a member that equals its code and carries its meaning."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    TOO_LARGE = "CS1001", "a file is larger than 1 MiB"
    NOT_UTF8 = "CS1002", "a file is not UTF-8 text"
    INVISIBLE = "CS1003", "a control character, or a character that changes the text direction"
    NOT_YAML = "CS1004", "invalid YAML; nothing in the file was read"
    TOO_DEEP = "CS1005", "mappings and lists are nested more than 32 deep"
    TOO_MANY_NODES = "CS1006", "more than 100,000 values in a file, or more than 200,000 values from variables"
    TOO_MANY_ERRORS = "CS1007", "a file has so many errors that confsync stopped reading it"
    DIRECTIVE = "CS1008", "a YAML directive (%YAML, %TAG)"
    SECOND_DOCUMENT = "CS1009", "more than one YAML document in a file"
    NOT_A_MAPPING = "CS1010", "the top level of a file is not a mapping"
    ANCHOR = "CS1011", "a YAML anchor (&name)"
    ALIAS = "CS1012", "a YAML alias (*name)"
    TAG = "CS1013", "a YAML tag (!name)"
    MERGE_KEY = "CS1014", "a YAML merge key (<<)"
    DUPLICATE_KEY = "CS1015", "a key occurs twice in one mapping"
    KEY_NOT_TEXT = "CS1016", "a key is not a string, or the key of a resource is empty"
    EMPTY = "CS1017", "a key or a list item without a value"
    WRITTEN_TWICE = "CS1018", "two files in one folder set the same key"
    LINK = "CS1019", "a file outside the repository, or a symbolic link that confsync does not follow"
    NOT_REGULAR = "CS1020", "a pipe, a socket or a device instead of a file"
    UNREAD_FILE = (
        "CS1021",
        "a file that looks like part of the configuration but is not read (a warning; an error for `*.YAML`)",
    )

    NOT_A_SECTION = "CS2001", "a section or a resource is not a mapping"
    UNKNOWN_SECTION = "CS2002", "an unknown key at the top level or in an environment"
    UNKNOWN_KEY = "CS2003", "an unknown key in a resource"
    MISSING_FIELD = "CS2004", "a required field is missing"
    WRONG_VALUE = "CS2005", "an invalid value"
    NOT_CLEARABLE = "CS2006", "`null` for a field that Twilio cannot clear"
    UNKNOWN_NAME = "CS2007", "a field refers to a resource that is not declared"
    WRONG_TARGET = (
        "CS2008",
        "a field refers to a resource of the wrong type, such as a service role instead of a conversation role",
    )
    WRONG_TYPE_FOR_FIELD = (
        "CS2009",
        "a field that the value of another field rules out, such as `sandbox` with `type: fcm`",
    )
    NOT_YET = "CS2010", "no longer used (in earlier versions: a reserved key that confsync did not support yet)"
    SAME_NATURAL_KEY = (
        "CS2011",
        "two declared resources with the same natural key (a warning from `validate` if Twilio allows this)",
    )
    CIRCLE = "CS2012", "resources that refer to each other in a cycle"
    BAD_LIFECYCLE = "CS2013", "a `lifecycle` setting that this resource does not support"
    BAD_VERSION = "CS2014", "`version` or `requires` does not match this version of confsync"
    BAD_ENVIRONMENT = "CS2015", "an invalid environment"
    LINT = "CS2016", "a value that Twilio does not document (a warning)"
    OPEN_TOKEN = "CS2017", "a URL that seems to contain a password or a token (a warning)"
    TOO_MANY = "CS2018", "more resources of one type than Twilio allows in one parent"
    NOT_ONE_KEY = (
        "CS2019",
        "a resource without a natural key, or with more than one, such as both an identity and a pair of addresses",
    )
    BAD_TERMS = "CS2020", "an invalid `adopt`, `forget`, `allow_delete`, `lock` or `ledger`"
    REGION = "CS2021", "a region that does not offer what the configuration needs (a warning)"
    SHARED_ACCOUNT = "CS2022", "two environments in the same account declare the same resource"
    BAD_DEFAULTS = "CS2023", "an invalid `defaults`"
    BAD_FOR_EACH = "CS2024", "an invalid `for_each`"
    SAME_KEY = "CS2025", "a `for_each` creates a key that already exists in the same mapping"
    TOO_MUCH_EXPANDED = (
        "CS2026",
        "a configuration that becomes too large when confsync expands `defaults` and `for_each`",
    )
    UNKNOWN_PARAMETER = (
        "CS2027",
        "a parameter in `api_extra` that this version of confsync does not support (a warning)",
    )
    LOOKS_THE_SAME = (
        "CS2028",
        "two keys or names that look the same, but whose characters are encoded differently (a warning)",
    )

    VARIABLES_NOT_A_MAPPING = "CS3001", "`variables` is not a mapping"
    VARIABLE_NAME = "CS3002", "a variable name that cannot be part of the name of an environment variable"
    VARIABLE_DEFAULT = "CS3003", "a variable whose declaration or value is malformed"
    UNDECLARED_VARIABLE = "CS3004", "an undeclared variable"
    SENSITIVE_VARIABLE_GIVEN = "CS3005", "a sensitive variable whose value does not come from its environment variable"
    VARIABLE_TYPE = "CS3006", "a value that does not have the declared type of the variable"
    VARIABLE_WITHOUT_VALUE = "CS3007", "a variable without a value"
    MALFORMED_REFERENCE = "CS3008", "an invalid reference"
    REFERENCE_IN_KEY = "CS3009", "a reference in a key"
    SECRET_REFERENCE_OUTSIDE_SECRET = (
        "CS3010",
        "a reference to `env`, `file` or `envfile` in a field that is not secret",
    )
    SECRET_LITERAL = "CS3011", "a secret field whose value is not a single reference"
    VARIABLE_NOT_SENSITIVE = "CS3012", "a secret field that refers to a variable that is not sensitive"
    FILE_OUTSIDE = "CS3013", "a reference to a file outside the repository"
    FILE_UNUSABLE = "CS3014", "a referenced file that is not a text file of at most 64 KiB"
    NOT_TEXT_HERE = "CS3015", "an environment variable that is not valid UTF-8"

    MISSING_SECRET = "CS3016", "a secret that confsync has to send, but whose reference it cannot resolve"

    VARIABLE_NOT_ALLOWED = "CS3017", "a value that is not in the `allowed` list of the variable"
    STRUCTURE_IN_TEXT = "CS3018", "a string that combines other text with a reference to a list or a mapping"
    BAD_EACH = "CS3019", "`each` outside a `for_each`, or `each.value` with a key that the item does not have"

    REFERENCE_IN_SETTING = "CS3020", "a reference in a setting, where confsync does not replace references"

    UNKNOWN_AT_TWILIO = "CS4001", "a value in Twilio that this version of confsync does not know (a warning)"
    TERMINAL = (
        "CS4002",
        "a difference that no apply can remove, because Twilio rejects the change (a warning)",
    )
    STRANGE_JOURNAL = "CS4003", "a journal that does not match the ledger (a warning)"
    NOT_READ_BACK = "CS4004", "a write that succeeded, but whose result confsync could not read back (a warning)"
    PAST_PLAN = "CS4005", "a saved plan that was already applied or has expired (a warning)"
    UNPROTECTED = "CS4006", "a resource that loses its protection and has no other change (a warning)"
    SAME_NAME = (
        "CS4007",
        "an unowned resource that has the natural key of a resource that confsync owns (a warning)",
    )
    UNMARKED = "CS4008", "a value that was sensitive at the last apply and is no longer sensitive (a warning)"
    DANGLING = "CS4009", "a field in Twilio that still refers to a deleted resource (a warning)"
    PENDING_CREATE = "CS4010", "the outcome of an earlier request to create a resource is unknown (a warning)"
    NOT_DELIVERED = "CS4011", "a notification that was not delivered; the next run sends it again (a warning)"
    OLD_SNAPSHOT = "CS4012", "a snapshot that is at least a week old (a warning)"
    PENDING_REPLACE = (
        "CS4013",
        "an interrupted replacement deleted a resource whose undeclared values this plan does not restore (a warning)",
    )
    STALE_ADOPTION = "CS4014", "`adopt` names a resource that no longer exists (a warning)"
    OWNED_ELSEWHERE = (
        "CS4015",
        "a block with `lifecycle.absent` names a resource that is owned at a different address (a warning)",
    )
