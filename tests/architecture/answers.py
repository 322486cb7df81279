"""`python -m tests.architecture.answers` asks for everything once and keeps what is answered.

Writes voiceassets/api/answers.json, the examples that `examples.SPOKEN` does not say by hand. Run
it when an operation is new or answers in another shape (`test_examples.py` tells); the others stay
as they are.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.fuzz.servers import servers


def main() -> int:
    with servers():
        return _record()


def _record() -> int:
    from django.db import connections  # once the settings are known
    from django.test import override_settings

    from tests.architecture.conftest import undone
    from tests.architecture.routes import routes
    from tests.architecture.sending import send, sender
    from tests.architecture.world import examples as requests
    from tests.architecture.world import make_world
    from tests.fuzz.cases import HOST
    from voiceassets.api import examples

    kept: dict[str, Any] = json.loads(examples.RECORDED.read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    try:
        world = make_world("acme")
        asked = requests(world.id)
        for route in routes():
            name = route.operation.name
            if route.operation.answer is None or name in examples.SPOKEN:
                continue
            example = asked[name]
            example.query.pop("after", None)  # the page that has something on it
            with undone(), override_settings(ALLOWED_HOSTS=[HOST]):
                answer = send(sender(world, example), route, example)
            if answer.status == route.operation.status:
                new = _short(answer.json())
                same = _shape(kept.get(name)) == _shape(new)
                found[name] = kept[name] if same else new
            else:
                print(f"{name}: {answer.status}", answer.content[:200], file=sys.stderr)
    finally:
        connections.close_all()
    lines = [f"{json.dumps(n)}: {json.dumps(found[n], ensure_ascii=False)}" for n in sorted(found)]
    examples.RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(found)} answers")
    return 0


def _shape(value: Any) -> Any:
    """What stays the same from one recording to the next."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return type(value)


def _short(value: Any) -> Any:
    """One of each list is enough to see what is in it."""
    if isinstance(value, dict):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value[:1]]
    return value


if __name__ == "__main__":
    sys.exit(main())
