"""Certificates for tests: two that OpenSSL made, and a builder of others. No private key of them exists any more."""

import textwrap
from base64 import b64encode

UNTIL_2027 = """\
-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUMJ4RQAAX0DUQcc9wlV/IzCh6sGQwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2FuYXJ5IDM0NTAeFw0yNjExMjkxMzE3NThaFw0yNzExMDkx
MzE3NThaMBUxEzARBgNVBAMMCmNhbmFyeSAzNDUwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASoanlwodZDIKF7f6zr72YNi2/Y5onDlvHp0KC+nSgdme3eaQryd0R8
C2cgQspYVs2chg/mJz04AbI/nUBeIgNNo1MwUTAdBgNVHQ4EFgQUT4zmCLx8J8cp
d1+jbV7i8K2oj+kwHwYDVR0jBBgwFoAUT4zmCLx8J8cpd1+jbV7i8K2oj+kwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAinRk0W7hLkTS8B+PCYLL
ZUs3IeBlzC0jWY8hff7Bw3oCIQCtE26j0MU3KC9Lox8YiPeNSVnEaBanlstHqofm
p40oJQ==
-----END CERTIFICATE-----
"""
"""Valid until 2027-11-09 13:17:58, written as UTCTime."""

UNTIL_2067 = """\
-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUf6eRwK2VaLgrKp8d8ndQ4qbfLxMwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMY2FuYXJ5IDE1MDAwMCAXDTI2MTEyOTEzMTc1OFoYDzIwNjcx
MjI0MTMxNzU4WjAXMRUwEwYDVQQDDAxjYW5hcnkgMTUwMDAwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATcWWKsnouGPWDV/Ge1xF7W4mOYNh5YbZl2pNm3u3aPaZMS
ElSKg8XfRCHANfZMtYGVJqMlYHOBEeIFIL8AVo48o1MwUTAdBgNVHQ4EFgQUHfLV
jWGAfY/XK5fhWVZnBynGpmYwHwYDVR0jBBgwFoAUHfLVjWGAfY/XK5fhWVZnBynG
pmYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBkI/B6NG6CmKOa
N0BM7sfrTr3AXkt7wiHGQ8gLm0bJZQIhAMjGxiIja3JcmJO3/OhWB3Alg6glpMsp
99If3LwUCdRj
-----END CERTIFICATE-----
"""
"""Valid until 2067-12-24 13:17:58, written as GeneralizedTime."""

UTC_TIME, GENERALIZED_TIME = 0x17, 0x18


def der(tag: int, content: bytes) -> bytes:
    """Encode one value."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content


def certificate(not_after: bytes, tag: int = UTC_TIME, *, issuer: bytes = b"canary", version: bool = True) -> bytes:
    """Encode a certificate that nobody signed."""
    validity = der(UTC_TIME, b"200101000000Z") + der(tag, not_after)
    named = der(0x30, der(0x31, der(0x30, der(0x06, b"U\x04\x03") + der(0x0C, issuer))))
    signed = b"".join(
        (
            der(0xA0, der(0x02, b"\x02")) if version else b"",
            der(0x02, b"\x01" * 20),
            der(0x30, der(0x06, b"*")),
            named,
            der(0x30, validity),
            named,
        )
    )
    return der(0x30, der(0x30, signed) + der(0x30, der(0x06, b"*")) + der(0x03, b"\x00canary"))


def pem(content: bytes) -> str:
    """Write a certificate as PEM."""
    lines = "\n".join(textwrap.wrap(b64encode(content).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
