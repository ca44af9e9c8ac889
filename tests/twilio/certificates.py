"""Certificates of servers on this machine."""

import ssl
import subprocess
from pathlib import Path
from shutil import which

import pytest

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout")
"""Make a key; one of RSA takes a quarter of a second."""

needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="a certificate is made with the openssl command")


def self_signed(folder: Path, name: str = "DNS:nowhere.invalid") -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", f"subjectAltName={name}")
    command = ("openssl", "req", "-x509", *KEY, key, *subject, "-out", certificate)
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def signed_by_an_authority(folder: Path) -> ssl.SSLContext:
    """Make an authority, and the certificate of a server that it signs."""
    authority, key, server = folder / "authority.pem", folder / "key.pem", folder / "server.pem"
    may_sign = ("-addext", "keyUsage=critical,keyCertSign")  # Python 3.13 requires it
    extension = folder / "extension"
    extension.write_text("subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n", encoding="utf-8")
    for command in (
        ("req", "-x509", *KEY, key, "-out", authority, "-subj", "/CN=Authority", *may_sign),
        ("req", *KEY, folder / "server.key", "-out", folder / "request.pem", "-subj", "/CN=127.0.0.1"),
        (
            *("x509", "-req", "-in", folder / "request.pem", "-CA", authority, "-CAkey", key, "-CAcreateserial"),
            *("-days", "2", "-extfile", extension, "-out", server),
        ),
    ):
        subprocess.run(("openssl", *command), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server, folder / "server.key")
    return context
