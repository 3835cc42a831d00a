-- 0009_archive_erase.sql - what is put aside, and what is gone for good.

-- Since when it is out of lists and counts; NULL: it is not.  A site of an archived customer is archived with it.
ALTER TABLE customer ADD COLUMN archived_ms BIGINT;
ALTER TABLE site ADD COLUMN archived_ms BIGINT;

-- What was asked to be erased: the work goes on from here after a restart, and the row stays as the record that it was done.
CREATE TABLE erasure (
	provider_id    BYTEA    NOT NULL,
	erasure_id     BYTEA    NOT NULL,
	customer_id    BYTEA    NOT NULL,
	site_id        BYTEA,                        -- NULL: the customer with all its sites
	asked_ms       BIGINT   NOT NULL,
	done_ms        BIGINT,
	PRIMARY KEY (provider_id, erasure_id)
);

-- Keys of connectors whose rows are gone: a machine that still calls hears that it was revoked.  Whose it was is not
-- kept.
CREATE TABLE erased_key (
	provider_id    BYTEA    NOT NULL,
	thumbprint     TEXT     NOT NULL,
	public_key     BYTEA    NOT NULL,
	PRIMARY KEY (provider_id, thumbprint)
);
