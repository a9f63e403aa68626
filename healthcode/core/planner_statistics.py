"""What the database has counted of its tables, which its planner goes by: brought up to date where it is not by itself.

PostgreSQL counts within a minute, but an act that is planned before that compares everybody with everybody, and no
statement is planned twice. SQLite never counts by itself: it then takes every index for as good as any other.
"""

from typing import Any

from django.db import connection, transaction

GROWN = 1.1  # times what was there, as PostgreSQL's own rule has it (autovacuum)
LOOKED_AT = (
    1000  # rows of each of SQLite's indexes: the whole takes twenty milliseconds, whatever the city's size
)
# SQLite counts nothing of what is empty, and takes it for a million rows then: to find whose death is being checked it
# would read all persons first. Of what has one row it would read that first, and then the whole of what a page lists
# the newest fifty of. So no table counts as smaller than this, and no table is left uncounted.
FLOOR = 1000
# The accounts that serve own no table, and ANALYZE passes over what one does not own: it runs as whoever migrated.
# One that another act counts at this moment is left out. What a transaction wrote PostgreSQL adds up until it ends,
# whatever was counted meanwhile: so what stood there at the last count is kept until then, and an act of many parts
# counts a table when it has grown by half, not in each part.
CREATE = {
    "postgresql": """
        CREATE OR REPLACE FUNCTION refresh_planner_statistics() RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog AS $$
        DECLARE
            grown record;
        BEGIN
            FOR grown IN
                SELECT one.oid, one.oid::regclass AS name, written.here, counted.mark
                  FROM pg_class AS one,
                       LATERAL (SELECT 'planner.counted_' || one.oid AS mark) AS counted,
                       LATERAL (SELECT pg_stat_get_xact_tuples_inserted(one.oid)
                                     + pg_stat_get_xact_tuples_updated(one.oid) AS here) AS written,
                       LATERAL (SELECT nullif(current_setting(counted.mark, true), '')::bigint AS here) AS before
                 WHERE relkind = 'r' AND relpersistence = 'p' AND relowner = current_user::regrole
                   AND (before.here IS NULL
                        AND pg_stat_get_mod_since_analyze(one.oid) + written.here > 50 + 0.1 * greatest(reltuples, 0)
                     OR written.here - before.here > 50 + 0.5 * greatest(reltuples, 0))
                 ORDER BY one.oid
            LOOP
                EXECUTE format('ANALYZE (SKIP_LOCKED) %s', grown.name);
                PERFORM set_config(grown.mark, grown.here::text, true);
            END LOOP;
        END $$
    """,
    "sqlite": "SELECT 1",
}
DROP = {"postgresql": "DROP FUNCTION refresh_planner_statistics()", "sqlite": "SELECT 1"}


def refresh() -> None:
    """Let PostgreSQL count the tables that grew by a tenth since it counted them: first in an act on many.

    Called before any person is locked. Nothing on SQLite, whose acts by set are planned well by what `tick` counts.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT refresh_planner_statistics()")


def count_embedded() -> bool:
    """Let SQLite count its tables where its file grew by a tenth since it last did; return whether it did now.

    Each connection reads the counts when it is opened. The size of the file is kept in its header.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        if _pragma(cursor, "page_count") < GROWN * _pragma(cursor, "user_version"):
            return False
        with transaction.atomic():
            cursor.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
            cursor.execute("ANALYZE")
            _raise_to_floor(cursor)
            cursor.execute(f"PRAGMA user_version = {_pragma(cursor, 'page_count')}")
            cursor.execute("ANALYZE sqlite_master")  # reads what is counted now
    return True


def _pragma(cursor: Any, name: str) -> int:
    cursor.execute(f"PRAGMA {name}")
    return int(cursor.fetchone()[0])


def _raise_to_floor(cursor: Any) -> None:
    """Give each table a count of the floor at least: of an index its rows, then how many share its first columns."""
    cursor.execute(
        "SELECT tbl_name, name, (SELECT count(*) FROM pragma_index_info(name)) FROM sqlite_master"
        " WHERE type = 'index' UNION ALL SELECT name, NULL, 0 FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    )
    counts = {(table, index): [1] * (columns + 1) for table, index, columns in cursor.fetchall()}
    cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1")
    counts |= {
        (table, index): [int(one) for one in stat.split() if one.isdigit()]
        for table, index, stat in cursor.fetchall()
    }
    rows: dict[str, int] = {}
    for (table, _index), (number, *_shared) in counts.items():
        rows[table] = max(number, rows.get(table, FLOOR))
    cursor.execute("DELETE FROM sqlite_stat1")
    cursor.executemany(
        "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)",
        [
            (table, index, " ".join(map(str, [number if rows[table] > FLOOR else FLOOR, *shared])))
            for (table, index), (number, *shared) in counts.items()
            if index or rows[table] == FLOOR
        ],
    )
