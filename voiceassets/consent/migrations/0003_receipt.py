"""Signed receipts of revocations and erasures."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import voiceassets.core.ids
from voiceassets.core.operations import AppendOnly, IsolateTenant


class Migration(migrations.Migration):

    dependencies = [
        ("consent", "0002_ending"),
        ("speakers", "0001_initial"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("kind", models.CharField(choices=[("revocation", "Revocation"), ("erasure", "Erasure")], max_length=16)),
                ("body", models.JSONField()),
                ("key", models.TextField()),
                ("signature", models.TextField()),
                ("consent", models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="consent.consentrecord")),
                ("speaker", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="speakers.speaker")),
                ("tenant", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("consent__isnull", False), ("kind", "revocation")),
                            models.Q(("consent__isnull", True), ("kind", "erasure")),
                            _connector="OR",
                        ),
                        name="consent_receipt_of_revocation_names_consent",
                    )
                ],
            },
        ),
        IsolateTenant("consent_receipt"),
        AppendOnly("consent_receipt"),
    ]
