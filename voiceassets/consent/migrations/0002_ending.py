"""Renewals, notice periods, and the time at which a consent really ends."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

SPEAKER = "int8range(uuid_hash_extended(speaker_id, 0), uuid_hash_extended(speaker_id, 0), '[]') WITH &&"
EXCLUDE = """
ALTER TABLE consent_consentrecord ADD CONSTRAINT consent_one_active_at_a_time
EXCLUDE USING gist ({speaker}, tstzrange(valid_from, {end}) WITH &&) WHERE (state = 'active')
"""
DROP = "ALTER TABLE consent_consentrecord DROP CONSTRAINT consent_one_active_at_a_time"


class Migration(migrations.Migration):

    dependencies = [("consent", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="consentrecord", name="consent_to_expire"),
        migrations.RemoveConstraint(
            model_name="consentrecord", name="consent_active_needs_evidence"
        ),
        migrations.AddField(
            model_name="consentrecord",
            name="notice_days",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="consentrecord",
            name="supersedes",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="renewals",
                to="consent.consentrecord",
            ),
        ),
        migrations.AddField(
            model_name="consentrecord", name="activated_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="consentrecord", name="ends_at", field=models.DateTimeField(null=True)
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("active", "Active"),
                    ("expired", "Expired"),
                    ("superseded", "Superseded"),
                    ("revoked", "Revoked"),
                ],
                default="pending",
                max_length=16,
            ),
        ),
        # As the owner, whom forced row security binds as well: it is lifted for this statement.
        migrations.RunSQL(
            [
                "ALTER TABLE consent_consentrecord NO FORCE ROW LEVEL SECURITY",
                "UPDATE consent_consentrecord SET activated_at = created_at"
                " WHERE evidence_id IS NOT NULL",
                "SET CONSTRAINTS ALL IMMEDIATE",  # an ALTER refuses to run while checks wait
                "ALTER TABLE consent_consentrecord FORCE ROW LEVEL SECURITY",
            ],
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="consentrecord",
            index=models.Index(
                django.db.models.functions.comparison.Least("valid_until", "ends_at"),
                condition=models.Q(("state", "active")),
                name="consent_to_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["active", "expired", "superseded"]), _negated=True),
                    models.Q(
                        ("activated_at__isnull", False),
                        ("evidence__isnull", False),
                        models.Q(("evidence_sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consent_active_needs_evidence",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at__isnull", True),
                    ("ends_at__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="consent_ends_after_it_began",
            ),
        ),
        migrations.RunSQL(
            [DROP, EXCLUDE.format(speaker=SPEAKER, end="least(valid_until, ends_at)")],
            [DROP, EXCLUDE.format(speaker=SPEAKER, end="valid_until")],
        ),
    ]
