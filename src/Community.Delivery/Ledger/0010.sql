-- Outcomes are written, sealed and told in groups, and kept as such: a row and its places in indexes cost many times what an element of an
-- array does. What waits for its batch stands here, and is deleted when it is sealed.
CREATE TABLE outcome_groups (
    id bigint GENERATED ALWAYS AS IDENTITY,
    offer_id bigint NOT NULL,
    at timestamptz NOT NULL,
    -- At most what a batch takes.
    items integer NOT NULL,
    bytes integer NOT NULL,
    rids bigint[] NOT NULL,
    ns integer[] NOT NULL,
    outcomes text[] NOT NULL,
    -- Of what no mail server has said anything about, null.
    codes integer[],
    enhanced text[],
    answers text[],
    PRIMARY KEY (offer_id, id)
);

ALTER TABLE batches
    ADD COLUMN ats timestamptz[] NOT NULL DEFAULT '{}',
    ADD COLUMN rids bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN ns integer[] NOT NULL DEFAULT '{}',
    ADD COLUMN outcomes text[] NOT NULL DEFAULT '{}',
    ADD COLUMN codes integer[],
    ADD COLUMN enhanced text[],
    ADD COLUMN answers text[],
    -- Answers that may name a recipient were deleted.
    ADD COLUMN is_wordless boolean NOT NULL DEFAULT false;

UPDATE batches b SET ats = s.ats, rids = s.rids, ns = s.ns, outcomes = s.outcomes, codes = s.codes, enhanced = s.enhanced,
    answers = s.answers
FROM (
    SELECT offer_id, batch_no, array_agg(at ORDER BY rid, n) AS ats, array_agg(rid ORDER BY rid, n) AS rids, array_agg(n ORDER BY rid, n) AS ns,
        array_agg(outcome ORDER BY rid, n) AS outcomes, array_agg(code ORDER BY rid, n) AS codes,
        array_agg(enhanced ORDER BY rid, n) AS enhanced, array_agg(answer ORDER BY rid, n) AS answers
    FROM outcomes WHERE batch_no IS NOT NULL GROUP BY offer_id, batch_no) s
WHERE b.offer_id = s.offer_id AND b.batch_no = s.batch_no;
INSERT INTO outcome_groups (offer_id, at, items, bytes, rids, ns, outcomes, codes, enhanced, answers)
SELECT offer_id, at, 1, 200 + 6 * coalesce(octet_length(answer), 0), ARRAY[rid], ARRAY[n], ARRAY[outcome], ARRAY[code], ARRAY[enhanced],
    ARRAY[answer]
FROM outcomes WHERE batch_no IS NULL ORDER BY offer_id, rid, n;
DROP TABLE outcomes;

-- Each by itself, for whoever looks one up; without a batch, if it waits for one.
CREATE VIEW outcomes AS
SELECT g.offer_id, u.rid, u.n, u.outcome, g.at, u.code, u.enhanced, u.answer, NULL::integer AS batch_no
FROM outcome_groups g
CROSS JOIN LATERAL unnest(g.rids, g.ns, g.outcomes, g.codes, g.enhanced, g.answers) AS u (rid, n, outcome, code, enhanced, answer)
UNION ALL
SELECT b.offer_id, u.rid, u.n, u.outcome, u.at, u.code, u.enhanced, u.answer, b.batch_no
FROM batches b
CROSS JOIN LATERAL unnest(b.rids, b.ns, b.outcomes, b.ats, b.codes, b.enhanced, b.answers)
    AS u (rid, n, outcome, at, code, enhanced, answer);
