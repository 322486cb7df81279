"""Bytes that are kept and given to nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("storage", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="storedobject", name="withheld", field=models.BooleanField(default=False)
        ),
    ]
