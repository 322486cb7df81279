"""Fine-tunes that are only asked what they would cost."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0004_style_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='finetune',
            name='trial',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='finetune',
            constraint=models.CheckConstraint(condition=models.Q(('trial', False), ('version__isnull', True), _connector='OR'), name='registry_trial_makes_nothing'),
        ),
    ]
