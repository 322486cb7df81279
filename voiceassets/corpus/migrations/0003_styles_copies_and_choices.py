from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    """Recordings have styles and cleaned copies; datasets may hold the best minutes only."""

    dependencies = [("corpus", "0002_personal_data_is_sealed")]

    operations = [
        migrations.AddField(
            model_name="recording",
            name="style",
            field=models.CharField(default="default", max_length=40),
        ),
        migrations.AddField(
            model_name="recording",
            name="derived_from",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="derived",
                to="corpus.recording",
            ),
        ),
        migrations.AddField(
            model_name="dataset", name="target_ms", field=models.IntegerField(null=True)
        ),
        migrations.AddField(
            model_name="dataset", name="coverage", field=models.JSONField(null=True)
        ),
        migrations.AddField(
            model_name="dataset", name="selection", field=models.JSONField(null=True)
        ),
    ]
