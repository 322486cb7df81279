"""Jobs that say what a fine-tune would cost."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0008_style_changes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('prepare', 'prepare'), ('freeze', 'freeze'), ('denoise', 'denoise'), ('finetune', 'finetune'), ('estimate', 'estimate'), ('style', 'style'), ('evaluate', 'evaluate'), ('embed', 'embed'), ('listen', 'listen'), ('synthesize', 'synthesize'), ('synthesize_batch', 'synthesize_batch'), ('rederive', 'rederive')], max_length=32),
        ),
    ]
