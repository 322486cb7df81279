"""Endpoints and what was sent to them."""

import django.db.models.deletion
import django.db.models.functions.datetime
import voiceassets.core.ids
from django.db import migrations, models

from voiceassets.core.operations import IsolateTenant


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0003_metering'),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('url', models.CharField(max_length=2000)),
                ('events', models.JSONField(default=list)),
                ('enabled', models.BooleanField(default=True)),
                ('disabled_reason', models.CharField(blank=True, max_length=64)),
                ('secrets', models.JSONField(default=list)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('event_id', models.CharField(max_length=64)),
                ('type', models.CharField(max_length=64)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('delivered', 'Delivered'), ('failed', 'Failed')], default='pending', max_length=16)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField()),
                ('last_status', models.PositiveIntegerField(null=True)),
                ('last_error', models.CharField(blank=True, max_length=64)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='webhooks.endpoint')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_at'], name='webhooks_delivery_due')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'event_id'), name='webhooks_one_delivery_per_event')],
            },
        ),
        IsolateTenant("webhooks_endpoint"),
        IsolateTenant("webhooks_delivery", platform=True),
    ]
