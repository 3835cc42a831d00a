-- 0005_series_rolls.sql - series by the hour and by the day, how far each is rolled up, and what changed at one site.

-- What a series did in one hour or one day (UTC).  A stretch of which nothing is known has no row.
CREATE TABLE series_roll (
	provider_id    BYTEA    NOT NULL,
	subject_id     BYTEA    NOT NULL,
	series         SMALLINT NOT NULL,
	step           SMALLINT NOT NULL CHECK (step IN (1, 2)), -- 1: hour, 2: day
	at_ms          BIGINT   NOT NULL,            -- its beginning
	low            DOUBLE PRECISION NOT NULL,
	high           DOUBLE PRECISION NOT NULL,
	area           DOUBLE PRECISION NOT NULL,    -- each value times the milliseconds that it held, summed
	latest         DOUBLE PRECISION NOT NULL,    -- the last value that held
	known_ms       BIGINT   NOT NULL,            -- how much of it is known
	PRIMARY KEY (provider_id, subject_id, series, step, at_ms)
);

-- How far each series is rolled up, and from when on its rows are still whole.
CREATE TABLE series_mark (
	provider_id    BYTEA    NOT NULL,
	subject_id     BYTEA    NOT NULL,
	series         SMALLINT NOT NULL,
	rolled_ms      BIGINT   NOT NULL,            -- all whole days before it are
	raw_ms         BIGINT   NOT NULL DEFAULT 0,  -- earlier rows of `series` have been deleted
	hour_ms        BIGINT   NOT NULL DEFAULT 0,  -- earlier hours have been deleted
	day_ms         BIGINT   NOT NULL DEFAULT 0,  -- earlier days have been deleted
	PRIMARY KEY (provider_id, subject_id, series)
);
CREATE INDEX series_mark_rolled ON series_mark (rolled_ms);

INSERT INTO series_mark (provider_id, subject_id, series, rolled_ms)
	SELECT provider_id, subject_id, series, min(at_ms) - min(at_ms) % 86400000
	FROM series GROUP BY provider_id, subject_id, series;

CREATE INDEX change_site ON change (provider_id, site_id, seq);
