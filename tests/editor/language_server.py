"""A client of yaml-language-server: it opens documents as an editor does, and asks about them.

A document in these tests marks the cursor by `|`.
"""

import itertools
import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

DEADLINE = 30.0
"""The seconds within which the server must answer."""

CURSOR = "|"
SETTINGS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
"""What an editor sets. The store is a catalog on the network; it has no part in a schema that a file names."""

Message = Mapping[str, Any]


class Completion(Struct, frozen=True):
    """What the server suggests at the cursor."""

    label: str
    inserted: str
    documentation: str


class LanguageServer:
    """A running server, and the folder of the documents that are open in it."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path, settings: Message) -> None:
        self._process = process
        self._settings = {"yaml": {**SETTINGS, **settings}}
        self._folder = folder
        self._ids = itertools.count(1)
        self._received: queue.Queue[Message | None] = queue.Queue()
        self._diagnostics: dict[str, list[str]] = {}
        threading.Thread(target=self._receive, daemon=True).start()
        self._request("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": _CAPABILITIES})
        self._send({"method": "initialized", "params": {}})

    def completions(self, text: str) -> list[Completion]:
        """Return what the server suggests at the cursor of a document."""
        found = self._request("textDocument/completion", self._place(text))
        items: Sequence[Message] = found["items"] if isinstance(found, Mapping) else found
        return [_completion(each) for each in items]

    def labels(self, text: str) -> list[str]:
        """Return the labels of the suggestions at the cursor of a document, sorted."""
        return sorted({each.label for each in self.completions(text)})

    def hover(self, text: str) -> str:
        """Return what the server shows about the word at the cursor of a document."""
        found = self._request("textDocument/hover", self._place(text))
        return str(found["contents"]["value"]) if found else ""

    def diagnostics(self, *documents: str | Path) -> list[list[str]]:
        """Return the line and message of each diagnostic of each document: a text, or a file."""
        opened = [self._open(each) for each in documents]
        while not all(uri in self._diagnostics for uri in opened):
            self._handle_next()
        return [self._diagnostics[uri] for uri in opened]

    def close(self) -> None:
        """Stop the server as an editor does."""
        self._request("shutdown", None)
        self._send({"method": "exit"})
        self._process.wait(DEADLINE)

    def _place(self, text: str) -> dict[str, object]:
        before, _, after = text.partition(CURSOR)
        line, character = before.count("\n"), len(before) - before.rfind("\n") - 1
        uri = self._open(before + after)
        return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}

    def _open(self, source: str | Path) -> str:
        path = source if isinstance(source, Path) else self._folder / f"{next(self._ids)}.yaml"
        uri, text = path.as_uri(), path.read_text("utf-8") if isinstance(source, Path) else source
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def _request(self, method: str, params: object) -> Any:  # noqa: ANN401 — any JSON
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._handle_next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _handle_next(self) -> Message:
        """Wait for the next message, and answer it if it is a question."""
        message = self._received.get(timeout=DEADLINE)
        assert message is not None, "the language server has ended"
        match message:
            case {"method": "textDocument/publishDiagnostics", "params": params}:
                self._diagnostics[params["uri"]] = [_diagnostic(each) for each in params["diagnostics"]]
            case {"method": "workspace/configuration", "id": number, "params": params}:
                self._send({"id": number, "result": [self._settings.get(each["section"]) for each in params["items"]]})
            case {"method": _, "id": number}:
                self._send({"id": number, "result": None})
        return message

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        stream.flush()

    def _receive(self) -> None:
        assert self._process.stdout is not None
        for message in _messages(self._process.stdout):
            self._received.put(message)
        self._received.put(None)


_CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
}


@contextmanager
def language_server(modules: Path, folder: Path, settings: Message | None = None) -> Iterator[LanguageServer]:
    """Run the server that npm installed, without network."""
    program = modules / "node_modules/yaml-language-server/bin/yaml-language-server"
    command = ["node", "--require", str(modules / "offline.cjs"), str(program), "--stdio"]
    with (folder / "messages").open("w+b") as messages:
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=messages) as process:
            try:
                server = LanguageServer(process, folder, settings or {})
                yield server
                server.close()
            finally:
                process.kill()
        messages.seek(0)
        assert messages.read() == b""


def _messages(stream: IO[bytes]) -> Iterator[Message]:
    while header := stream.readline():
        if header.lower().startswith(b"content-length:"):
            while stream.readline().strip():
                pass
            yield json.loads(stream.read(int(header.partition(b":")[2])))


def _completion(item: Message) -> Completion:
    documentation = item.get("documentation", "")
    text = documentation["value"] if isinstance(documentation, Mapping) else documentation
    return Completion(item["label"], item.get("insertText", item["label"]), text)


def _diagnostic(found: Message) -> str:
    return f"{found['range']['start']['line'] + 1}: {found['message']}"
