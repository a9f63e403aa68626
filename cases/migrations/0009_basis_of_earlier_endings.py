"""Name what earlier endings rest on, where it can be told; the rest never falls."""

from django.db import migrations

# What is known of endings before their basis was kept: the row of that very instant, by the exit. All the rest is marked.
DERIVED = (
    # (fact, the SQL that names case and row)
    ("RESULT", """SELECT served.case_id, orders.relied_on_id FROM cases_ordercase AS served
        JOIN cases_controlorder AS orders ON orders.id = served.order_id
        JOIN cases_case AS ended ON ended.id = served.case_id
        WHERE ended.state = 'ENDED' AND ended.exit = 'CONTROL_ENDED'
          AND orders.ended_at = ended.closed_at AND orders.relied_on_id IS NOT NULL"""),
    ("ORDER", """SELECT served.case_id, orders.id FROM cases_ordercase AS served
        JOIN cases_controlorder AS orders ON orders.id = served.order_id
        JOIN cases_case AS ended ON ended.id = served.case_id
        WHERE ended.state = 'ENDED' AND ended.exit = 'CONTROL_ENDED' AND orders.ended_at = ended.closed_at"""),
    ("RESULT", """SELECT ended.id, result.id FROM cases_case AS ended
        JOIN cases_labresult AS result
          ON result.person_id = ended.person_id AND result.entered_at = ended.closed_at
        WHERE ended.state = 'ENDED' AND ended.exit = 'TESTED_NEGATIVE' AND result.outcome = 'NEGATIVE'"""),
    ("FORM", """SELECT ended.id, form.id FROM cases_case AS ended
        JOIN cases_declaration AS form ON form.person_id = ended.person_id AND form.at = ended.closed_at
        WHERE ended.state = 'ENDED' AND ended.exit = 'FEVER_CLEARED'"""),
    ("REPORT", """SELECT ended.id, report.id FROM cases_case AS ended
        JOIN cases_exitreport AS report ON report.case_id = ended.id AND report.exit = ended.exit
        WHERE ended.state = 'ENDED' AND report.decision = 'APPROVED'"""),
    ("REPORT", """SELECT ended.id, report.id FROM cases_case AS ended
        JOIN cases_exitreport AS report ON report.case_id = ended.index_case_id AND report.exit = 'EXCLUDED'
        WHERE ended.state = 'ENDED' AND ended.exit = 'INDEX_EXCLUDED' AND report.decision = 'APPROVED'"""),
    ("RELEASE", """SELECT ended.id, release.id FROM cases_case AS ended
        JOIN cases_release AS release ON release.case_id = ended.id
        WHERE ended.state = 'ENDED' AND ended.exit = 'RELEASED' AND release.decision = 'APPROVED'"""),
    ("AREA", """SELECT id, risk_area_id FROM cases_case
        WHERE state = 'ENDED' AND exit = 'AREA_LIFTED' AND risk_area_id IS NOT NULL"""),
    ("DEATH", "SELECT id, person_id FROM cases_case WHERE state = 'ENDED' AND exit = 'DEATH'"),
    ("BOOK", """SELECT ended.id, book.id FROM cases_case AS ended
        JOIN cases_rulebook AS book ON book.adopted_at = ended.closed_at
        WHERE ended.state = 'ENDED' AND ended.exit = 'RULE_BOOK'"""),
)
UNKNOWN = """INSERT INTO cases_basis (case_id, fact, key) SELECT id, 'EARLIER', NULL FROM cases_case
    WHERE state = 'ENDED' AND NOT EXISTS (SELECT 1 FROM cases_basis WHERE cases_basis.case_id = cases_case.id)"""


def derive(apps, schema_editor):
    for fact, rows in DERIVED:
        schema_editor.execute(
            f"INSERT INTO cases_basis (case_id, fact, key) SELECT DISTINCT found.c, '{fact}', found.k FROM"  # noqa: S608
            f" (SELECT * FROM ({rows}) AS inside) AS found (c, k)"
            if schema_editor.connection.vendor == "postgresql"
            else f"WITH found (c, k) AS ({rows})"  # noqa: S608
            f" INSERT INTO cases_basis (case_id, fact, key) SELECT DISTINCT c, '{fact}', k FROM found"
        )
    schema_editor.execute(UNKNOWN)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0008_basis_of_endings'),
    ]

    operations = [
        migrations.RunPython(derive, migrations.RunPython.noop),
    ]
