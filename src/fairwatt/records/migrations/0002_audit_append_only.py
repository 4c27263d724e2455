"""Let the database itself refuse to change or delete audit events, whoever asks."""

from django.db import migrations

from fairwatt.records.audit_guard import install_guard, remove_guard


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda _apps, editor: install_guard(editor.connection),
            lambda _apps, editor: remove_guard(editor.connection),
        ),
    ]
