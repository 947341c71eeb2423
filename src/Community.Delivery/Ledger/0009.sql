-- In the order in which batches are sealed.
DROP INDEX outcomes_unbatched;
CREATE INDEX outcomes_unbatched ON outcomes (offer_id, rid, n) WHERE batch_no IS NULL;

-- One of two: each recipient passes through it twice, and all of an offer were the same to the other.
DROP INDEX recipients_in_hand_of;
DROP INDEX recipients_in_hand;
CREATE INDEX recipients_in_hand ON recipients (offer_id, lease_until) WHERE state IN ('leased', 'handing');
