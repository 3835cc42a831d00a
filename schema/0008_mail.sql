-- 0008_mail.sql - mails that wait to be handed to the operator's mail server, and what became of them.

CREATE TABLE mail (
	provider_id    BYTEA    NOT NULL,
	mail_id        BYTEA    NOT NULL,
	customer_id    BYTEA    NOT NULL,            -- whose key seals
	site_id        BYTEA    NOT NULL,
	invitation_id  BYTEA    NOT NULL,            -- whose code it brings
	state          SMALLINT NOT NULL,            -- enum mail_state
	reason         SMALLINT,                     -- enum mail_reason: of the last try that failed
	smtp_status    BIGINT,                       -- what the server answered then
	tries          BIGINT   NOT NULL,
	created_ms     BIGINT   NOT NULL,
	until_ms       BIGINT   NOT NULL,            -- given up then
	next_ms        BIGINT,                       -- the next try; NULL: none
	done_ms        BIGINT,                       -- sent, or given up
	sealed         BYTEA    NOT NULL,            -- recipient; as long as it waits, all else that is sent
	PRIMARY KEY (provider_id, mail_id)
);
CREATE INDEX mail_next ON mail (next_ms);
CREATE INDEX mail_invitation ON mail (provider_id, invitation_id);

-- How many mails a provider has asked for on a day (UTC), whatever became of them.
CREATE TABLE mail_day (
	provider_id    BYTEA    NOT NULL,
	day            BIGINT   NOT NULL,            -- since 1970
	mails          BIGINT   NOT NULL,
	PRIMARY KEY (provider_id, day)
);
