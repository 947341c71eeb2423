-- What screens and metrics ask is kept here, so that nobody counts recipients.

-- Outcomes in sealed batches, of each recipient the newest. Written by who seals a batch, and by nobody else.
ALTER TABLE offer_batches
    ADD accepted integer NOT NULL DEFAULT 0,
    ADD rejected integer NOT NULL DEFAULT 0,
    ADD suppressed integer NOT NULL DEFAULT 0,
    ADD expired integer NOT NULL DEFAULT 0,
    ADD ambiguous integer NOT NULL DEFAULT 0;
UPDATE offer_batches b SET accepted = s.accepted, rejected = s.rejected, suppressed = s.suppressed, expired = s.expired,
    ambiguous = s.ambiguous
FROM (
    SELECT offer_id, count(*) FILTER (WHERE outcome = 'accepted') AS accepted, count(*) FILTER (WHERE outcome = 'rejected') AS rejected,
        count(*) FILTER (WHERE outcome = 'suppressed') AS suppressed, count(*) FILTER (WHERE outcome = 'expired') AS expired,
        count(*) FILTER (WHERE outcome = 'ambiguous') AS ambiguous
    FROM (SELECT DISTINCT ON (offer_id, rid) offer_id, outcome FROM outcomes WHERE batch_no IS NOT NULL ORDER BY offer_id, rid, n DESC) o
    GROUP BY offer_id) s
WHERE s.offer_id = b.offer_id;

-- Of a mailing in each minute. Deleted with its outcomes.
CREATE TABLE offer_minutes (
    offer_id bigint NOT NULL,
    minute timestamptz NOT NULL,
    accepted integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    ambiguous integer NOT NULL DEFAULT 0,
    PRIMARY KEY (offer_id, minute)
);
CREATE INDEX offer_minutes_at ON offer_minutes (minute);

-- Answers that a delivery server got in each minute. What it did not write down before it died is not in it: figures, no accounts.
CREATE TABLE server_minutes (
    minute timestamptz NOT NULL,
    server text NOT NULL,
    accepted integer NOT NULL DEFAULT 0,
    deferred integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    ambiguous integer NOT NULL DEFAULT 0,
    away integer NOT NULL DEFAULT 0,
    PRIMARY KEY (minute, server)
);

-- Answers of the domains of recipients in each hour; '' for all that are not named, because there were too many.
CREATE TABLE destination_hours (
    hour timestamptz NOT NULL,
    domain text NOT NULL,
    -- What it shared connections and pace with last: hosts, or a rule with a space before its name.
    destination text NOT NULL DEFAULT '',
    accepted integer NOT NULL DEFAULT 0,
    deferred integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    ambiguous integer NOT NULL DEFAULT 0,
    away integer NOT NULL DEFAULT 0,
    -- The last answer that was no success, without what may name a recipient.
    code integer,
    enhanced text,
    answer text,
    answered_at timestamptz,
    PRIMARY KEY (hour, domain)
);
CREATE INDEX destination_hours_of ON destination_hours (domain, hour);

-- What a delivery server says of itself. Apart from servers: deliveries hold the server's row.
CREATE TABLE server_reports (name text PRIMARY KEY, at timestamptz NOT NULL, report jsonb NOT NULL);

-- Why a message became a dead letter. The message, with what it says of members, stays in the broker's queue.
CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    queue text NOT NULL,
    schema text NOT NULL,
    site text,
    mailing uuid,
    msg_id uuid UNIQUE,
    reason text NOT NULL
);
CREATE INDEX dead_letters_at ON dead_letters (at);

-- Where a recipient's mail goes, to see what waits for a domain. Recipients of offers from before have none.
ALTER TABLE recipients ADD domain text NOT NULL DEFAULT '';
CREATE INDEX recipients_deferred ON recipients (domain, due) WHERE state = 'deferred';
