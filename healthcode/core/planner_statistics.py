"""What PostgreSQL has counted of its tables, brought up to date before an act goes by set through what has grown.

Its planner goes by those counts. The database takes them anew by itself within a minute, but an act that is planned
before that compares everybody with everybody, and no statement is planned twice.
"""

from django.db import connection

# The accounts that serve own no table, and ANALYZE passes over what one does not own: it runs as whoever migrated.
# One that another act counts at this moment is left out. Stale is what the database's own rule calls so (autovacuum).
CREATE = {
    "postgresql": """
        CREATE FUNCTION refresh_planner_statistics() RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog AS $$
        DECLARE
            grown regclass;
        BEGIN
            FOR grown IN
                SELECT oid FROM pg_class
                 WHERE relkind = 'r' AND relpersistence = 'p' AND relowner = current_user::regrole
                   AND pg_stat_get_mod_since_analyze(oid) + pg_stat_get_xact_tuples_inserted(oid)
                       + pg_stat_get_xact_tuples_updated(oid) > 50 + 0.1 * greatest(reltuples, 0)
                 ORDER BY oid
            LOOP
                EXECUTE format('ANALYZE (SKIP_LOCKED) %s', grown);
            END LOOP;
        END $$
    """,
    "sqlite": "SELECT 1",
}
DROP = {"postgresql": "DROP FUNCTION refresh_planner_statistics()", "sqlite": "SELECT 1"}


def refresh() -> None:
    """Let the database count the tables that grew by a tenth since it counted them: first in an act on many.

    Called before any person is locked. Nothing on SQLite, which plans without counts.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT refresh_planner_statistics()")
