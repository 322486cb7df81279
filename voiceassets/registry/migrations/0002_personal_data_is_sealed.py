import voiceassets.speakers.personal
from django.db import migrations

from voiceassets.speakers.sealing import SealExisting


class Migration(migrations.Migration):
    dependencies = [
        ("speakers", "0002_personal_data_is_sealed"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="approval",
            name="reason",
            field=voiceassets.speakers.personal.PersonalText(
                blank=True, subject="version.voice_model.speaker_id"
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE registry_approval DISABLE TRIGGER append_only", migrations.RunSQL.noop
        ),
        SealExisting("registry.Approval"),
        migrations.RunSQL(
            "ALTER TABLE registry_approval ENABLE TRIGGER append_only", migrations.RunSQL.noop
        ),
    ]
