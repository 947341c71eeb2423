-- After a failover the database is on another timeline. Nothing is sent there until every delivery server has looked whether its last
-- intent is still written: a standby may have been behind.
CREATE FUNCTION timeline() RETURNS text LANGUAGE sql STABLE AS $$ SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) $$;
ALTER TABLE engine
    -- The timeline on which the engine has found nothing missing, or has begun a new life.
    ADD COLUMN timeline text NOT NULL DEFAULT '',
    ADD COLUMN failover_at timestamptz;
UPDATE engine SET timeline = timeline();
ALTER TABLE servers
    -- Groups of intents that the server has committed.
    ADD COLUMN written bigint NOT NULL DEFAULT 0,
    -- The timeline on which it has looked for the last one, and how many were missing.
    ADD COLUMN looked text NOT NULL DEFAULT '',
    ADD COLUMN missing bigint NOT NULL DEFAULT 0;
