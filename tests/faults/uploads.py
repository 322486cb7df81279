"""Bad recordings sent to the real web server: a reason at once, and nothing of them stays."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import urllib3
from django.conf import settings

from tests.api.test_bad_uploads import BAD_FILES, BAD_NAMES, form
from tests.faults.checks import wrong_with
from tests.faults.company import Company
from tests.faults.killing import Outcome
from tests.faults.platform import Platform
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.corpus.models import Recording
from voiceassets.storage.models import StoredObject

ANSWERED_WITHIN_S = 2.0


def send_bad_ones(platform: Platform, company: Company) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        for make in BAD_FILES:
            content = make(Path(folder))
            yield _send(platform, company, make.__name__, content, b'filename="take.wav"')
    for name, header in BAD_NAMES.items():
        yield _send(platform, company, f"the file name is {name}", b"RIFF", header)


def _send(
    platform: Platform, company: Company, name: str, content: bytes, header: bytes
) -> Outcome:
    body, content_type = form(company.speaker, content, header)
    before = _kept(company)
    begun_s = time.monotonic()
    answer = urllib3.request(
        "POST",
        f"{platform.url}/v1/recordings",
        body=body,
        headers={**company.alice.headers, "Content-Type": content_type},
        retries=False,
        timeout=60,
    )
    took_s = time.monotonic() - begun_s
    refusal = answer.json() if answer.data.startswith(b"{") else {}
    wrong = wrong_with(company)
    if not (400 <= answer.status < 500 and refusal.get("detail")):
        wrong.append(f"answered {answer.status}: {answer.data[:200]!r}")
    if took_s > ANSWERED_WITHIN_S:
        wrong.append(f"only after {took_s:.1f} s")
    if (after := _kept(company)) != before:
        wrong.append(f"rows, events and temporary files were {before} and are {after}")
    return Outcome(
        name=f"upload: {name}",
        figures=f"{len(body):>10} bytes, {answer.status} {refusal.get('code')} in {took_s:.2f} s",
        wrong=wrong,
    )


def _kept(company: Company) -> tuple[int, ...]:
    with company.alice.scope():
        recordings = Recording.objects.count()
        events = Event.objects.count()
    with platform_scope():
        objects = StoredObject.objects.count()
    return recordings, events, objects, len(list(settings.WORK_DIR.glob("upload-*")))
