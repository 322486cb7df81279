"""Content credentials (C2PA): a signed statement in the file of how it was made, and from what.

They cover every byte of the file, so they are written last and nothing is changed after them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa

from voiceassets.provenance.carriers import Container, container_of
from voiceassets.provenance.label import LabelError
from voiceassets.provenance.signer import DEVELOPMENT, signer

CREATED = "c2pa.created"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
HASH_URN = "urn:sha256:"
GENERATOR = {"name": "Voice Assets"}
# Ogg and raw AAC have no place for a manifest that the library knows how to write.
TYPES = {
    Container.WAVE: "audio/wav",
    Container.MPEG: "audio/mpeg",
    Container.FLAC: "audio/flac",
    Container.MP4: "audio/mp4",
}
TRUSTED, VALID, INVALID = "Trusted", "Valid", "Invalid"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something that speech was made from: its public id, what kind of thing, and its hash."""

    id: str
    kind: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a file's active manifest says. `state` is the reader's: Trusted, Valid or Invalid."""

    state: str
    signed_by: str
    title: str
    generated: bool
    sources: tuple[Source, ...]

    @property
    def is_development(self) -> bool:
        return self.signed_by == DEVELOPMENT

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "state": self.state,
            "signed_by": self.signed_by,
            "development": self.is_development,
            "title": self.title,
            "generated": self.generated,
            "sources": [vars(source) for source in self.sources],
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Credentials:
        """The inverse of `as_dict`."""
        return cls(
            state=content["state"],
            signed_by=content["signed_by"],
            title=content["title"],
            generated=content["generated"],
            sources=tuple(Source(**source) for source in content["sources"]),
        )


def can_carry(path: Path) -> bool:
    """Whether this kind of file has a place for credentials."""
    return container_of(path) in TYPES


def sign(path: Path, *, title: str, sources: Sequence[Source]) -> Credentials:
    """Write credentials into the file at `path` and read them back.

    Raises:
        LabelError: the container cannot carry them, or they do not hold afterwards.
    """
    mime, own = _mime(path), signer()
    aside = path.with_name(f"{path.name}.signed")
    info = c2pa.C2paSignerInfo(own.algorithm.encode(), own.chain.encode(), own.key.encode(), None)
    try:
        with (
            c2pa.Builder(_statement(title, sources), context=_context(own.anchors)) as builder,
            path.open("rb") as source,
            aside.open("w+b") as target,
        ):
            builder.sign(c2pa.Signer.from_info(info), mime, source, target)
        shutil.copymode(path, aside)
        aside.replace(path)
    except c2pa.C2paError as error:
        raise LabelError(f"The content credentials could not be written: {error}") from error
    finally:
        aside.unlink(missing_ok=True)
    found = read(path, anchors=own.anchors)
    if found is None or found.state not in {TRUSTED, VALID} or found.sources != tuple(sources):
        raise LabelError("The content credentials do not hold after they were written.")
    return found


def read(path: Path, *, anchors: str) -> Credentials | None:
    """The credentials of the file at `path`, or None when it has none.

    `anchors` are the certificates (PEM) of those whose signature makes it trusted.

    Raises:
        LabelError: there is something in their place that cannot be read.
    """
    if not can_carry(path):
        return None
    try:
        with path.open("rb") as file:
            reader = c2pa.Reader.try_create(_mime(path), file, context=_context(anchors))
            if reader is None:
                return None
            with reader:
                content = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise LabelError(f"The content credentials could not be read: {error}") from error
    return _credentials(content)


def _credentials(content: dict[str, Any]) -> Credentials:
    active = content["manifests"][content["active_manifest"]]
    actions = [
        action
        for assertion in active.get("assertions", ())
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    return Credentials(
        state=content["validation_state"],
        signed_by=active.get("signature_info", {}).get("common_name", ""),
        title=active.get("title", ""),
        generated=any(action.get("digitalSourceType") == SOURCE_TYPE for action in actions),
        sources=tuple(
            Source(
                id=ingredient.get("title", ""),
                kind=ingredient.get("format", ""),
                sha256=ingredient.get("instance_id", "").removeprefix(HASH_URN),
            )
            for ingredient in active.get("ingredients", ())
        ),
    )


def _statement(title: str, sources: Sequence[Source]) -> dict[str, Any]:
    action = {"action": CREATED, "digitalSourceType": SOURCE_TYPE, "softwareAgent": GENERATOR}
    return {
        "claim_generator_info": [GENERATOR],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
        "ingredients": [
            {
                "title": source.id,
                "format": source.kind,
                "instance_id": f"{HASH_URN}{source.sha256}",
                "relationship": "inputTo",
            }
            for source in sources
        ],
    }


def _mime(path: Path) -> str:
    container = container_of(path)
    if container not in TYPES:
        raise LabelError(f"A {path.suffix} file has no place for content credentials.")
    return TYPES[container]


def _context(anchors: str) -> c2pa.Context:
    """A file that somebody brings must not make this machine fetch what it points to."""
    return c2pa.Context.from_dict(
        {
            "version": 1,
            "trust": {"trust_anchors": anchors},
            "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        }
    )
