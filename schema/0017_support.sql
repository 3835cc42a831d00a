-- 0017_support.sql - the operator's support: its people, who let it in until when, and its logins there.

-- 1: the one whose users are the operator's support, and which has nothing else.
ALTER TABLE provider ADD COLUMN operator SMALLINT NOT NULL DEFAULT 0 CHECK (operator IN (0, 1));

CREATE TABLE support_grant (
	provider_id    BYTEA    NOT NULL,
	grant_id       BYTEA    NOT NULL,
	user_id        BYTEA    NOT NULL,            -- who let it in
	created_ms     BIGINT   NOT NULL,
	until_ms       BIGINT   NOT NULL,
	ended_ms       BIGINT,                       -- withdrawn, or noted that its time was up
	sealed         BYTEA    NOT NULL,            -- reason
	PRIMARY KEY (provider_id, grant_id)
);
CREATE INDEX support_grant_until ON support_grant (until_ms);

-- Of a login of support with a provider: whose user it is, and by which grant.
ALTER TABLE login ADD COLUMN home_id BYTEA;
ALTER TABLE login ADD COLUMN grant_id BYTEA;
CREATE INDEX login_user ON login (user_id);

-- What support did with a provider is shown beside its grant.
CREATE INDEX change_support ON change (provider_id, seq) WHERE verb >= 70 AND verb <= 73;
