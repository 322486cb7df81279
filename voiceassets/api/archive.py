"""Packs released audio into one ZIP while it is sent, with a manifest of every line."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Generator, Sequence
from typing import Any

from voiceassets.api import speech
from voiceassets.api.operations import Call
from voiceassets.api.wires import Sink
from voiceassets.assets.models import AssetState, SynthesisRequest
from voiceassets.core.errors import DomainError
from voiceassets.storage import services as storage

MANIFEST = "manifest.json"
# Audio is packed already; and a member's time would make equal archives differ.
STORED_AT = (1980, 1, 1, 0, 0, 0)


def packed(call: Call, lines: Sequence[SynthesisRequest]) -> Generator[bytes, None, None]:
    """The archive in pieces; the manifest says why a file that a gate holds back is missing."""
    sink = Sink()
    manifest = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as target:  # type: ignore[call-overload]
        for line in lines:
            entry: dict[str, Any] = {"line": line.line_id, "state": line.asset.state}
            if line.asset.state == AssetState.RELEASED:
                entry |= _add(call, target, line)
                yield sink.take()
            manifest.append(entry | ({"reason": line.asset.reason} if line.asset.reason else {}))
        spelt = json.dumps({"lines": manifest}, indent=1, ensure_ascii=False)
        target.writestr(zipfile.ZipInfo(MANIFEST, STORED_AT), spelt)
    yield sink.take()


def _add(call: Call, target: zipfile.ZipFile, line: SynthesisRequest) -> dict[str, Any]:
    try:
        taken = speech.take(call, line.asset.public_id)
    except DomainError as error:
        return {"state": "withheld", "code": error.code}
    name = f"{line.line_id}.{taken.format}"
    with (
        storage.open_object(taken.stored) as source,
        target.open(zipfile.ZipInfo(name, STORED_AT), "w") as member,
    ):
        shutil.copyfileobj(source, member)
    return {"file": name, "asset": line.asset.public_id, "sha256": taken.stored.sha256}
