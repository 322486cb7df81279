from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    """Evaluations have a page and falls, and a fine-tune may go on from a version."""

    dependencies = [
        ("storage", "0002_withheld"),
        ("registry", "0002_personal_data_is_sealed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="evaluation",
            name="name",
            field=models.CharField(
                choices=[("trained", "Trained"), ("asked", "Asked"), ("nightly", "Nightly")],
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="evaluation", name="falls", field=models.JSONField(default=list)
        ),
        migrations.AddField(
            model_name="evaluation",
            name="against",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="evaluation",
            name="report",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="storage.storedobject",
            ),
        ),
        migrations.AddField(
            model_name="finetune",
            name="continues",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="continued_by",
                to="registry.modelversion",
            ),
        ),
    ]
