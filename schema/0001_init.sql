-- 0001_init.sql - the hub's store.
--
-- One text for SQLite (3.40) and PostgreSQL (15): types BYTEA BIGINT SMALLINT TEXT DOUBLE PRECISION only.
-- Clear columns hold ids, times, enumerations, numbers and hashes; everything that a person typed or a site
-- told as text lies in the one `sealed` column of its row (src/db/seal_row.h).  Every primary key leads with
-- provider_id, so that rows can be spread by it later.  Times are ms UTC, ids UUIDv7 as 16 octets.
-- /*sqlite x*/ is read by SQLite alone: tables of short rows that each report writes lie in their primary key
-- there, which is one tree to search and to write instead of two.

CREATE TABLE provider (
	provider_id    BYTEA    NOT NULL PRIMARY KEY,
	created_ms     BIGINT   NOT NULL,
	change_seq     BIGINT   NOT NULL DEFAULT 0,  -- the last number given in the change log
	change_hash    BYTEA    NOT NULL,            -- its hash: the head of the chain
	sealed         BYTEA    NOT NULL             -- name
);

CREATE TABLE person (                                -- a provider's user ("user" is a reserved word)
	provider_id    BYTEA    NOT NULL,
	user_id        BYTEA    NOT NULL,
	email_hash     BYTEA    NOT NULL,            -- keyed hash of the lower-cased address: the look-up
	role           SMALLINT NOT NULL,
	created_ms     BIGINT   NOT NULL,
	password       TEXT     NOT NULL,            -- Argon2id, PHC string
	sealed         BYTEA    NOT NULL,            -- email, name, language
	PRIMARY KEY (provider_id, user_id)
);
CREATE UNIQUE INDEX person_email ON person (email_hash);

CREATE TABLE login (
	provider_id    BYTEA    NOT NULL,
	login_id       BYTEA    NOT NULL,
	user_id        BYTEA    NOT NULL,
	token_hash     BYTEA    NOT NULL,            -- SHA-256 of the cookie's secret
	created_ms     BIGINT   NOT NULL,
	seen_ms        BIGINT   NOT NULL,
	expires_ms     BIGINT   NOT NULL,
	PRIMARY KEY (provider_id, login_id)
);
CREATE UNIQUE INDEX login_token ON login (token_hash);

CREATE TABLE customer (
	provider_id    BYTEA    NOT NULL,
	customer_id    BYTEA    NOT NULL,
	created_ms     BIGINT   NOT NULL,
	sealed         BYTEA    NOT NULL,            -- name, language
	PRIMARY KEY (provider_id, customer_id)
);

CREATE TABLE site (
	provider_id    BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	customer_id    BYTEA    NOT NULL,
	created_ms     BIGINT   NOT NULL,
	sealed         BYTEA    NOT NULL,            -- name
	PRIMARY KEY (provider_id, site_id)
);
CREATE INDEX site_customer ON site (provider_id, customer_id);

-- What the last report said and what follows from it: one row a site, rewritten by the report slice.
CREATE TABLE site_state (
	provider_id    BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	status         SMALLINT NOT NULL,
	status_ms      BIGINT   NOT NULL,            -- since when
	report_ms      BIGINT   NOT NULL,            -- the site's time of the report shown
	report_epoch   BYTEA    NOT NULL,
	report_seq     BIGINT   NOT NULL,
	device_total   BIGINT   NOT NULL,
	device_error   BIGINT   NOT NULL,
	sealed         BYTEA    NOT NULL,            -- server, components with since, licence, reasons
	PRIMARY KEY (provider_id, site_id)
);

CREATE TABLE device (
	provider_id    BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	device_key     BYTEA    NOT NULL,            -- the site's own pseudonym, 17 octets
	state          SMALLINT NOT NULL,
	accepting      SMALLINT NOT NULL CHECK (accepting IN (-1, 0, 1)),
	state_ms       BIGINT   NOT NULL,
	told_seq       BIGINT   NOT NULL,            -- the record that told it: an earlier one does not overwrite it
	sealed         BYTEA    NOT NULL,            -- label, reasons
	PRIMARY KEY (provider_id, site_id, device_key)
) /*sqlite WITHOUT ROWID */;

CREATE TABLE invitation (
	provider_id    BYTEA    NOT NULL,
	invitation_id  BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	code_hash      BYTEA    NOT NULL,            -- keyed hash: the look-up
	created_ms     BIGINT   NOT NULL,
	expires_ms     BIGINT   NOT NULL,
	revoked_ms     BIGINT,
	used_ms        BIGINT,
	connector_id   BYTEA,                        -- whom it enrolled
	PRIMARY KEY (provider_id, invitation_id)
);
CREATE UNIQUE INDEX invitation_code ON invitation (code_hash);
CREATE INDEX invitation_site ON invitation (provider_id, site_id);

