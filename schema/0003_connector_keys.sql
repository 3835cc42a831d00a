-- 0003_connector_keys.sql - a connector's keys over time: it may change its key, and what an old one signed
-- must stay provable.

CREATE TABLE connector_key (
	provider_id    BYTEA    NOT NULL,
	thumbprint     TEXT     NOT NULL,
	connector_id   BYTEA    NOT NULL,
	public_key     BYTEA    NOT NULL,
	added_ms       BIGINT   NOT NULL,
	used_ms        BIGINT,                       -- its first call; NULL: it waits for that
	retired_ms     BIGINT,                       -- the first call by the next one
	PRIMARY KEY (provider_id, thumbprint)
);
CREATE UNIQUE INDEX connector_key_thumbprint ON connector_key (thumbprint);
CREATE INDEX connector_key_connector ON connector_key (provider_id, connector_id);

INSERT INTO connector_key (provider_id, thumbprint, connector_id, public_key, added_ms, used_ms)
	SELECT provider_id, thumbprint, connector_id, public_key, enrolled_ms, enrolled_ms FROM connector;

DROP INDEX connector_thumbprint;
ALTER TABLE connector DROP COLUMN thumbprint;
ALTER TABLE connector DROP COLUMN public_key;

-- The connector that took its place; NULL: none did.
ALTER TABLE connector ADD COLUMN replaced_by BYTEA;
