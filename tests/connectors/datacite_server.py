"""A repository at DataCite, as its REST API behaves: who may, what a DOI needs, which states follow which.

Written from DataCite's public documentation and the state machine of its API. It validates by the official JSON schema.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from datacite import schema45

PREFIX, REPOSITORY, PASSWORD = "10.5072", "TCC.LEO", "open sesame"
JSON_API = "application/vnd.api+json"
_NEEDED = ("creators", "titles", "publisher", "publicationYear", "types", "url")
_AFTER = {  # which event leads where, from which states; others leave a DOI as it is
    "publish": ({"draft", "registered"}, "findable"),
    "register": ({"draft"}, "registered"),
    "hide": ({"findable"}, "registered"),
}
Answer = tuple[int, dict[str, Any], dict[str, str]]


class Repository:
    """What DataCite keeps, what it was asked, and what goes wrong next."""

    def __init__(self) -> None:
        self.dois: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.agents: set[str] = set()
        self.troubles: deque[tuple[int, dict[str, str], str]] = deque()
        self.taken_status = 422
        self.api = ""

    def states(self) -> dict[str, str]:
        """Each DOI's state."""
        return {name: str(held["state"]) for name, held in self.dois.items()}

    def fail(self, status: int, *, times: int = 1, body: str = "", **headers: str) -> None:
        """Answer the next requests with this, whatever they are."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.troubles.extend([(status, named, body)] * times)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer as DataCite does."""
        given = headers.get("Authorization", "")
        wanted = "Basic " + base64.b64encode(f"{REPOSITORY}:{PASSWORD}".encode()).decode()
        if method != "GET" and given != wanted:
            return _refusal(401, "Bad credentials.")
        name = unquote(path.removeprefix("/dois").strip("/")).lower()
        if method == "GET":
            return self._show(name, is_own=given == wanted)
        attributes = _read(headers.get("Content-Type", ""), body)
        return _refusal(400, _NO_PAYLOAD) if attributes is None else self._take(method, name, attributes)

    def _show(self, name: str, *, is_own: bool) -> Answer:
        held = self.dois.get(name)
        is_hidden = held is None or (held["state"] != "findable" and not is_own)
        return _refusal(404, _UNKNOWN) if held is None or is_hidden else _shown(name, held, 200)

    def _take(self, method: str, name: str, attributes: dict[str, Any]) -> Answer:
        name = name or str(attributes.get("doi", "")).lower()
        if method == "POST" and name in self.dois:
            return _refusal(self.taken_status, "This DOI has already been taken", source="doi")
        if not name.startswith(f"{PREFIX}/"):
            return _refusal(403, "You are not authorized to access this resource.")
        return self._save(name, attributes)

    def _save(self, name: str, attributes: dict[str, Any]) -> Answer:
        event = attributes.pop("event", None)
        attributes.pop("doi", None)
        held = self.dois.get(name, {"state": "draft", "attributes": {}})
        merged = {**held["attributes"], **attributes}
        sources, state = _AFTER.get(event or "", (set(), ""))
        after = state if held["state"] in sources else held["state"]
        if after != "draft" and (refusal := _fault_of(merged)) is not None:
            return refusal
        status = 200 if name in self.dois else 201
        self.dois[name] = {"state": after, "attributes": merged}
        return _shown(name, self.dois[name], status)


_UNKNOWN = "The resource you are looking for doesn't exist."
_NO_PAYLOAD = "You need to provide a payload following the JSONAPI spec"


def _read(content_type: str, body: bytes) -> dict[str, Any] | None:
    """The attributes in JSON:API's envelope; None where it is none."""
    try:
        data = json.loads(body)["data"]
        is_one = content_type == JSON_API and data["type"] == "dois"
        return dict(data["attributes"]) if is_one else None
    except (ValueError, LookupError, TypeError):
        return None


def _fault_of(attributes: dict[str, Any]) -> Answer | None:
    """What keeps a DOI from being registered: what is missing, an address that is none, what the schema says."""
    for name in _NEEDED:
        if not attributes.get(name):
            return _refusal(422, "can't be blank", source=name)
    if urlsplit(str(attributes["url"])).scheme not in {"http", "https"}:
        return _refusal(422, "URL is not valid", source="url")
    document = {name: value for name, value in attributes.items() if name != "identifiers" and value != []}
    document["publicationYear"] = str(attributes["publicationYear"])
    document["alternateIdentifiers"] = [
        {"alternateIdentifier": one["identifier"], "alternateIdentifierType": one["identifierType"]}
        for one in attributes.get("identifiers", [])
    ]
    fault = next(schema45.validator.iter_errors(document), None)
    return _refusal(422, fault.message[:120], source=fault.json_path) if fault else None


def _refusal(status: int, title: str, source: str = "") -> Answer:
    error = {"status": str(status), "title": title} | ({"source": source} if source else {})
    return status, {"errors": [error]}, {}


def _shown(name: str, held: dict[str, Any], status: int) -> Answer:
    attributes = {"doi": name, "state": held["state"], **held["attributes"]}
    return status, {"data": {"id": name, "type": "dois", "attributes": attributes}}, {}


@contextmanager
def serve() -> Iterator[Repository]:
    """Serve a repository on this machine."""
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            repository.asked.append((self.command, unquote(self.path), _event_of(body)))
            repository.agents.add(self.headers.get("User-Agent", ""))
            if repository.troubles:
                status, headers, text = repository.troubles.popleft()
                self._send(status, text.encode(), headers)
                return
            status, document, headers = repository.answer(self.command, self.path, self.headers, body)
            self._send(status, json.dumps(document).encode(), headers)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in ({"Content-Type": JSON_API} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    repository.api = f"http://127.0.0.1:{server.server_port}"
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _event_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["data"]["attributes"].get("event", ""))
    except (ValueError, LookupError, AttributeError):
        return ""
