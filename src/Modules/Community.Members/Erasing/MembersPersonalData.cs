using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>The personal data that the module holds about a member.</summary>
static class MembersPersonalData
{
    public static IEnumerable<PersonalData> All =>
        [
            PersonalData.Rows<Session>("sessions", s => s.MemberId, leftOut: ["Stamp"], masked: ["Network", "Agent"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<SignIn>("signIns", s => s.MemberId, masked: ["Network", "Agent"]),
            PersonalData.Rows<Authenticator>("authenticators", a => a.MemberId, leftOut: ["LastStep"]).OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<ProviderAccount>("providerAccounts", a => a.MemberId, masked: ["Subject"]).OnMerge(WhenMerged.Dropped),
            PersonalData.ActedBy<Provider>(p => p.ChangedBy),
            PersonalData.ActedBy<Suppression>(s => s.AddedBy),
            PersonalData.Rows<KnownDevice>("knownDevices", d => d.MemberId).OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<Passkey>("passkeys", p => p.MemberId, leftOut: ["SignCount"], masked: ["Name"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.Mention<ReservedName>(r => r.MemberId),
            PersonalData.Rows<EmailChange>("emailChanges", c => c.MemberId, leftOut: ["Stamp"], masked: ["Email"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<RecoveryCode>("recoveryCodes", c => c.MemberId).OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<Suspension>("suspensions", s => s.MemberId, leftOut: ["SuspendedBy", "LiftedBy"], masked: ["Reason"]),
            PersonalData.ActedBy<Suspension>(s => s.SuspendedBy),
            PersonalData.ActedBy<Suspension>(s => s.LiftedBy),
            PersonalData.Rows<Measure>("measures", m => m.MemberId, leftOut: ["MadeBy", "LiftedBy"], masked: ["Reason"]),
            PersonalData.ActedBy<Measure>(m => m.MadeBy),
            PersonalData.ActedBy<Measure>(m => m.LiftedBy),
            PersonalData.Rows<GroupMembership>("groups", g => g.MemberId, leftOut: ["AdmittedBy"], masked: ["Message"]),
            PersonalData.ActedBy<GroupMembership>(g => g.AdmittedBy),
            PersonalData.Rows<GroupExclusion>("groupExclusions", x => x.MemberId, leftOut: ["ExcludedBy"]),
            PersonalData.ActedBy<GroupExclusion>(x => x.ExcludedBy),
            PersonalData.Rows<GroupRequest>("groupRequests", r => r.MemberId, leftOut: ["DecidedBy"]),
            PersonalData.ActedBy<GroupRequest>(r => r.DecidedBy),
            PersonalData.ActedBy<Group>(g => g.ChangedBy),
            PersonalData.Written<AttributeValue>("attributes", v => v.MemberId, AttributeExport.Values),
            PersonalData.Written<KeptAside>("attributesKeptAside", v => v.MemberId, AttributeExport.KeptAside),
            PersonalData.ActedBy<MemberAttribute>(a => a.ChangedBy),
            PersonalData.ActedBy<MemberAttribute>(a => a.RetiredBy),
            PersonalData.Rows<MemberTag>("tags", t => t.MemberId, leftOut: ["TaggedBy"]),
            PersonalData.ActedBy<MemberTag>(t => t.TaggedBy),
            // Staff's notes are told to the member on request, but not who wrote them.
            PersonalData.Rows<MemberNote>("notes", n => n.MemberId, leftOut: ["AuthorId"], masked: ["Text"]),
            PersonalData.Mention<MemberNote>(n => n.AuthorId),
            PersonalData.Rows<SegmentMember>("segments", s => s.MemberId),
            PersonalData.ActedBy<Segment>(s => s.CreatedBy),
            PersonalData.ActedBy<Segment>(s => s.ChangedBy),
            PersonalData.Rows<ListColumns>("listColumns", c => c.MemberId).OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<BulkActMember>("bulkActs", m => m.MemberId),
            PersonalData.ActedBy<BulkAct>(a => a.StartedBy),
            PersonalData.ActedBy<BulkAct>(a => a.ChangedBy),
            // What the other member was is in the member's own rows by now; the copy only serves to undo the merge.
            PersonalData.Rows<MemberMerge>("merges", m => m.KeptId, leftOut: ["Data", "MergedBy", "UndoneBy"]),
            PersonalData.ActedBy<MemberMerge>(m => m.MergedBy),
            PersonalData.ActedBy<MemberMerge>(m => m.UndoneBy),
            // The stricter of both states stays: see MergeMembers.
            PersonalData.Rows<ConsentState>("consents", c => c.MemberId).OnMerge(WhenMerged.Dropped),
            PersonalData.Evidence<ConsentEvent>(
                "consentLog",
                c => c.MemberId,
                "The site must be able to show that mail was agreed to; the log holds ids alone.",
                leftOut: ["ActorId"]
            ),
            PersonalData.ActedBy<ConsentEvent>(c => c.ActorId),
            PersonalData.Rows<ConsentProof>("consentProofs", p => p.MemberId, leftOut: ["Scan"], masked: ["Network", "Agent", "Place"]),
            PersonalData.Evidence<AskedAddress>(
                "askedAddresses",
                a => a.MemberId,
                "An address of a partner's event is asked once, ever; the row holds its keyed hash alone.",
                leftOut: ["AddressHash", "AskedBy"]
            ),
            PersonalData.ActedBy<AskedAddress>(a => a.AskedBy),
            // Of two members made one, neither gets more than they had.
            PersonalData.Rows<MemberPermission>("permissions", p => p.MemberId, leftOut: ["GivenBy"]).OnMerge(WhenMerged.Dropped),
            PersonalData.ActedBy<MemberPermission>(p => p.GivenBy),
            PersonalData.ActedBy<StaffRole>(r => r.ChangedBy),
            PersonalData.ActedBy<MailKind>(k => k.ChangedBy),
            PersonalData.ActedBy<MailKind>(k => k.EndedBy),
            PersonalData.ActedBy<MailKindText>(t => t.ChangedBy),
            PersonalData.Evidence<TermsAnswer>(
                "terms",
                a => a.MemberId,
                "The site must be able to show what was agreed to; the log holds ids alone."
            ),
            PersonalData.Rows<Archive>("archives", a => a.MemberId, leftOut: ["AskedBy", "Secret", "Step", "Steps", "MovedAt"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.ActedBy<Archive>(a => a.AskedBy),
            PersonalData.Evidence<RightsRequest>(
                "requests",
                r => r.MemberId,
                "The site must be able to show that it answered; the words are cleared.",
                leftOut: ["ReceivedBy", "DoneBy", "Failure", "Typed", "TypedSeenAt"],
                masked: ["Note", "Answer"]
            ),
            PersonalData.ActedBy<RightsRequest>(r => r.ReceivedBy),
            PersonalData.ActedBy<RightsRequest>(r => r.DoneBy),
            PersonalData.ActedBy<TermsVersion>(v => v.PublishedBy),
            PersonalData.ActedBy<TermsVersion>(v => v.ChangedBy),
            PersonalData.ActedBy<TermsText>(t => t.ChangedBy),
            PersonalData.Rows<ImportedMember>("imports", m => m.MemberId, leftOut: ["Mark", "LeftText"], masked: ["Values"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.Rows<ImportProblem>("importProblems", p => p.MemberId, leftOut: ["Args"], masked: ["Value"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.ActedBy<MemberImport>(i => i.StartedBy),
            PersonalData.ActedBy<MemberImport>(i => i.ChangedBy),
            PersonalData.Rows<PendingRegistration>("registrations", r => r.MemberId, leftOut: ["PasswordHash"], masked: ["Name", "Values"])
                .OnMerge(WhenMerged.Dropped),
            PersonalData.ActedBy<Invitation>(i => i.CreatedBy),
            PersonalData.Mention<Member>(m => m.AddressTwin).OnMerge(WhenMerged.Stays),
            PersonalData.ActedBy<Member>(m => m.SuspendedBy),
            PersonalData.ActedBy<Member>(m => m.ChangedBy),
            PersonalData.Rows<Member>(
                "account",
                m => m.Id,
                leftOut:
                [
                    "PasswordHash",
                    "SecurityStamp",
                    "NormalizedEmail",
                    "UserName",
                    "NormalizedUserName",
                    "SearchName",
                    "SearchVersion",
                    "Skeleton",
                    "AddressHash",
                    "AddressRule",
                    "AddressTwin",
                    "SuspendedBy",
                    "ChangedBy",
                    "AccessFailedCount",
                    "LockedUntil",
                    "TwoFactorEnabled",
                    "MailsSince",
                    "LastMailAt",
                    "MailCount",
                    "TermsAgreed",
                    "TermsAnswered",
                    "PrivacyAgreed",
                    "PrivacyAnswered",
                ],
                masked: ["Name", "Email", "Bio", "SuspensionReason"]
            ).OnMerge(WhenMerged.Dropped),
        ];

    /// <summary>Members' pictures, scans of consent on paper, and files whose import is not over.</summary>
    public static async Task<IReadOnlyCollection<string>> FilesInUse(SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        var (worn, scans, imports) = (
            db.Members.Where(m => m.Picture != null).Select(m => m.Picture!.Substring(0, 64)),
            db.ConsentProofs.Where(p => p.Scan != null).Select(p => p.Scan!.Substring(0, 64)),
            db.MemberImports.Where(i => i.File != null).Select(i => i.File!)
        );
        var used = new HashSet<string>();
        foreach (var names in new[] { worn, scans, imports })
            used.UnionWith(await names.Where(n => hashes.Contains(n)).ToListAsync(ct));
        return used;
    }

    /// <summary>Erases the picture and e-mails that have the address but not the member's id; corrects the groups' counts.</summary>
    public static async Task Erase(IServiceProvider site, long id, ICollection<Func<Task>> after, CancellationToken ct)
    {
        var (db, files) = (site.GetRequiredService<SiteDb>(), site.GetRequiredService<Files>());
        var member = await db.Members.AsNoTracking().FirstAsync(m => m.Id == id, ct);
        if (member.Picture?.Split('.')[0] is { } picture)
        {
            await files.Release(picture, FilePurpose.Avatar, id, ct);
            // If the process dies before this runs, the daily sweep deletes the file.
            after.Add(() => files.Discard(picture, CancellationToken.None));
        }
        // The same sheet may bear the names of several members.
        var scans = await db.ConsentProofs.Where(p => p.MemberId == id && p.Scan != null).Select(p => p.Scan!).Distinct().ToListAsync(ct);
        foreach (var scan in scans)
        {
            if (await db.ConsentProofs.AnyAsync(p => p.Scan == scan && p.MemberId != id, ct)) continue;
            var hash = scan.Split('.')[0];
            await db.Files.Where(f => f.Hash == hash && f.Purpose == FilePurpose.Evidence).ExecuteDeleteAsync(ct);
            after.Add(() => files.Discard(hash, CancellationToken.None));
        }
        var groups = db.GroupMemberships.Where(g => g.MemberId == id && g.JoinedAt != null).Select(g => g.GroupId);
        await db
            .Groups.Where(g => groups.Contains(g.Id))
            .ExecuteUpdateAsync(s => s.SetProperty(g => g.MemberCount, g => g.MemberCount - 1), ct);
        var (email, name) = (member.Email!.ToLowerInvariant(), member.UserName!.ToLowerInvariant());
        await db
            .RightsRequests.Where(r => r.MemberId == id)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.Note, "").SetProperty(r => r.Answer, ""), ct);
        var normal = member.NormalizedEmail;
        // The hash stays, so that nobody is asked again.
        await db
            .AskedAddresses.Where(a => a.MemberId == id || a.AddressHash == member.AddressHash)
            .ExecuteUpdateAsync(
                s => s.SetProperty(a => a.Email, (string?)null).SetProperty(a => a.Event, "").SetProperty(a => a.Kinds, ""),
                ct
            );
        await db.Invitations.Where(i => i.Email == normal).ExecuteUpdateAsync(s => s.SetProperty(i => i.Email, (string?)null), ct);
        await db.SystemMails.Where(l => l.To.ToLower() == email || l.To.ToLower() == name).ExecuteDeleteAsync(ct);
    }
}
