"""Chapter two: the voice is trained, approved by a second person, and speaks."""

from __future__ import annotations

import os
import signal
import time
from urllib.parse import urlencode

from voiceassets.provenance.labels import read_label
from voiceassets.runtime.demo.capture import finetune_body
from voiceassets.runtime.demo.ledger import Step
from voiceassets.runtime.demo.person import UnexpectedAnswer
from voiceassets.runtime.demo.stage import Stage

SENTENCE = "您好，欢迎致电客户服务中心，请问有什么可以帮您？"
# By language: Mandarin, English, and both in one sentence.
SENTENCES = {
    "zh": SENTENCE,
    "en": "Your order left the warehouse this morning and will arrive tomorrow.",
    "auto": "请打开 email，点一下 confirm 就可以了，谢谢您。",
}
CLAIM_TIMEOUT_S = 60


def tell(stage: Stage) -> None:
    take = stage.ledger.take
    take("fine-tuning survives a SIGKILL of its worker", lambda s: train(stage, s))
    take("Alice may not approve what she asked for", lambda s: approve_alone(stage, s))
    take("Dora approves it", lambda s: approve(stage, s))
    take("the voice speaks Chinese, English, and both at once", lambda s: speak(stage, s))
    take("the voice speaks through /tts, GET and POST", lambda s: speak_as_clients_do(stage, s))
    take("the label is read back from the WAV and the MP3", lambda s: read_labels(stage, s))
    take("Mallory of rival gets 404 for everything", lambda s: trespass(stage, s))


def train(stage: Stage, step: Step) -> None:
    asked = stage["alice"].post("/v1/finetunes", finetune_body(stage)).require(202).json
    step.ids["finetune"], step.ids["job"] = asked["id"], asked["job"]["id"]
    stage.ids["finetune"], stage.ids["training_job"] = asked["id"], asked["job"]["id"]
    killed_at = _wait_until_training(stage)
    os.killpg(stage.stack.process("worker").pid, signal.SIGKILL)
    killed = time.monotonic()
    job = stage["alice"].require_job(asked["job"]["id"])
    if job["attempts"] < 2:
        raise UnexpectedAnswer("the worker was killed too late to matter: one attempt only")
    stage.ids["version"] = step.ids["version"] = job["result"]["version"]
    step.detail = (
        f"killed at {killed_at}; finished on attempt {job['attempts']}, "
        f"{time.monotonic() - killed:.0f} s later"
    )


def approve_alone(stage: Stage, step: Step) -> None:
    path = f"/v1/versions/{stage.ids['version']}/approve"
    refusal = stage["alice"].post(path, {"reason": "I like it."}).require(403)
    step.detail = f"403 {refusal.code}: {refusal.json['detail']}"


def approve(stage: Stage, step: Step) -> None:
    path = f"/v1/versions/{stage.ids['version']}/approve"
    version = stage["dora"].post(path, {"reason": "Listened to its samples."}).require(200).json
    if version["state"] != "approved":
        raise UnexpectedAnswer(f"the version is {version['state']}")
    step.ids["version"] = version["id"]


def speak(stage: Stage, step: Step) -> None:
    said = []
    for language, text in SENTENCES.items():
        body = {"speaker": stage.ids["speaker"], "text": text, "language": language}
        asset = stage["alice"].post("/v1/synthesis?wait=60", body).require(200).json["asset"]
        audio = stage["alice"].get(f"/v1/assets/{asset['id']}/audio").require(200)
        (stage.out / f"v1-{language}.wav").write_bytes(audio.body)
        step.ids[language] = asset["id"]
        said.append(f"{language} {asset['duration_ms'] / 1000:.1f} s")
    stage.ids["asset"] = step.ids["zh"]
    step.detail = f"{', '.join(said)}: listen to {stage.out}/v1-*.wav"


def speak_as_clients_do(stage: Stage, step: Step) -> None:
    query = urlencode({"speaker": "Lin", "text": "Thank you for calling.", "text_lang": "en"})
    got = stage["alice"].get(f"/tts?{query}").require(200)
    (stage.out / "tts.wav").write_bytes(got.body)
    body = {
        "speaker": stage.ids["speaker"],
        "text": SENTENCE,
        "text_lang": "zh",
        "media_type": "mp3",
    }
    posted = stage["alice"].post("/tts", body).require(200)
    (stage.out / "tts.mp3").write_bytes(posted.body)
    step.ids["asset"] = posted.headers["X-Asset-Id"]


def read_labels(stage: Stage, step: Step) -> None:
    labels = {name: read_label(stage.out / name) for name in ("v1-zh.wav", "tts.wav", "tts.mp3")}
    unlabelled = [name for name, label in labels.items() if label is None]
    if unlabelled:
        raise UnexpectedAnswer(f"no label in {', '.join(unlabelled)}")
    step.detail = "; ".join(
        f"{name}: Label={label.content} ProduceID={label.produce_id}"
        for name, label in labels.items()
        if label is not None
    )


def trespass(stage: Stage, step: Step) -> None:
    paths = {
        "speaker": "/v1/speakers/{speaker}",
        "consent": "/v1/consents/{consent}",
        "recording": "/v1/recordings/{recording}",
        "dataset": "/v1/datasets/{dataset}",
        "finetune": "/v1/finetunes/{finetune}",
        "job": "/v1/jobs/{training_job}",
        "version": "/v1/versions/{version}",
        "lineage": "/v1/versions/{version}/lineage",
        "asset": "/v1/assets/{asset}",
        "audio": "/v1/assets/{asset}/audio",
    }
    for path in paths.values():
        stage["mallory"].get(path.format(**stage.ids)).require(404)
    body = {"speaker": stage.ids["speaker"], "text": "Open the vault."}
    stage["mallory"].post("/v1/synthesis", body).require(404)
    stage["mallory"].get(f"/tts?{urlencode(body)}").require(404)
    listed = stage["mallory"].get("/v1/speakers").require(200).json["data"]
    if listed:
        raise UnexpectedAnswer(f"Mallory sees {len(listed)} speakers")
    step.detail = f"{len(paths) + 2} requests, 404 each; her own list of voices is empty"


def _wait_until_training(stage: Stage) -> str:
    """Where the job is once it is in the middle of learning: then a kill costs most."""
    end = time.monotonic() + CLAIM_TIMEOUT_S
    while time.monotonic() < end:
        job = stage["alice"].get(f"/v1/jobs/{stage.ids['training_job']}").require(200).json
        progress = job["progress"]
        if progress["stage"] in {"acoustic", "semantic"} and progress["done"] >= 1:
            return f"{progress['stage']} {progress['done']}/{progress['total']}"
        if job["state"] not in {"queued", "running"}:
            raise UnexpectedAnswer(f"the job {job['state']} before it could be killed")
        time.sleep(0.1)
    raise UnexpectedAnswer("training did not begin")
