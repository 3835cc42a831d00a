-- 0012_device_check.sql - the devices' table with a check that costs nothing: for IN of three values SQLite builds
-- and drops a table at each write, twice where a row is there already.
CREATE TABLE device_new (
	provider_id    BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	device_key     BYTEA    NOT NULL,
	state          SMALLINT NOT NULL,
	accepting      SMALLINT NOT NULL CHECK (accepting BETWEEN -1 AND 1),
	state_ms       BIGINT   NOT NULL,
	told_seq       BIGINT   NOT NULL,
	sealed         BYTEA    NOT NULL,
	gone           SMALLINT NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
	PRIMARY KEY (provider_id, site_id, device_key)
) /*sqlite WITHOUT ROWID */;
INSERT INTO device_new (provider_id, site_id, device_key, state, accepting, state_ms, told_seq, sealed, gone)
	SELECT provider_id, site_id, device_key, state, accepting, state_ms, told_seq, sealed, gone FROM device;
DROP TABLE device;
ALTER TABLE device_new RENAME TO device;
