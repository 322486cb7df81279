"""Leaves are written by the sealer alone, with their seal; verification finds one without."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_tree")]

    operations = [
        migrations.AlterField(
            model_name="leaf",
            name="seal",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leaves",
                to="audit.seal",
            ),
        ),
    ]
