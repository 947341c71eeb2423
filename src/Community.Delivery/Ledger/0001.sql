-- The one clock of the engine: leases, start times and ends are judged by the database alone, whatever the machines' clocks say.
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()';

CREATE TYPE offer_state AS ENUM ('filling', 'armed', 'running', 'withdrawing', 'ended', 'frozen');
CREATE TYPE recipient_state AS ENUM
    ('pending', 'deferred', 'leased', 'handing', 'accepted', 'rejected', 'suppressed', 'expired', 'ambiguous', 'released');

-- One row. The life rises when the database was set back: a go names the life that it is for.
CREATE TABLE engine (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    life bigint NOT NULL DEFAULT 1
);
INSERT INTO engine DEFAULT VALUES;

CREATE TABLE sites (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    weight integer NOT NULL DEFAULT 1,
    -- Suppressions up to this number were deleted, because no offer needed them any more.
    forgotten_delta bigint NOT NULL DEFAULT 0
);

-- Apart from sites: facts are numbered while deliveries hold the site's row.
CREATE TABLE site_facts (site_id integer PRIMARY KEY, fact_no bigint NOT NULL);

-- Kept for ever, about 100 bytes a mailing: without it a late message would let an offer live again.
CREATE TABLE mailings (
    site_id integer NOT NULL,
    mailing uuid NOT NULL,
    -- The lowest rev that is still allowed.
    fence integer NOT NULL DEFAULT 1,
    -- The fact of the last end, as published.
    ended bytea,
    told_at timestamptz,
    PRIMARY KEY (site_id, mailing)
);

CREATE TABLE offers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_id integer NOT NULL,
    mailing uuid NOT NULL,
    rev integer NOT NULL,
    state offer_state NOT NULL DEFAULT 'filling',
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Of the reserve.
    reserve bytea,
    reserve_hash text,
    kind text NOT NULL DEFAULT '',
    essential boolean NOT NULL DEFAULT false,
    class smallint NOT NULL DEFAULT 0,
    weight integer NOT NULL DEFAULT 1,
    send_until timestamptz,
    freeze_delta bigint NOT NULL DEFAULT 0,
    max_delta_age interval NOT NULL DEFAULT '1 hour',
    -- All suppressions of the site up to this moment are known.
    fresh_at timestamptz,
    -- Of the commit.
    commit_hash text,
    chunk_count integer,
    total integer,
    digest text,
    -- Of the newest control.
    seq bigint NOT NULL DEFAULT 0,
    go boolean NOT NULL DEFAULT false,
    go_life bigint NOT NULL DEFAULT 0,
    paused boolean NOT NULL DEFAULT false,
    withdraw boolean NOT NULL DEFAULT false,
    start_at timestamptz,
    per_minute integer NOT NULL DEFAULT 0,
    started_at timestamptz,
    ended_at timestamptz,
    closed_at timestamptz,
    UNIQUE (site_id, mailing, rev)
);
CREATE INDEX offers_live ON offers (state) WHERE state <> 'ended';
CREATE INDEX offers_ended ON offers (ended_at) WHERE state = 'ended';

-- Apart from offers: batches are numbered while deliveries hold the offer's row.
CREATE TABLE offer_batches (offer_id bigint PRIMARY KEY, last_batch integer NOT NULL);
-- With the number of the fact, so that a batch is published again as it was.
CREATE TABLE batches (
    offer_id bigint NOT NULL,
    batch_no integer NOT NULL,
    fact_no bigint NOT NULL,
    life bigint NOT NULL,
    PRIMARY KEY (offer_id, batch_no)
);

-- What the site was last told of an offer.
CREATE TABLE told (offer_id bigint PRIMARY KEY, what text NOT NULL);

CREATE TABLE chunks (
    offer_id bigint NOT NULL,
    chunk_no integer NOT NULL,
    hash text NOT NULL,
    recipients integer NOT NULL,
    PRIMARY KEY (offer_id, chunk_no)
);

-- Narrow: each is updated four times on its way.
CREATE TABLE recipients (
    offer_id bigint NOT NULL,
    rid bigint NOT NULL,
    state recipient_state NOT NULL DEFAULT 'pending',
    due timestamptz NOT NULL DEFAULT '-infinity',
    address_key text NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    n integer NOT NULL DEFAULT 0,
    owner text,
    epoch bigint,
    lease_until timestamptz,
    PRIMARY KEY (offer_id, rid)
) WITH (fillfactor = 80);
CREATE INDEX recipients_due ON recipients (offer_id, due, rid) WHERE state IN ('pending', 'deferred');
CREATE INDEX recipients_in_hand ON recipients (lease_until) WHERE state IN ('leased', 'handing');
CREATE INDEX recipients_in_hand_of ON recipients (offer_id) WHERE state IN ('leased', 'handing');

-- Wide, written once, deleted when the site has closed the offer: addresses, names and values of members.
CREATE TABLE addressees (offer_id bigint NOT NULL, rid bigint NOT NULL, data bytea NOT NULL, PRIMARY KEY (offer_id, rid));

CREATE TABLE outcomes (
    offer_id bigint NOT NULL,
    rid bigint NOT NULL,
    n integer NOT NULL,
    outcome text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    code integer,
    enhanced text,
    answer text,
    batch_no integer,
    PRIMARY KEY (offer_id, rid, n)
);
CREATE INDEX outcomes_unbatched ON outcomes (offer_id) WHERE batch_no IS NULL;
CREATE INDEX outcomes_of_batch ON outcomes (offer_id, batch_no) WHERE batch_no IS NOT NULL;

CREATE TABLE deltas (
    site_id integer NOT NULL,
    delta_seq bigint NOT NULL,
    hash text NOT NULL,
    address_key text NOT NULL,
    -- Empty for all kinds.
    kind text NOT NULL,
    is_out boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (site_id, delta_seq)
);
CREATE INDEX deltas_of_address ON deltas (site_id, address_key);
CREATE TABLE beats (site_id integer NOT NULL, delta_seq bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (site_id, delta_seq));

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    routing_key text NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE servers (
    name text PRIMARY KEY,
    -- Rises at each start: what a predecessor still wants to write is refused.
    epoch bigint NOT NULL DEFAULT 0,
    seen_at timestamptz NOT NULL DEFAULT now(),
    draining boolean NOT NULL DEFAULT false
);
