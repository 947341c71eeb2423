-- Up to when the site of this key is gone: what was made before belongs to one that was deleted.
ALTER TABLE sites ADD COLUMN gone_at timestamptz;
