"""Finds who waits in a queue, and who was served there last, without reading every job."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0006_listen'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('started_at__isnull', True), ('state', 'queued')), fields=['queue', 'tenant', 'id'], name='jobs_job_waiting'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('started_at__isnull', False)), fields=['queue', 'tenant', '-started_at'], name='jobs_job_served'),
        ),
    ]
