"""Certificates of servers on this machine."""

import ssl
import subprocess
from pathlib import Path
from shutil import which

import pytest

needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="a certificate is made with the openssl command")


def self_signed(folder: Path, name: str = "DNS:nowhere.invalid") -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = f"-subj /CN=127.0.0.1 -addext subjectAltName={name}"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 {subject} -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def signed_by_an_authority(folder: Path) -> ssl.SSLContext:
    """Make an authority, and the certificate of a server that it signs."""
    authority, key, server = folder / "authority.pem", folder / "key.pem", folder / "server.pem"
    name = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout")
    may_sign = ("-addext", "keyUsage=critical,keyCertSign")  # Python 3.13 requires it
    extension = folder / "extension"
    extension.write_text("subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n", encoding="utf-8")
    for command in (
        ("req", "-x509", *name, key, "-out", authority, "-subj", "/CN=Authority", *may_sign),
        ("req", *name, folder / "server.key", "-out", folder / "request.pem", "-subj", "/CN=127.0.0.1"),
        (
            *("x509", "-req", "-in", folder / "request.pem", "-CA", authority, "-CAkey", key, "-CAcreateserial"),
            *("-days", "2", "-extfile", extension, "-out", server),
        ),
    ):
        subprocess.run(("openssl", *command), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server, folder / "server.key")
    return context
