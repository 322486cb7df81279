"""Checkpoints are copied to a bucket that locks them, each once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pytest_django import Settings

from voiceassets.core.errors import Unavailable
from voiceassets.storage.checkpoints import send_checkpoints

LOCKED = "locked"


@pytest.fixture(scope="module")
def client(s3_endpoint: str) -> Any:
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}}
    client.put_object_lock_configuration(
        Bucket=LOCKED, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    return client


@pytest.fixture
def bucket(client: Any, settings: Settings, s3_endpoint: str, tmp_path: Path) -> Any:
    settings.AUDIT_CHECKPOINT_DIR = tmp_path
    settings.AUDIT_CHECKPOINT_STORE = f"s3://{LOCKED}/log"
    settings.OBJECT_STORE_ENDPOINT = s3_endpoint
    return client


def sign(folder: Path, number: int) -> Path:
    path = folder / f"{number:012d}-20261123T0000{number:02d}.json"
    path.write_text(json.dumps({"seal": number}))
    return path


def test_each_checkpoint_is_sent_once_and_locked_by_the_bucket(bucket: Any, tmp_path: Path) -> None:
    first, second = sign(tmp_path, 1), sign(tmp_path, 2)
    assert (send_checkpoints(), send_checkpoints()) == (2, 0)
    third = sign(tmp_path, 3)
    assert send_checkpoints() == 1
    for path in (first, second, third):
        kept = bucket.get_object(Bucket=LOCKED, Key=f"log/{path.name}")
        assert kept["Body"].read() == path.read_bytes()
        assert kept["ObjectLockMode"] == "COMPLIANCE"
        with pytest.raises(ClientError, match="AccessDenied"):
            bucket.delete_object(Bucket=LOCKED, Key=f"log/{path.name}", VersionId=kept["VersionId"])
    (tmp_path / "sent").unlink()
    first.write_text("{}")
    assert send_checkpoints() == 3
    kept = bucket.get_object(Bucket=LOCKED, Key=f"log/{first.name}")["Body"].read()
    assert json.loads(kept) == {"seal": 1}, "what is there already is not written over"


def test_a_bucket_that_does_not_answer_is_asked_again(
    bucket: Any, settings: Settings, tmp_path: Path
) -> None:
    sign(tmp_path, 1)
    settings.AUDIT_CHECKPOINT_STORE = "s3://nowhere/log"
    with pytest.raises(Unavailable):
        send_checkpoints()
    assert not (tmp_path / "sent").exists()


def test_without_a_bucket_nothing_is_sent(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_CHECKPOINT_DIR = tmp_path
    settings.AUDIT_CHECKPOINT_STORE = ""
    sign(tmp_path, 1)
    assert send_checkpoints() == 0
