"""Both stores behind one fixture; the bucket lives in an S3 server process on loopback.

That server (moto) speaks the protocol and honours conditional writes, but checks no credentials
and no signatures: what is signed is asserted here on the request, that a store enforces it is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import boto3
import pytest
from pytest_django import Settings

from voiceassets.storage.backends import Backend
from voiceassets.storage.files import FileBackend
from voiceassets.storage.s3 import S3Backend

BUCKET = "voices"


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@contextmanager
def s3_server() -> Iterator[str]:
    """The URL of an S3 server with one empty bucket, whose credentials are in the environment."""
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stderr is not None
        endpoint = next(
            line.rsplit(" ", 1)[-1].strip() for line in server.stderr if "Running on" in line
        )
        # It writes a line for each request, and would wait for whoever does not read them.
        Thread(target=server.stderr.read, daemon=True).start()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_CONFIG_FILE": os.devnull,
            }.items():
                patch.setenv(name, value)
            boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
            yield endpoint
    finally:
        server.kill()
        server.wait()
        if server.stderr is not None:
            server.stderr.close()


@pytest.fixture
def s3(s3_endpoint: str, request: pytest.FixtureRequest) -> S3Backend:
    """A store of its own in the bucket: a prefix per test."""
    return S3Backend(bucket=BUCKET, prefix=request.node.name[:60], endpoint=s3_endpoint)


@pytest.fixture(params=["files", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "files":
        return FileBackend(tmp_path / "objects")
    found: Backend = request.getfixturevalue("s3")
    return found


@pytest.fixture
def in_bucket(settings: Settings, s3_endpoint: str, request: pytest.FixtureRequest) -> str:
    """Point the platform at the bucket for one test."""
    settings.OBJECT_STORE = f"s3://{BUCKET}/{request.node.name[:60]}"
    settings.OBJECT_STORE_ENDPOINT = s3_endpoint
    return s3_endpoint
