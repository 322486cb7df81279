"""An event knows the trace it happened in; older ones, and their hashes, stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_leaf_without_foreign_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='trace_id',
            field=models.CharField(blank=True, db_default='', max_length=32),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('trace_id', ''), _negated=True), fields=['tenant', 'trace_id', '-seq'], name='audit_event_of_trace'),
        ),
    ]
