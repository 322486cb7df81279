"""Speech may be kept as AAC."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0002_declared_use'),
    ]

    operations = [
        migrations.AlterField(
            model_name='synthesisrequest',
            name='format',
            field=models.CharField(choices=[('wav', 'Wav'), ('mp3', 'Mp3'), ('flac', 'Flac'), ('ogg', 'Ogg'), ('aac', 'Aac')], max_length=8),
        ),
    ]
