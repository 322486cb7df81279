import voiceassets.speakers.personal
from django.db import migrations

from voiceassets.speakers.sealing import SealExisting


class Migration(migrations.Migration):
    dependencies = [
        ("speakers", "0002_personal_data_is_sealed"),
        ("assets", "0006_batches"),
    ]

    operations = [
        migrations.AlterField(
            model_name="asset",
            name="captions",
            field=voiceassets.speakers.personal.PersonalJSON(
                default=dict, subject="request.speaker_id"
            ),
        ),
        migrations.AlterField(
            model_name="batch",
            name="name",
            field=voiceassets.speakers.personal.PersonalText(subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="lexicon",
            name="entries",
            field=voiceassets.speakers.personal.PersonalJSON(default=list, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="synthesisrequest",
            name="lexicon",
            field=voiceassets.speakers.personal.PersonalJSON(default=list, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="synthesisrequest",
            name="text",
            field=voiceassets.speakers.personal.PersonalText(subject="speaker_id"),
        ),
        SealExisting("assets.SynthesisRequest"),
        SealExisting("assets.Asset"),
        SealExisting("assets.Batch"),
        SealExisting("assets.Lexicon"),
    ]
