"""The one change an event may undergo: its content goes, once its seal is half a year old."""

from django.db import migrations, models

TRIGGER = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event"
    " FOR EACH ROW EXECUTE FUNCTION {}()"
)
RETIRE_ONLY = """
CREATE FUNCTION audit_event_retire_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.retired_at IS NULL AND NEW.retired_at = now()
       AND (NEW.data, NEW.actor_id, NEW.object_id, NEW.request_id, NEW.trace_id)
           = ('{}'::jsonb, '', '', '', '')
       AND (NEW.id, NEW.tenant_id, NEW.seq, NEW.action, NEW.actor_kind, NEW.object_type,
            NEW.occurred_at, NEW.created_at)
           = (OLD.id, OLD.tenant_id, OLD.seq, OLD.action, OLD.actor_kind, OLD.object_type,
              OLD.occurred_at, OLD.created_at)
       AND EXISTS (SELECT 1 FROM audit_leaf l JOIN audit_seal s ON s.number = l.seal_id
                    WHERE l.event_seq = OLD.seq AND s.sealed_at < now() - interval '183 days')
       AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.event_seq = OLD.seq)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_event is append-only';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_saved_search")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="retired_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            [
                RETIRE_ONLY,
                "DROP TRIGGER append_only ON audit_event",
                TRIGGER.format("audit_event_retire_only"),
            ],
            [
                "DROP TRIGGER append_only ON audit_event",
                TRIGGER.format("audit_event_refuse"),
                "DROP FUNCTION audit_event_retire_only()",
            ],
        ),
    ]
