"""Many lines at once."""

import django.db.models.deletion
import django.db.models.functions.datetime
import voiceassets.core.ids
from django.conf import settings
from django.db import migrations, models

from voiceassets.core.operations import IsolateTenant


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0005_lexicons_and_captions'),
        ('consent', '0002_ending'),
        ('jobs', '0002_trace'),
        ('registry', '0001_initial'),
        ('speakers', '0001_initial'),
        ('tenants', '0003_metering'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='synthesisrequest',
            name='line_id',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('name', models.CharField(max_length=120)),
                ('format', models.CharField(choices=[('wav', 'Wav'), ('mp3', 'Mp3'), ('flac', 'Flac'), ('ogg', 'Ogg'), ('aac', 'Aac')], max_length=8)),
                ('line_count', models.PositiveIntegerField()),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('speaker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='speakers.speaker')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='synthesisrequest',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='assets.batch'),
        ),
        migrations.AddConstraint(
            model_name='synthesisrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('batch__isnull', False)), fields=('batch', 'line_id'), name='assets_one_line_per_id'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['tenant', '-id'], name='assets_batch_newest'),
        ),
        IsolateTenant("assets_batch"),
    ]
