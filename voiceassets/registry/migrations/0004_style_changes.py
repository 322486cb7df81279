"""Versions say what styles they have, and people ask for others."""

import django.db.models.deletion
import django.db.models.functions.datetime
import voiceassets.core.ids
from django.conf import settings
from django.db import migrations, models

from voiceassets.core.operations import IsolateTenant


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0005_evidence_check'),
        ('corpus', '0003_styles_copies_and_choices'),
        ('jobs', '0008_style_changes'),
        ('registry', '0003_compared_and_continued'),
        ('speakers', '0002_personal_data_is_sealed'),
        ('tenants', '0004_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='modelversion',
            name='styles',
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name='StyleChange',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('name', models.CharField(max_length=64)),
                ('removes', models.BooleanField(default=False)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='style_changes', to='consent.consentrecord')),
                ('job', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='style_change', to='jobs.job')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='style_changes', to='registry.modelversion')),
                ('speaker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='style_changes', to='speakers.speaker')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                ('version', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='style_change', to='registry.modelversion')),
            ],
            options={
                'verbose_name': 'change of style',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='StyleClip',
            fields=[
                ('id', models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('position', models.IntegerField()),
                ('timbre', models.BooleanField()),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clips', to='registry.stylechange')),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='styles', to='corpus.segment')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('change', 'position'), name='registry_style_clip_position'), models.UniqueConstraint(fields=('change', 'segment'), name='registry_style_clip_once')],
            },
        ),
        IsolateTenant("registry_stylechange"),
        IsolateTenant("registry_styleclip"),
    ]
