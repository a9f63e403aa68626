-- The database roles of the portal, and how long each may wait. Run as a superuser, in the portal's database, before the
-- first `migrate`; it can be repeated at any time:
--   psql -v ON_ERROR_STOP=1 -f deploy/roles.sql portal
-- Passwords are set apart (\password web), so that none stands in a file.
--   owner   migrates; nothing that serves anybody connects as it
--   web     pages, API and door
--   work    db_worker, tick and commands
--   reader  reports and copies, read only
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['owner', 'web', 'work', 'reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', name);
        END IF;
    END LOOP;
END $$;

-- A page asks for few rows in many ways: the planner takes that for much work, and compiling it takes seconds.
ALTER ROLE web    SET jit = off;
ALTER ROLE work   SET jit = off;
ALTER ROLE reader SET jit = off;

-- A page that is looked up is nearly always in memory, or on a disk without a needle.
ALTER ROLE web    SET random_page_cost = 1.1;
ALTER ROLE work   SET random_page_cost = 1.1;
ALTER ROLE reader SET random_page_cost = 1.1;

-- Nobody waits longer for a page; whoever holds a row meanwhile is not waited for for ever.
ALTER ROLE web    SET statement_timeout = '10s';
ALTER ROLE web    SET lock_timeout = '8s';
ALTER ROLE web    SET idle_in_transaction_session_timeout = '60s';
-- Work in the background takes what it takes, but holds nothing while it does nothing.
ALTER ROLE work   SET idle_in_transaction_session_timeout = '10min';
ALTER ROLE reader SET statement_timeout = '10min';
ALTER ROLE reader SET default_transaction_read_only = on;

-- `owner` waits briefly for a lock: a migration that waits behind a page lets every other page wait behind it.
ALTER ROLE owner SET lock_timeout = '5s';

GRANT USAGE ON SCHEMA public TO web, work, reader;
GRANT CREATE ON SCHEMA public TO owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO web, work;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO web, work;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO web, work;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO web, work;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT SELECT ON TABLES TO reader;
-- Who follows the database, and how far behind: an alert.
GRANT pg_read_all_stats TO web, work;
-- The owner's functions: what an act on many has counted for the planner (planner_statistics.py), and what triggers call.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO web, work;
ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO web, work;
-- Nobody but the owner writes over the ledger, whatever becomes of its triggers.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_event', 'audit_leaf', 'audit_seal'] LOOP
        IF to_regclass(name) IS NOT NULL THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM web, work', name);
        END IF;
    END LOOP;
END $$;
