"""The Merkle tree over all seals; the sealer adds what was sealed before it existed."""

from django.db import migrations, models

from voiceassets.core.operations import AppendOnly


class Migration(migrations.Migration):

    dependencies = [("audit", "0002_cursor")]

    operations = [
        migrations.CreateModel(
            name="TreeNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("level", "index"), name="audit_treenode_place")
                ],
            },
        ),
        AppendOnly("audit_treenode"),
    ]
