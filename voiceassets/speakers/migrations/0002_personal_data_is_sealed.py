import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import voiceassets.core.ids
import voiceassets.speakers.personal
from voiceassets.core.operations import IsolateTenant
from voiceassets.speakers.sealing import SealExisting


class Migration(migrations.Migration):
    dependencies = [
        ("speakers", "0001_initial"),
        ("tenants", "0003_metering"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubjectKey",
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
                ("master", models.CharField(blank=True, max_length=32)),
                ("wrapped", models.BinaryField()),
                ("destroyed_at", models.DateTimeField(null=True)),
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
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("destroyed_at__isnull", True),
                            models.Q(("master", ""), ("wrapped", b"")),
                            _connector="OR",
                        ),
                        name="speakers_destroyed_key_is_empty",
                    )
                ],
            },
        ),
        IsolateTenant("speakers_subjectkey"),
        migrations.RemoveConstraint(model_name="speaker", name="speakers_one_active_name"),
        migrations.AddField(
            model_name="speaker",
            name="name_index",
            field=voiceassets.speakers.personal.NameIndex(
                blank=True, editable=False, max_length=64, default=""
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="speaker",
            name="description",
            field=voiceassets.speakers.personal.PersonalText(blank=True, subject="pk"),
        ),
        migrations.AlterField(
            model_name="speaker",
            name="name",
            field=voiceassets.speakers.personal.PersonalText(subject="pk"),
        ),
        migrations.AlterField(
            model_name="speaker",
            name="state",
            field=models.CharField(
                choices=[
                    ("active", "Active"),
                    ("archived", "Archived"),
                    ("erasing", "Erasing"),
                    ("erased", "Erased"),
                ],
                default="active",
                max_length=16,
            ),
        ),
        SealExisting("speakers.Speaker"),
        migrations.AddConstraint(
            model_name="speaker",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("tenant", "name_index"),
                name="speakers_one_active_name",
            ),
        ),
    ]
