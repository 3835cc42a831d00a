-- What has gone stays gone, though a report of before comes late: newest first, so that may be hours later.

-- 1: gone, told by the record told_seq; the row goes when no earlier record can come any more.
ALTER TABLE device ADD COLUMN gone SMALLINT NOT NULL DEFAULT 0 CHECK (gone IN (0, 1));
-- The last record whose list of devices was whole: what it did not name is not taken from an earlier one.
ALTER TABLE site ADD COLUMN devices_seq BIGINT NOT NULL DEFAULT 0;