CREATE TABLE connector (
	provider_id    BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	public_key     BYTEA    NOT NULL,
	thumbprint     TEXT     NOT NULL,
	enrolled_ms    BIGINT   NOT NULL,
	revoked_ms     BIGINT,
	seen_ms        BIGINT,                       -- end of the last poll or report, written at most once a minute
	clock_skew_ms  BIGINT,
	spooled        BIGINT,
	copied_ms      BIGINT,                       -- a fork was seen: copied or restored machine
	perm_revision  BIGINT   NOT NULL DEFAULT 0,
	monitoring     SMALLINT NOT NULL,
	console        SMALLINT NOT NULL,
	mfp            SMALLINT NOT NULL,
	command_seq    BIGINT   NOT NULL DEFAULT 0,  -- the last command number given
	sealed         BYTEA    NOT NULL,            -- version, os, public address
	PRIMARY KEY (provider_id, connector_id)
);
CREATE UNIQUE INDEX connector_thumbprint ON connector (thumbprint);
CREATE INDEX connector_site ON connector (provider_id, site_id);

-- The record of consent: what was accepted, when, and the signed call that says so.
CREATE TABLE consent (
	provider_id    BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	site_id        BYTEA    NOT NULL,
	accepted_ms    BIGINT   NOT NULL,            -- the site's time
	received_ms    BIGINT   NOT NULL,
	text_sha256    BYTEA    NOT NULL,
	evidence       BYTEA    NOT NULL,            -- SHA-256 of signature base and signature
	sealed         BYTEA    NOT NULL,            -- version, language, signature base, signature, body
	PRIMARY KEY (provider_id, connector_id)
);

CREATE TABLE command (
	provider_id    BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	n              BIGINT   NOT NULL,
	kind           SMALLINT NOT NULL,
	created_ms     BIGINT   NOT NULL,
	PRIMARY KEY (provider_id, connector_id, n)
);

-- Every record acknowledged: the proof that none was lost or taken twice.
CREATE TABLE report (
	provider_id    BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	epoch          BYTEA    NOT NULL,
	seq            BIGINT   NOT NULL,
	digest         BYTEA    NOT NULL,
	prev           BYTEA    NOT NULL,
	kind           SMALLINT NOT NULL,
	accepted       SMALLINT NOT NULL CHECK (accepted IN (0, 1)), -- 0: kept, but it does not fit the schema
	at_ms          BIGINT   NOT NULL,
	received_ms    BIGINT   NOT NULL,
	call_id        BYTEA    NOT NULL,
	sealed         BYTEA    NOT NULL,            -- the exact bytes
	PRIMARY KEY (provider_id, connector_id, epoch, seq)
);
CREATE INDEX report_received ON report (provider_id, received_ms);

-- The signed call that brought records: evidence.
CREATE TABLE report_call (
	provider_id    BYTEA    NOT NULL,
	call_id        BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	received_ms    BIGINT   NOT NULL,
	content_digest BYTEA    NOT NULL,
	signature      BYTEA    NOT NULL,
	input          TEXT     NOT NULL,            -- Signature-Input: ids, times and names only
	PRIMARY KEY (provider_id, call_id)
) /*sqlite WITHOUT ROWID */;
CREATE INDEX report_call_received ON report_call (provider_id, received_ms);

-- How far each epoch is held without a gap.
CREATE TABLE report_head (
	provider_id    BYTEA    NOT NULL,
	connector_id   BYTEA    NOT NULL,
	epoch          BYTEA    NOT NULL,
	acked          BIGINT   NOT NULL,
	last_ms        BIGINT   NOT NULL,
	PRIMARY KEY (provider_id, connector_id, epoch)
) /*sqlite WITHOUT ROWID */;

-- All values over time, of whatever subject: change-only with a heartbeat.  NULL says "not known from here on".
CREATE TABLE series (
	provider_id    BYTEA    NOT NULL,
	subject_id     BYTEA    NOT NULL,
	series         SMALLINT NOT NULL,            -- src/model/series.h
	at_ms          BIGINT   NOT NULL,
	value          DOUBLE PRECISION,
	PRIMARY KEY (provider_id, subject_id, series, at_ms)
) /*sqlite WITHOUT ROWID */;

-- The change log: gapless per provider, chained over clear columns and ciphertext, so that erasing a key
-- leaves the chain provable.
CREATE TABLE change (
	provider_id    BYTEA    NOT NULL,
	seq            BIGINT   NOT NULL,
	at_ms          BIGINT   NOT NULL,
	actor_kind     SMALLINT NOT NULL,            -- nobody user connector hub operator
	actor_id       BYTEA,                        -- NULL: nobody, the hub, an operator
	verb           SMALLINT NOT NULL,            -- src/db/change.def
	object_kind    SMALLINT NOT NULL,            -- enum id_kind
	object_id      BYTEA    NOT NULL,
	customer_id    BYTEA,
	site_id        BYTEA,
	prev_hash      BYTEA    NOT NULL,
	hash           BYTEA    NOT NULL,
	sealed         BYTEA    NOT NULL,            -- before, after, from where
	PRIMARY KEY (provider_id, seq)
);
