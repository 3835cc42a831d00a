-- 0013_sessions.sql - visits to a site's pages: what is kept of each, and what a site lets be opened.

CREATE TABLE session (
	provider_id    BYTEA    NOT NULL,
	session_id     BYTEA    NOT NULL,
	customer_id    BYTEA    NOT NULL,            -- whose key seals
	site_id        BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	user_id        BYTEA    NOT NULL,            -- who asked
	login_id       BYTEA    NOT NULL,            -- it ends with it
	target_id      BYTEA,                        -- NULL: the print server's own pages
	target_kind    SMALLINT NOT NULL,            -- enum target_kind
	state          SMALLINT NOT NULL,            -- enum session_state
	why            SMALLINT,                     -- enum session_why, of one that is over
	created_ms     BIGINT   NOT NULL,
	ask_until_ms   BIGINT   NOT NULL,
	login_until_ms BIGINT   NOT NULL,            -- when the login ends at the latest
	waiting_ms     BIGINT,                       -- since when a person was asked
	opened_ms      BIGINT,
	ends_ms        BIGINT,                       -- by the connector's ceiling
	ended_ms       BIGINT,                       -- or refused; NULL: it is not over
	bytes_up       BIGINT   NOT NULL,
	bytes_down     BIGINT   NOT NULL,
	requests       BIGINT   NOT NULL,
	label          BYTEA    NOT NULL,            -- of its origin's name: 128 bits of chance
	cookie_hash    BYTEA,                        -- SHA-256 of the cookie's secret; NULL: nobody has entered
	sealed         BYTEA    NOT NULL,            -- reason, the target's name
	PRIMARY KEY (provider_id, session_id)
);
CREATE INDEX session_site ON session (provider_id, site_id, session_id);
CREATE INDEX session_ended ON session (ended_ms);

-- What the customer has configured to be opened besides the console.  Addresses stay at the site (R50).
CREATE TABLE target (
	provider_id    BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	target_id      BYTEA    NOT NULL,            -- made by the connector
	kind           SMALLINT NOT NULL,            -- enum target_kind
	sealed         BYTEA    NOT NULL,            -- name
	PRIMARY KEY (provider_id, site_id, target_id)
);
ALTER TABLE connector ADD COLUMN targets_revision BIGINT NOT NULL DEFAULT 0;

-- Of open_session and close_session.  The row goes when it has been answered.
ALTER TABLE command ADD COLUMN session_id BYTEA;
ALTER TABLE command ADD COLUMN target_id BYTEA;
ALTER TABLE command ADD COLUMN ask_until_ms BIGINT;
ALTER TABLE command ADD COLUMN sealed BYTEA;         -- reason, who asks
