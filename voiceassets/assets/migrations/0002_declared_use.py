"""Where a sentence is meant to be heard, and whether that is commercial."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("assets", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="synthesisrequest",
            name="territory",
            field=models.CharField(blank=True, default="", max_length=8),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="synthesisrequest",
            name="channel",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="synthesisrequest",
            name="commercial",
            field=models.BooleanField(default=False),
        ),
    ]
