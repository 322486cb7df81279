"""Chapter one: a voice is captured, checked, and allowed to be trained."""

from __future__ import annotations

from typing import Any

from voiceassets.runtime.demo.ledger import Step
from voiceassets.runtime.demo.person import UnexpectedAnswer
from voiceassets.runtime.demo.stage import Sample, Stage

WORDING = (
    "I am aware that recordings of my voice will be used by Acme to create and use a synthetic "
    "version of my voice."
)


def tell(stage: Stage) -> None:
    take = stage.ledger.take
    take("Alice creates a speaker", lambda step: create_speaker(stage, step))
    take("a recording of a minute or more is checked and accepted", lambda s: upload(stage, s))
    take("an MP4, sent by a direct upload, is checked and accepted", lambda s: video(stage, s))
    take("a noisy recording is rejected, with the reason", lambda s: noisy(stage, s))
    take("the dataset is frozen under one hash", lambda s: freeze(stage, s))
    take("training without consent is refused", lambda s: train_without_consent(stage, s))
    take("consent is recorded with its evidence", lambda s: consent(stage, s))


def create_speaker(stage: Stage, step: Step) -> None:
    body = {"name": "Lin", "languages": ["zh", "en"]}
    answer = stage["alice"].post("/v1/speakers", body).require(201)
    step.ids["speaker"] = stage.ids["speaker"] = answer.json["id"]


def upload(stage: Stage, step: Step) -> None:
    recording = _send(stage, stage.main)
    step.ids["recording"] = stage.ids["recording"] = recording["id"]
    checked = _checked(stage, recording)
    if checked["state"] == "needs_review":
        reviewed = {"accept": True, "reason": "Listened to; good enough to train on."}
        path = f"/v1/recordings/{recording['id']}/review"
        checked |= {"state": stage["dora"].post(path, reviewed).require(200).json["state"]}
    _require_state(checked, "accepted")
    report = checked["report"]
    step.detail = (
        f"{report['duration_ms'] / 1000:.0f} s, SNR {report['snr_db']:.0f} dB, "
        f"{report['loudness_lufs']:.0f} LUFS: {len(checked['segments'])} segments, "
        f"{len(checked['dropped'])} stretches dropped, each with its reason"
    )


def video(stage: Stage, step: Step) -> None:
    content = stage.video.recording.read_bytes()
    ticket = (
        stage["alice"]
        .post("/v1/uploads", {"size_bytes": len(content), "content_type": "video/mp4"})
        .require(201)
        .json
    )
    send = ticket["send"]
    stage["alice"].put(send["url"], content, send["headers"]).require(200, 201, 204)
    body = {
        "speaker": stage.ids["speaker"],
        "language": stage.video.language,
        "upload": ticket["id"],
        "name": stage.video.recording.name,
    }
    if stage.video.transcript is not None:
        body |= {
            "transcript_text": stage.video.transcript.read_text(encoding="utf-8"),
            "transcript_format": "srt",
        }
    recording = stage["alice"].post("/v1/recordings", body).require(201).json
    step.ids["recording"] = stage.ids["video"] = recording["id"]
    checked = _checked(stage, recording)
    _require_state(checked, "accepted")
    step.detail = f"{checked['facts']['container']}: {len(checked['segments'])} segments"


def noisy(stage: Stage, step: Step) -> None:
    recording = _send(stage, stage.noisy)
    step.ids["recording"] = recording["id"]
    checked = _checked(stage, recording)
    _require_state(checked, "rejected")
    reason = checked["verdict"]["reasons"][0]
    step.detail = f"{reason['message']} {reason['fix']}"


def freeze(stage: Stage, step: Step) -> None:
    body = {
        "speaker": stage.ids["speaker"],
        "name": "first minute",
        "recordings": [stage.ids["recording"], stage.ids["video"]],
    }
    dataset = stage["alice"].post("/v1/datasets", body).require(201).json
    step.ids["dataset"] = stage.ids["dataset"] = dataset["id"]
    asked = stage["alice"].post(f"/v1/datasets/{dataset['id']}/freeze").require(202).json
    stage["alice"].require_job(asked["job"]["id"])
    frozen = stage["alice"].get(f"/v1/datasets/{dataset['id']}").require(200).json
    _require_state(frozen, "frozen")
    step.detail = f"{frozen['clip_count']} clips, sha256 {frozen['content_hash'][:16]}…"


def train_without_consent(stage: Stage, step: Step) -> None:
    refusal = stage["alice"].post("/v1/finetunes", finetune_body(stage)).require(403)
    if refusal.code != "consent_missing":
        raise UnexpectedAnswer(f"refused for another reason: {refusal.code}")
    step.detail = f"403 {refusal.code}: {refusal.json['detail']}"


def consent(stage: Stage, step: Step) -> None:
    evidence = stage.out / "consent.txt"
    evidence.write_text(f"{WORDING}\nSigned: Lin\n", encoding="utf-8")
    fields: dict[str, str | list[str]] = {
        "speaker": stage.ids["speaker"],
        "person_name": "Lin",
        "purposes": ["train", "synthesize"],
        "wording": WORDING,
    }
    answer = stage["alice"].send_files("/v1/consents", fields, evidence=evidence).require(201)
    _require_state(answer.json, "active")
    step.ids["consent"] = stage.ids["consent"] = answer.json["id"]
    step.detail = f"evidence sha256 {answer.json['evidence_sha256'][:16]}…"


def finetune_body(stage: Stage) -> dict[str, Any]:
    return {
        "speaker": stage.ids["speaker"],
        "dataset": stage.ids["dataset"],
        "settings": {"preset": "demo"},
    }


def _send(stage: Stage, sample: Sample) -> dict[str, Any]:
    fields: dict[str, str | list[str]] = {
        "speaker": stage.ids["speaker"],
        "language": sample.language,
    }
    files = {"file": sample.recording}
    if sample.transcript is not None:
        files["transcript"] = sample.transcript
    return stage["alice"].send_files("/v1/recordings", fields, **files).require(201).json


def _checked(stage: Stage, recording: dict[str, Any]) -> dict[str, Any]:
    stage["alice"].require_job(recording["job"]["id"])
    return stage["alice"].get(f"/v1/recordings/{recording['id']}").require(200).json


def _require_state(row: dict[str, Any], state: str) -> None:
    if row["state"] != state:
        why = row.get("verdict") or row.get("failure")
        raise UnexpectedAnswer(f"{row['id']} is {row['state']}, not {state}: {why}")
