-- How delivery servers behave towards providers of mailboxes, as the operator's staff have written it down.
CREATE TABLE destination_rules (
    name text PRIMARY KEY,
    rule jsonb NOT NULL,
    rev integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT ''
);
CREATE TABLE destination_rule_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,
    before jsonb,
    after jsonb
);

-- A start: what providers say in public. Where they give no number, a small one.
INSERT INTO destination_rules (name, rule)
SELECT w.name, jsonb_build_object('Name', w.name, 'Patterns', to_jsonb(string_to_array(w.patterns, ' ')), 'Connections', w.connections,
    'PerConnection', w.per_connection, 'PerMinute', w.per_minute, 'Rest', w.rest, 'RequiresTls', w.tls, 'Note', w.note)
FROM (VALUES
    ('docomo', 'docomo.ne.jp *.docomo.ne.jp', 4, 100, 0, 60, false,
        'Asks for few sessions at once and slow sending; refuses who sends to many unknown addresses. '
            'https://www.docomo.ne.jp/service/imode_mail/notice/mass_send/'),
    ('au', 'au.com *.au.com ezweb.ne.jp *.ezweb.ne.jp uqmobile.jp', 4, 100, 0, 60, false,
        'Asks to send large amounts slowly, and not to hold many sessions or one for long; names no numbers. '
            'https://www.au.com/mobile/service/mail/attention/request/'),
    ('SoftBank', 'softbank.ne.jp i.softbank.jp *.softbank.ne.jp vodafone.ne.jp *.vodafone.ne.jp disney.ne.jp', 4, 100, 0, 60, false,
        'Asks to clean lists and to take time over large amounts. '
            'https://www.softbank.jp/mobile/support/antispam/wrestle/'),
    ('Y!mobile', 'ymobile.ne.jp ymobile1.ne.jp y-mobile.ne.jp yahoo.ne.jp emobile.ne.jp emnet.ne.jp willcom.com pdx.ne.jp '
        '*.pdx.ne.jp wcm.ne.jp', 4, 100, 0, 60, false,
        'The same network as SoftBank, no numbers of its own in public.'),
    ('Rakuten', 'rakuten.jp rakumail.jp', 4, 100, 0, 60, false,
        'No numbers in public: as the other carriers.'),
    ('Yahoo! JAPAN', 'yahoo.co.jp ybb.ne.jp mx:*.mail.yahoo.co.jp', 5, 50, 0, 60, false,
        'No numbers in public; answers 4xx to who is too fast.'),
    ('Gmail', 'gmail.com googlemail.com mx:*.google.com mx:*.googlemail.com', 10, 50, 0, 60, true,
        'Takes mail of large senders by TLS only, and asks to raise amounts slowly. https://support.google.com/mail/answer/81126'),
    ('Outlook', 'mx:*.olc.protection.outlook.com', 10, 50, 0, 60, false,
        'At most 500 connections at once; large senders far fewer. https://sendersupport.olc.protection.outlook.com/pm/Policies'),
    ('Microsoft 365', 'mx:*.mail.protection.outlook.com mx:*.mx.microsoft', 10, 50, 0, 60, false,
        'Mail of companies. No numbers in public.'),
    ('Yahoo', 'mx:*.yahoodns.net', 10, 20, 0, 60, false,
        'At most 20 messages on a connection. https://help.yahoo.com/kb/SLN3433.html https://senders.yahooinc.com/best-practices/'),
    ('iCloud', 'mx:*.mail.icloud.com', 5, 50, 0, 60, false,
        'Asks senders to be known by name and signature; no numbers in public. https://support.apple.com/en-us/102322')
) AS w (name, patterns, connections, per_connection, per_minute, rest, tls, note);
