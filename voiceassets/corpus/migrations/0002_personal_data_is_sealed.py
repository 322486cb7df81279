import voiceassets.speakers.personal
from django.db import migrations

from voiceassets.speakers.sealing import SealExisting


class Migration(migrations.Migration):
    dependencies = [
        ("speakers", "0002_personal_data_is_sealed"),
        ("corpus", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE corpus_dataset DISABLE TRIGGER frozen", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            model_name="dataset",
            name="failure",
            field=voiceassets.speakers.personal.PersonalJSON(null=True, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="dataset",
            name="name",
            field=voiceassets.speakers.personal.PersonalText(subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="recording",
            name="dropped",
            field=voiceassets.speakers.personal.PersonalJSON(default=list, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="recording",
            name="failure",
            field=voiceassets.speakers.personal.PersonalJSON(null=True, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="recording",
            name="original_name",
            field=voiceassets.speakers.personal.PersonalText(subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="recording",
            name="verdict",
            field=voiceassets.speakers.personal.PersonalJSON(null=True, subject="speaker_id"),
        ),
        migrations.AlterField(
            model_name="segment",
            name="text",
            field=voiceassets.speakers.personal.PersonalText(subject="recording.speaker_id"),
        ),
        migrations.AlterField(
            model_name="segment",
            name="verdict",
            field=voiceassets.speakers.personal.PersonalJSON(subject="recording.speaker_id"),
        ),
        SealExisting("corpus.Recording"),
        SealExisting("corpus.Segment"),
        SealExisting("corpus.Dataset"),
        migrations.RunSQL(
            "ALTER TABLE corpus_dataset ENABLE TRIGGER frozen", migrations.RunSQL.noop
        ),
    ]
