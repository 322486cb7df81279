from django.db import migrations, models

KINDS = (
    "prepare",
    "freeze",
    "denoise",
    "finetune",
    "evaluate",
    "synthesize",
    "synthesize_batch",
)


class Migration(migrations.Migration):
    """Two more kinds of work."""

    dependencies = [("jobs", "0002_trace")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=32),
        ),
    ]
