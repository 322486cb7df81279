"""A database as full as a company's after years: made by SQL, with ids as ordered as real ones."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2

from tests.factories import (
    Person,
    make_approved,
    make_asset,
    make_consent,
    make_person,
    make_speaker,
    make_tenant,
)
from voiceassets.assets.models import Asset
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Role

# Of version 7, one millisecond a row from the year 2020 on: an id's order is its row's.
ROW_ID = """
CREATE FUNCTION pg_temp.row_id(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
SELECT (lpad(to_hex(1577836800000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid $$;
"""
VOICES = """
INSERT INTO speakers_speaker (id, tenant_id, name, name_index, description, languages, state)
SELECT pg_temp.row_id(1, n), %(tenant)s, '', 'bench ' || n, '', '["zh"]', 'active'
  FROM generate_series(1, %(voices)s) AS n
"""
GRANTS = """
INSERT INTO speakers_speakeruserpermission
       (id, tenant_id, content_object_id, permission_id, user_id)
SELECT pg_temp.row_id(%(kind)s, n), %(tenant)s, pg_temp.row_id(1, n),
       (SELECT id FROM auth_permission WHERE codename = 'see_voice'), %(user)s
  FROM generate_series(1, %(grants)s) AS n
"""
ASSETS = """
INSERT INTO storage_storedobject (id, tenant_id, purpose, state, key, sha256, size_bytes,
       content_type, hold, withheld, created_by, erased_by)
SELECT pg_temp.row_id(4, n), %(tenant)s, 'audio', 'live', 'bench/' || n, repeat('a', 64), 96044,
       'audio/wav', false, false, 'bench', ''
  FROM generate_series(1, %(assets)s) AS n;
INSERT INTO assets_synthesisrequest (id, tenant_id, speaker_id, version_id, consent_id, text,
       lexicon, language, style, settings, format, preview, streamed, territory, channel,
       commercial, line_id, clip_text, clip_language, cue, cue_place,
       unlabelled_because)
SELECT pg_temp.row_id(5, n), %(tenant)s, pg_temp.row_id(1, 1 + n %% %(voices)s), %(version)s,
       %(consent)s, '', '[]', 'zh', 'default', '{"seed": 1}', 'wav', false, false, '', '', false,
       '', '', '', 'rhythm', 'start', ''
  FROM generate_series(1, %(assets)s) AS n;
INSERT INTO assets_asset (id, tenant_id, request_id, state, reason, object_id, manifest_id,
       consent_id, duration_ms, sample_rate_hz, pcm_sha256, seed, captions, released_at)
SELECT pg_temp.row_id(6, n), %(tenant)s, pg_temp.row_id(5, n), 'released', '',
       pg_temp.row_id(4, n), %(manifest)s, %(consent)s, 1500, 32000, repeat('b', 64), 1, '{}', now()
  FROM generate_series(1, %(assets)s) AS n;
"""


@dataclass(frozen=True, kw_only=True)
class Company:
    """A tenant whose owner may let its voice speak; `approver` approved it."""

    owner: Person
    approver: Person
    voice: Speaker


def make_company(slug: str) -> Company:
    tenant = make_tenant(slug)
    owner = make_person(tenant, "Owner", Role.OWNER)
    approver = make_person(tenant, "Approver", Role.BRAND_MANAGER)
    voice = make_speaker(owner)
    make_consent(owner, voice)
    make_approved(owner, approver, voice)
    return Company(owner=owner, approver=approver, voice=voice)


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A company with many assets, of as many voices as `all_granted` was granted one by one.

    `few_granted` may know of ten of them.
    """

    company: Company
    all_granted: Person
    few_granted: Person
    count: int

    def asset_id(self, depth: int) -> str:
        """The public id of the asset that lies `depth` rows below the newest."""
        with self.company.owner.scope():
            return Asset.objects.order_by("-id").only("pk")[depth].public_id


def fill(superuser_dsn: str, *, assets: int, grants: int) -> Archive:
    """Takes about a minute for a million assets."""
    company = make_company("archive")
    tenant = company.owner.tenant
    everything = make_person(tenant, "Everything", Role.WRITER)
    few = make_person(tenant, "Few", Role.WRITER)
    spoken = make_asset(company.owner, company.voice)
    assert spoken.consent_id is not None, "it was released"
    facts: dict[str, Any] = {
        "tenant": str(tenant.pk),
        "voices": grants,
        "assets": assets,
        "version": str(spoken.request.version_id),
        "consent": str(spoken.consent_id),
        "manifest": str(spoken.manifest_id),
    }
    # As the superuser, so that no row is checked against a parent that is made beside it.
    with closing(psycopg2.connect(superuser_dsn)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(ROW_ID)
            cursor.execute(VOICES, facts)
            for kind, person, count in ((2, everything, grants), (3, few, min(10, grants))):
                grant = {"kind": kind, "user": str(person.user.pk), "grants": count}
                cursor.execute(GRANTS, facts | grant)
            cursor.execute(ASSETS, facts)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return Archive(company=company, all_granted=everything, few_granted=few, count=assets)
