"""A request says whether somebody listens while it is spoken."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0003_speak_aac'),
    ]

    operations = [
        migrations.AddField(
            model_name='synthesisrequest',
            name='streamed',
            field=models.BooleanField(default=False),
        ),
    ]
