"""Every code that a mistake in a configuration may carry, and what it means."""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A stable name for one kind of mistake: people search for it, programs compare it. Never reused, never renumbered.

    CS1xxx files and YAML, CS2xxx the shape of what was written, CS3xxx variables and references, CS4xxx what
    Twilio told.
    """

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a member that is its code, and carries its meaning."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    TOO_LARGE = "CS1001", "a file is larger than 1 MiB"
    NOT_UTF8 = "CS1002", "a file is not UTF-8 text"
    INVISIBLE = "CS1003", "a control character, or one that reorders text, stands in the file itself"
    NOT_YAML = "CS1004", "the file breaks YAML's own rules, so nothing in it was read"
    TOO_DEEP = "CS1005", "mappings and lists are nested more than 32 deep"
    TOO_MANY_NODES = "CS1006", "a file has more than 100,000 values"
    TOO_MANY_MISTAKES = "CS1007", "a file has so many mistakes that reading it stopped"
    DIRECTIVE = "CS1008", "a YAML directive (%YAML, %TAG)"
    SECOND_DOCUMENT = "CS1009", "more than one YAML document in a file"
    NOT_A_MAPPING = "CS1010", "a file holds something other than keys and values"
    ANCHOR = "CS1011", "a YAML anchor (&name)"
    ALIAS = "CS1012", "a YAML alias (*name)"
    TAG = "CS1013", "a YAML tag (!name)"
    MERGE_KEY = "CS1014", "a YAML merge key (<<)"
    DUPLICATE_KEY = "CS1015", "a key is written twice in one mapping"
    KEY_NOT_TEXT = "CS1016", "a key is not text"
    EMPTY = "CS1017", "a key, or an item of a list, has no value at all"
    WRITTEN_TWICE = "CS1018", "a value is written in two files of one folder"

    NOT_A_SECTION = "CS2001", "a section or a resource is not a mapping"
    UNKNOWN_SECTION = "CS2002", "a key at the top, or in an environment, that the language does not have"
    UNKNOWN_KEY = "CS2003", "a key that the resource type does not have"
    MISSING_FIELD = "CS2004", "a field that the resource type needs is not written"
    WRONG_VALUE = "CS2005", "a value that the field cannot have"
    NOT_CLEARABLE = "CS2006", "`null` for a field that Twilio cannot clear"
    UNKNOWN_NAME = "CS2007", "a name that is declared nowhere in the service"
    WRONG_TARGET = "CS2008", "a name of something that will not do here, such as a role of the other type"
    WRONG_TYPE_FOR_FIELD = "CS2009", "a field that only exists where another field has another value"
    NOT_YET = "CS2010", "a key of the language that this version does not know yet"
    SAME_NATURAL_KEY = "CS2011", "two resources that Twilio could not tell apart"
    CIRCLE = "CS2012", "resources refer to each other in a circle"
    BAD_LIFECYCLE = "CS2013", "a `lifecycle` that cannot be meant for this resource"
    BAD_VERSION = "CS2014", "`version` or `requires` does not fit this confsync"
    BAD_ENVIRONMENT = "CS2015", "an environment that cannot be meant"
    DOUBTFUL = "CS2016", "a value that Twilio does not document (a warning)"
    OPEN_TOKEN = "CS2017", "an address that seems to hold a password or token in the open (a warning)"
    TOO_MANY = "CS2018", "more resources in one parent than Twilio has room for"
    NOT_ONE_KEY = "CS2019", "a resource that is recognised in one of several ways says none of them, or more than one"
    BAD_TERMS = "CS2020", "`adopt`, `forget` or `allow_delete` says something that cannot be meant"

    VARIABLES_NOT_A_MAPPING = "CS3001", "variables are not keys and values"
    VARIABLE_NAME = "CS3002", "a variable has a name that no environment variable could carry"
    VARIABLE_DEFAULT = (
        "CS3003",
        "a variable is declared with something that is neither a default nor `{sensitive: true}`",
    )
    UNDECLARED_VARIABLE = "CS3004", "a variable is used or given, and declared nowhere"
    SENSITIVE_VARIABLE_GIVEN = "CS3005", "a sensitive variable is given where its value can be seen"
    VARIABLE_TYPE = "CS3006", "a variable is given a value of another type than its default's"
    VARIABLE_WITHOUT_VALUE = "CS3007", "a variable is used and has no value"
    MALFORMED_REFERENCE = "CS3008", "a reference that cannot be read"
    REFERENCE_IN_KEY = "CS3009", "a reference in a key"
    SECRET_REFERENCE_OUTSIDE_SECRET = "CS3010", "env, file or envfile in a field that is not secret"
    SECRET_LITERAL = "CS3011", "a secret field holds something other than one reference"
    VARIABLE_NOT_SENSITIVE = "CS3012", "a secret field uses a variable that is not sensitive"
    FILE_OUTSIDE = "CS3013", "a file reference leaves the repository"
    FILE_UNUSABLE = "CS3014", "a referenced file is no text file of at most 64 KiB"
    NOT_TEXT_HERE = "CS3015", "an environment variable holds bytes that are not UTF-8"

    MISSING_SECRET = "CS3016", "a secret is to be sent, and its reference cannot be resolved here"

    UNKNOWN_AT_TWILIO = "CS4001", "Twilio told a value that this version does not know (a warning)"
    ENDED = "CS4002", "something differs, and Twilio takes no change of it any more (a warning)"
    STRANGE_JOURNAL = "CS4003", "an apply left behind a journal that does not fit the ledger (a warning)"
    NOT_READ_BACK = "CS4004", "what was written and answered well could not be read once more (a warning)"
    PAST_PLAN = "CS4005", "a saved plan has expired, or is spent (a warning)"
