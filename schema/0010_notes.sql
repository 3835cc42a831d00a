-- What a provider's users wrote down of a customer or a site: one text for each, which the last writer replaced.

CREATE TABLE note (
	provider_id    BYTEA    NOT NULL,
	subject_id     BYTEA    NOT NULL,            -- the customer or the site
	customer_id    BYTEA    NOT NULL,            -- whose key seals it
	revision       BIGINT   NOT NULL,            -- 1, 2, ...: who writes names the one that was read
	edited_ms      BIGINT   NOT NULL,
	user_id        BYTEA    NOT NULL,            -- who wrote it
	sealed         BYTEA    NOT NULL,            -- text
	PRIMARY KEY (provider_id, subject_id)
);
CREATE INDEX note_customer ON note (provider_id, customer_id);
