"""`manage.py verify_file FILE`: what an audio file is, as `POST /v1/verify` tells it."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voiceassets.assets.verification import Finding, identify
from voiceassets.core.context import tenant_scope
from voiceassets.provenance.examine import Examined, examine
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import system_actor


class Command(BaseCommand):
    help = (
        "Tell which labels an audio file carries and whether they hold. With --tenant also which "
        "asset of that tenant it is, what it was made from, and whether its rights still stand; "
        "the tenant's log says that it was asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        examined = examine(path)
        lines = list(_labels(examined))
        if options["tenant"]:
            tenant = Tenant.objects.filter(slug=options["tenant"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant {options['tenant']}.")
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            with tenant_scope(tenant.pk):
                actor = system_actor("verify_file")
                lines += _asset(identify(actor, examined, file_sha256=digest))
        self.stdout.write("\n".join(lines))


def _labels(examined: Examined) -> Iterator[str]:
    by = f", by {examined.made_by}" if examined.made_by else ""
    yield f"AI-made: {'yes' + by if examined.says_generated else 'nothing in the file says so'}"
    if examined.problem:
        yield f"problem: {examined.problem}"
    yield f"AIGC label: {examined.label.as_text() if examined.label else 'none'}"
    spoken = examined.audible
    yield f"audible label: {f'{spoken.cue} at {spoken.at_ms} ms' if spoken else 'not heard'}"
    signed, heard = examined.credentials, examined.watermark
    yield f"content credentials: {f'{signed.state}, {signed.signed_by}' if signed else 'none'}"
    yield f"watermark: {f'{heard.name}, score {heard.score:.2f}' if heard else 'not listened for'}"


def _asset(found: Finding) -> Iterator[str]:
    for verdict in found.laws:
        lacks = ", ".join(verdict.lacks)
        yield f"{verdict.law.name}: {'met' if verdict.met else f'lacks {lacks}'}"
    yield f"known by: {found.basis}"
    if found.asset is None:
        return
    asset = found.asset
    yield f"asset: {asset.public_id}, {asset.state}, of {asset.request.speaker.public_id}"
    yield f"rights: {found.rights}"
    for edge in found.lineage:
        yield f"{'  ' * edge.depth}{edge.target.id} {edge.role} {edge.source.id}"
