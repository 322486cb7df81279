import django.db.models.deletion
import django.db.models.functions.datetime
import voiceassets.core.ids
import voiceassets.speakers.personal
from django.db import migrations, models

from voiceassets.core.operations import IsolateTenant
from voiceassets.speakers.sealing import SealExisting


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_receipt"),
        ("speakers", "0002_personal_data_is_sealed"),
        ("tenants", "0003_metering"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consentrecord",
            name="person_name",
            field=voiceassets.speakers.personal.PersonalText(subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="revoke_reason",
            field=voiceassets.speakers.personal.PersonalText(blank=True, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="wording",
            field=voiceassets.speakers.personal.PersonalText(subject="speaker_id"),
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=voiceassets.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("reason", voiceassets.speakers.personal.PersonalText(subject="speaker_id")),
                ("placed_by", models.CharField(max_length=64)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=64)),
                (
                    "speaker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="speakers.speaker",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "legal hold",
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=["speaker"],
                        name="consent_hold_standing",
                    )
                ],
            },
        ),
        SealExisting("consent.ConsentRecord"),
        IsolateTenant("consent_legalhold"),
    ]
