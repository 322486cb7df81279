"""Searches of the log under a name, of one tenant each."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import voiceassets.core.ids
from voiceassets.core.operations import IsolateTenant


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial"), ("audit", "0005_trace")]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.UUIDField(default=voiceassets.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("name", models.CharField(max_length=64)),
                ("action", models.CharField(blank=True, max_length=64)),
                ("object_id", models.CharField(blank=True, max_length=64)),
                ("actor_id", models.CharField(blank=True, max_length=64)),
                ("trace_id", models.CharField(blank=True, max_length=32)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("tenant", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant")),
            ],
            options={
                "verbose_name": "saved search",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="audit_one_search_of_a_name")
                ],
            },
        ),
        IsolateTenant("audit_savedsearch"),
    ]
