-- What a provider has set of a rule (src/model/rule.h), for all its sites or for one: what a row leaves open, and
-- rules without a row, count as before.

CREATE TABLE rule_override (
	provider_id    BYTEA    NOT NULL,
	subject_id     BYTEA    NOT NULL,            -- the provider itself, or a site
	rule           SMALLINT NOT NULL,            -- enum rule
	threshold      DOUBLE PRECISION,
	severity       SMALLINT,                     -- enum severity
	PRIMARY KEY (provider_id, subject_id, rule)
);
