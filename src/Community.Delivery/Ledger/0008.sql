-- Of the suppressions since an offer's freeze, the one up to which none is missing. Each is looked at once, however many there are.
ALTER TABLE offers ADD COLUMN known_delta bigint NOT NULL DEFAULT 0;
