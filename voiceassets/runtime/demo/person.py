"""Somebody with an API key: all that the demo does to the platform, it does through one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

FINAL_JOB_STATES = frozenset({"succeeded", "failed", "cancelled"})
POLL_S = 0.3


class UnexpectedAnswer(Exception):
    """The platform answered otherwise than the story needs."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        return str(self.json.get("code", ""))

    def require(self, *statuses: int) -> Answer:
        if self.status not in statuses:
            raise UnexpectedAnswer(
                f"expected HTTP {' or '.join(map(str, statuses))}, got {self.status}: "
                f"{self.body[:400].decode(errors='replace')}"
            )
        return self


class Person:
    """One member of one tenant."""

    def __init__(self, name: str, *, url: str, key: str) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=90))

    def get(self, path: str) -> Answer:
        return self._send("GET", path)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Answer:
        return self._send("POST", path, json={} if body is None else body)

    def send_files(self, path: str, fields: dict[str, str | list[str]], **files: Path) -> Answer:
        """A multipart request; a list is sent as one field for each of its words."""
        parts: list[tuple[str, Any]] = [
            (name, word)
            for name, value in fields.items()
            for word in (value if isinstance(value, list) else [value])
        ]
        parts += [(name, (file.name, file.read_bytes())) for name, file in files.items()]
        return self._send("POST", path, fields=parts)

    def put(self, url: str, content: bytes, headers: dict[str, str]) -> Answer:
        """Send bytes to a URL that was handed out; the URL itself is the permission."""
        response = self._http.request("PUT", url, body=content, headers=headers)
        return Answer(status=response.status, headers=dict(response.headers), body=response.data)

    def wait_for_job(self, job_id: str, *, timeout_s: float = 300) -> dict[str, Any]:
        """The job once it has ended, however it ended."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            job = self.get(f"/v1/jobs/{job_id}").require(200).json
            if job["state"] in FINAL_JOB_STATES:
                return job
            time.sleep(POLL_S)
        raise UnexpectedAnswer(f"{job_id} did not end within {timeout_s:.0f} s")

    def require_job(self, job_id: str) -> dict[str, Any]:
        """The job, ended well."""
        job = self.wait_for_job(job_id)
        if job["state"] != "succeeded":
            raise UnexpectedAnswer(f"{job['kind']} {job_id} {job['state']}: {job['error']}")
        return job

    def _send(self, method: str, path: str, **what: Any) -> Answer:
        response = self._http.request(method, self._url + path, headers=self._headers, **what)
        return Answer(status=response.status, headers=dict(response.headers), body=response.data)
