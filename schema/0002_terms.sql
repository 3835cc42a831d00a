-- 0002_terms.sql - who has accepted the hub terms: each provider once, and each of its users (R11).

CREATE TABLE terms_acceptance (
	provider_id    BYTEA    NOT NULL,
	subject_id     BYTEA    NOT NULL,            -- for whom: the provider itself, or the user
	version        BIGINT   NOT NULL,            -- of texts/legal/hub-terms
	user_id        BYTEA    NOT NULL,            -- who accepted
	accepted_ms    BIGINT   NOT NULL,
	text_sha256    BYTEA    NOT NULL,            -- of the text as shown, the provider's name in it
	PRIMARY KEY (provider_id, subject_id, version)
);
