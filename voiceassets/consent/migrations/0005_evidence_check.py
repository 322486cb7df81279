from django.db import migrations

import voiceassets.speakers.personal


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_sealed_and_held")]

    operations = [
        migrations.AddField(
            model_name="consentrecord",
            name="evidence_check",
            field=voiceassets.speakers.personal.PersonalJSON(null=True, subject="speaker_id"),
        ),
    ]
