"""How words are read, what of that a request was frozen with, and captions of what was said."""

import django.db.models.deletion
import django.db.models.functions.datetime
import voiceassets.core.ids
from django.db import migrations, models

from voiceassets.core.operations import IsolateTenant


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0004_streamed'),
        ('speakers', '0001_initial'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='synthesisrequest',
            name='lexicon',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='asset',
            name='captions',
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name='Lexicon',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('entries', models.JSONField(default=list)),
                ('changed_at', models.DateTimeField(null=True)),
                ('speaker', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lexicon', to='speakers.speaker')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddConstraint(
            model_name='lexicon',
            constraint=models.UniqueConstraint(condition=models.Q(('speaker', None)), fields=('tenant',), name='assets_one_tenant_lexicon'),
        ),
        IsolateTenant("assets_lexicon"),
    ]
