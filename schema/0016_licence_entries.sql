-- 0016_licence_entries.sql - what a provider's users wrote down of the licence of a site's print server: what the server does not
-- tell, and their own words.  One row a site, which the last writer replaced.

CREATE TABLE licence_entry (
	provider_id    BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	customer_id    BYTEA    NOT NULL,            -- whose key seals it
	revision       BIGINT   NOT NULL,            -- 1, 2, ...: who writes names the one that was read
	edited_ms      BIGINT   NOT NULL,
	user_id        BYTEA    NOT NULL,            -- who wrote it
	support_ms     BIGINT,                       -- the last day of each, its first ms; NULL: not known
	licence_ms     BIGINT,
	sealed         BYTEA    NOT NULL,            -- organisation, customer reference, note
	PRIMARY KEY (provider_id, site_id)
);
