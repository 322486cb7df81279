"""Chapter three: the speaker says stop, and the record shows that it was so."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

import psycopg2

from voiceassets.runtime.demo.ledger import Step
from voiceassets.runtime.demo.person import UnexpectedAnswer
from voiceassets.runtime.demo.speaking import SENTENCE
from voiceassets.runtime.demo.stage import Stage

SEALED_WITHIN_S = 15
TAMPER = """
SET session_replication_role = replica;
UPDATE audit_event SET actor_id = 'usr_somebody_else' WHERE id = (
  SELECT id FROM audit_event WHERE action = 'version.approved' ORDER BY seq LIMIT 1)
RETURNING seq;
"""


def tell(stage: Stage) -> None:
    take = stage.ledger.take
    take("consent is revoked while a sentence is queued", lambda s: revoke(stage, s))
    take("the sentence that was queued is refused", lambda s: queued_is_refused(stage, s))
    take("the next synthesis is refused", lambda s: next_is_refused(stage, s))
    take("audio made before cannot be downloaded any more", lambda s: audio_is_gone(stage, s))
    take("Carol reads the log and proves one event", lambda s: read_log(stage, s))
    take("the whole log verifies", lambda s: verify(stage, s))
    take("a row changed by a database superuser is named", lambda s: tamper(stage, s))


def revoke(stage: Stage, step: Step) -> None:
    """The engine is paused meanwhile, so that the sentence surely waits in its queue."""
    engine = stage.stack.process("interactive").pid
    os.killpg(engine, signal.SIGSTOP)
    try:
        body = {"speaker": stage.ids["speaker"], "text": SENTENCE, "language": "zh"}
        asked = stage["alice"].post("/v1/synthesis", body).require(202).json
        stage.ids["queued"], stage.ids["queued_job"] = asked["id"], asked["job"]["id"]
        path = f"/v1/consents/{stage.ids['consent']}/revoke"
        revoked = stage["alice"].post(path, {"reason": "The speaker asked to stop."}).require(200)
    finally:
        os.killpg(engine, signal.SIGCONT)
    step.ids |= {"consent": revoked.json["id"], "synthesis": asked["id"]}
    step.detail = f"revoked at {revoked.json['revoked_at']}"


def queued_is_refused(stage: Stage, step: Step) -> None:
    job = stage["alice"].wait_for_job(stage.ids["queued_job"], timeout_s=60)
    asset = stage["alice"].get(f"/v1/synthesis/{stage.ids['queued']}").require(200).json["asset"]
    if job["state"] == "succeeded" or asset["state"] != "refused":
        raise UnexpectedAnswer(f"the job {job['state']}, the asset is {asset['state']}")
    step.ids["asset"] = asset["id"]
    step.detail = f"job {job['state']}, asset refused: {asset['reason']}"


def next_is_refused(stage: Stage, step: Step) -> None:
    body = {"speaker": stage.ids["speaker"], "text": SENTENCE, "language": "zh"}
    refusal = stage["alice"].post("/v1/synthesis", body).require(403)
    step.detail = f"403 {refusal.code}: {refusal.json['detail']}"


def audio_is_gone(stage: Stage, step: Step) -> None:
    answer = stage["alice"].get(f"/v1/assets/{stage.ids['asset']}/audio").require(403, 409, 410)
    step.detail = f"{answer.status} {answer.code}"


def read_log(stage: Stage, step: Step) -> None:
    events = stage["carol"].get("/v1/audit?action=version.approved").require(200).json["data"]
    event_id = events[0]["id"]
    proof = _proof(stage, event_id)
    step.ids["event"] = event_id
    step.detail = f"sealed in {proof['seal']['number']}, {len(proof['path'])} hashes to the root"


def verify(stage: Stage, step: Step) -> None:
    found = _verification(stage)
    if not found["ok"]:
        raise UnexpectedAnswer(f"the untouched log does not verify: {found['problems'][:3]}")
    step.detail = (
        f"{found['events']} events, {found['seals']} seals, {found['checkpoints']} checkpoints"
    )


def tamper(stage: Stage, step: Step) -> None:
    connection = psycopg2.connect(stage.stack.superuser_dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(TAMPER)
            (changed,) = cursor.fetchone() or (None,)
    finally:
        connection.close()
    found = _verification(stage)
    named = [p for p in found["problems"] if f"#{changed} " in f"{p['where']} "]
    if found["ok"] or not named:
        raise UnexpectedAnswer(f"event #{changed} was changed and not named: {found['problems']}")
    step.detail = f"{named[0]['kind']}: {named[0]['where']}: {named[0]['message']}"


def _proof(stage: Stage, event_id: str) -> dict[str, Any]:
    end = time.monotonic() + SEALED_WITHIN_S
    while time.monotonic() < end:
        event = stage["carol"].get(f"/v1/audit/{event_id}").require(200).json
        if event.get("proof"):
            proof: dict[str, Any] = event["proof"]
            return proof
        time.sleep(0.5)
    raise UnexpectedAnswer(f"{event_id} was not sealed within {SEALED_WITHIN_S} s")


def _verification(stage: Stage) -> dict[str, Any]:
    printed = stage.manage("verify_audit", "--json", check=False).stdout
    found: dict[str, Any] = json.loads(printed)
    return found
