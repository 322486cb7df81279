"""What speech costs whom, and what narrows a key."""

import django.db.models.deletion
import django.db.models.functions.datetime
import voiceassets.core.ids
from django.db import migrations, models

from voiceassets.core.operations import IsolateTenant


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_kept_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='characters_per_month',
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='concurrent_requests',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='networks',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='apikey',
            name='replaces',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='tenants.apikey'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='voices',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='tenant',
            name='characters_per_month',
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='tenant',
            name='concurrent_requests',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='UsageEntry',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('subject_id', models.UUIDField(unique=True)),
                ('speaker_id', models.UUIDField()),
                ('key_id', models.CharField(blank=True, max_length=64)),
                ('user_id', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('reserved', 'Reserved'), ('charged', 'Charged'), ('returned', 'Returned')], default='reserved', max_length=16)),
                ('batch', models.BooleanField(default=False)),
                ('characters', models.PositiveIntegerField()),
                ('audio_ms', models.PositiveIntegerField(default=0)),
                ('compute_ms', models.PositiveIntegerField(default=0)),
                ('device', models.CharField(blank=True, max_length=16)),
                ('settled_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant', 'created_at'], name='tenants_usage_by_time'), models.Index(fields=['tenant', 'key_id', 'created_at'], name='tenants_usage_by_key')],
            },
        ),
        IsolateTenant("tenants_usageentry"),
    ]
