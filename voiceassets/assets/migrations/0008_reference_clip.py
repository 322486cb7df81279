import django.db.models.deletion
from django.db import migrations, models

import voiceassets.speakers.personal


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0007_personal_data_is_sealed"),
        ("storage", "0002_withheld"),
    ]

    operations = [
        migrations.AddField(
            model_name="synthesisrequest",
            name="clip",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="storage.storedobject",
            ),
        ),
        migrations.AddField(
            model_name="synthesisrequest",
            name="clip_language",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="synthesisrequest",
            name="clip_text",
            field=voiceassets.speakers.personal.PersonalText(blank=True, subject="speaker_id"),
        ),
    ]
