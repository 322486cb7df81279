"""`python -m tests.fuzz.storm`: every Idempotency-Key is sent by many at once, until each is told.

Prints how many jobs were made and how many answers were equal; exits with 1 unless each key made
one job and all who sent it were answered alike.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.fuzz.servers import servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.storm", description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    with servers():
        return _storm(options.keys, options.at_once)


def _storm(keys: int, at_once: int) -> int:
    from django.db import connection, connections  # once the settings are known
    from django.test import Client, override_settings

    from tests.factories import make_cast, make_voice
    from voiceassets.jobs.models import Job

    cast = make_cast()
    voice, _ = make_voice(cast)
    body = {"speaker": voice.public_id, "text": "你好。"}

    def insist(key: str) -> tuple[str, bytes]:
        client = Client(headers=cast.alice.headers | {"Idempotency-Key": key})
        try:
            while True:
                answer = client.post("/v1/synthesis", body, content_type="application/json")
                if answer.status_code != 409:
                    return key, answer.status_code.to_bytes(2, "big") + answer.content
        finally:
            connection.close()

    begun_s = time.monotonic()
    sent = [f"key-{number}" for number in range(keys) for _ in range(at_once)]
    bounds = {"interactive": (10 * keys, 10 * keys)}
    host = override_settings(
        ALLOWED_HOSTS=["testserver"], API_RATE_QUOTA=10**9, JOBS_WAITING_MOST=bounds
    )
    with host, ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(insist, sent))
    with cast.alice.scope():
        jobs = Job.objects.filter(kind="synthesize").count()
    connections.close_all()
    different = Counter(key for key, _ in set(answers))
    accepted = sum(content.startswith((202).to_bytes(2, "big")) for _, content in answers)
    equal = sum(different[key] == 1 for key, _ in answers)
    print(
        f"{keys} keys × {at_once} at once: {jobs} jobs, {accepted} accepted, {equal} equal "
        f"answers, in {time.monotonic() - begun_s:.0f} s"
    )
    return 0 if jobs == keys and accepted == equal == len(sent) else 1


if __name__ == "__main__":
    sys.exit(main())
