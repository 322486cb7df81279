"""What is sent and answered, by example, which the OpenAPI document shows."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

# Answers of the platform itself, for every operation that is not in `SPOKEN`.
RECORDED = Path(__file__).with_name("answers.json")

SPEAKER, VERSION = "spk_01m83hg1ajfn4e2m0p6q8r9s0t", "ver_01m83hg1rafyd9a8y8r9rr9j1r"
RECORDING, DATASET = "rec_01m83hg21ce2r95zsy2qzf6dxc", "dts_01m83hg2f0fmrt33p4ss3vc5d4"
SEGMENT = "seg_01m83hg25p7g0w5xq9r3k1v8ya"
JOB, ASSET = "job_01m83hg1m7ej0848n03gzjmykb", "ast_01m83hg1kyekyrehw93f4v5699"
SYNTHESIS, CONSENT = "syn_01m83hg1kyekyrehw93f4v5699", "cns_01m83hg1t0exqax4paaajw7ja1"
USER, MEMBER = "usr_01m83hg1bwjsrtg93hjwnyq5kx", "mbr_01m83hg1bwjsrtg93hjwnyq5kx"
KEY = "key_01m83hg1c5dx8hn2nq3v9m7a4f"
AT = "2026-11-23T08:00:00Z"

WORD = {"word": "青禾", "alphabet": "pinyin", "value": "qing1 he2"}
SPOKEN_ELSEWHERE = {
    "text": "您好，欢迎光临。",
    "language_code": "zh",
    "voice_settings": {"speed": 1.1},
}

# By operation, what is sent as JSON.
BODIES: dict[str, dict[str, Any]] = {
    "assets.link": {"valid_for_s": 600},
    "audio.speech": {
        "model": "tts-1",
        "voice": "Xiaoyan",
        "input": "您好，欢迎光临。",
        "response_format": "mp3",
    },
    "audit.searches.create": {
        "name": "Consents taken back this year",
        "action": "consent.revoked",
        "since": "2026-01-01T00:00:00Z",
    },
    "audit.searches.update": {"until": AT},
    "batches.create": {
        "name": "menu",
        "speaker": SPEAKER,
        "language": "zh",
        "format": "mp3",
        "lines": [{"id": "welcome", "text": "您好。"}, {"id": "wait", "text": "请稍候。"}],
    },
    "consents.create": {
        "speaker": SPEAKER,
        "person_name": "李晓燕",
        "purposes": ["train", "synthesize"],
        "languages": ["zh"],
        "wording": "我同意公司用我的声音。",
    },
    "consents.give_notice": {"reason": "She leaves the company."},
    "consents.revoke": {"reason": "The speaker asked for it."},
    "datasets.create": {"speaker": SPEAKER, "name": "Minute one", "recordings": [RECORDING]},
    "finetunes.create": {"speaker": SPEAKER, "dataset": DATASET},
    "finetunes.estimate": {"speaker": SPEAKER, "dataset": DATASET},
    "holds.place": {"reason": "A dispute is pending."},
    "invitations.create": {"email": "bob@company.example", "role": "writer"},
    "keys.issue": {
        "name": "phone menu",
        "scopes": ["synthesis:create", "speakers:read"],
        "networks": ["10.2.0.0/16"],
        "characters_per_month": 500_000,
    },
    "keys.rotate": {"overlap_s": 86_400},
    "lexicon.replace": {"entries": [WORD]},
    "members.update": {"role": "auditor"},
    "no_go.appeals.open": {"reason": "It is her twin sister.", "speaker": SPEAKER},
    "recordings.review": {"accept": True, "reason": "Clear, in spite of the fan."},
    "recordings.transcript": {"transcript_text": "今天天气很好。", "transcript_format": "text"},
    "roles.create": {"name": "Caster", "permissions": ["speakers:read", "synthesis:create"]},
    "roles.update": {"all_voices": True},
    "segments.update": {"text": "您好。", "reason": "One character was wrong."},
    "service_accounts.create": {"name": "Shop", "role": "app"},
    "speakers.create": {"name": "Xiaoyan", "languages": ["zh", "en"]},
    "speakers.erase": {"ground": "consent_withdrawn"},
    "speakers.grants.add": {"user": USER, "verbs": ["use"]},
    "speakers.lexicon.replace": {"entries": [WORD]},
    "speakers.update": {"name": "Xiaoyan Li"},
    "styles.add": {"name": "cheerful", "clips": [SEGMENT]},
    "synthesis.create": {
        "speaker": SPEAKER,
        "text": "您好，欢迎光临。",
        "language": "zh",
        "format": "mp3",
        "settings": {"speed": 1.1},
    },
    "text_to_speech.convert": SPOKEN_ELSEWHERE,
    "text_to_speech.stream": SPOKEN_ELSEWHERE,
    "text_to_speech.with_timestamps": SPOKEN_ELSEWHERE,
    "tts.post": {
        "speaker": "Xiaoyan",
        "text": "您好，欢迎光临。",
        "text_lang": "zh",
        "media_type": "ogg",
        "streaming_mode": True,
    },
    "uploads.open": {"size_bytes": 5_242_880, "content_type": "audio/wav"},
    "versions.approve": {"reason": "Sounds like her.", "override": "Nothing to compare with yet."},
    "versions.reject": {"reason": "Hoarse in long sentences."},
    "webhooks.create": {
        "url": "https://shop.example/hook",
        "events": ["asset.released", "job.failed"],
    },
    "webhooks.rotate": {"overlap_s": 86_400},
    "webhooks.update": {"enabled": False},
}

SOME_JOB = {
    "id": JOB,
    "kind": "synthesize",
    "state": "queued",
    "progress": {"stage": "", "done": 0, "total": 0, "eta_s": None},
    "attempts": 0,
    "cancel_requested": False,
    "result": None,
    "error": None,
    "created_at": AT,
    "started_at": None,
    "finished_at": None,
}
SOME_SPEAKER = {
    "id": SPEAKER,
    "name": "Xiaoyan",
    "description": "Calm, for the phone menu.",
    "languages": ["zh", "en"],
    "state": "active",
    "created_at": AT,
}
# By operation, what its success is answered with, where a recorded answer would show less.
SPOKEN: dict[str, dict[str, Any]] = {
    "batches.create": {
        "id": "bat_01m83hg1q2w3e4r5t6y7u8i9o0",
        "name": "menu",
        "speaker": SPEAKER,
        "format": "mp3",
        "state": "running",
        "lines": 2,
        "released": 0,
        "refused": 0,
        "waiting": 2,
        "created_at": AT,
    },
    "jobs.cancel": SOME_JOB | {"state": "cancelled", "finished_at": AT},
    "jobs.get": SOME_JOB
    | {
        "kind": "finetune",
        "state": "running",
        "progress": {"stage": "semantic", "done": 120, "total": 400, "eta_s": 310},
        "attempts": 1,
        "started_at": AT,
    },
    "me.get": {
        "key": KEY,
        "user": USER,
        "member": MEMBER,
        "role": "writer",
        "tenant": "ten_01m83hg1asfmz9e1t2v3w4x5y6",
        "tenant_slug": "acme",
        "permissions": ["assets:read", "speakers:read", "synthesis:create"],
        "all_voices": False,
    },
    "keys.issue": {
        "key": {
            "id": KEY,
            "name": "phone menu",
            "user": USER,
            "hint": "8s7dF6gH",
            "scopes": ["speakers:read", "synthesis:create"],
            "voices": [],
            "networks": ["10.2.0.0/16"],
            "characters_per_month": 500_000,
            "concurrent_requests": None,
            "created_at": AT,
            "expires_at": None,
            "revoked_at": None,
            "last_used_at": None,
        },
        "secret": "va_live_8s7dF6gH_…",
    },
    "speakers.create": SOME_SPEAKER,
    "speakers.get": SOME_SPEAKER,
    "text_to_speech.with_timestamps": {
        "audio_base64": "SUQzBAAAAAAA",
        "alignment": {
            "characters": ["您", "好"],
            "character_start_times_seconds": [0.1, 0.3],
            "character_end_times_seconds": [0.3, 0.5],
        },
        "normalized_alignment": None,
    },
}
# What may be answered instead.
PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Forbidden",
    "status": 403,
    "detail": "The speaker has revoked the consent; nothing may be made with this voice.",
    "instance": "/v1/synthesis",
    "code": "consent_revoked",
    "request_id": "req_22be362db818d5c7128b8883",
}


@cache
def answers() -> dict[str, Any]:
    """By operation, what its success is answered with."""
    recorded: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return recorded | SPOKEN
