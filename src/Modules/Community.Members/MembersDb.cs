using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Community.Members;

/// <summary>The module's tables in a site's database, and the queries that other code runs on them.</summary>
public static class MembersDb
{
    extension(SiteDb db)
    {
        public DbSet<Member> Members => db.Set<Member>();
        public DbSet<Group> Groups => db.Set<Group>();
        public DbSet<GroupMembership> GroupMemberships => db.Set<GroupMembership>();
        public DbSet<GroupExclusion> GroupExclusions => db.Set<GroupExclusion>();
        public DbSet<GroupRequest> GroupRequests => db.Set<GroupRequest>();
        public DbSet<MailKind> MailKinds => db.Set<MailKind>();
        public DbSet<MailKindText> MailKindTexts => db.Set<MailKindText>();
        public DbSet<ConsentEvent> ConsentEvents => db.Set<ConsentEvent>();
        public DbSet<ConsentProof> ConsentProofs => db.Set<ConsentProof>();
        public DbSet<MemberPermission> MemberPermissions => db.Set<MemberPermission>();
        public DbSet<StaffRole> StaffRoles => db.Set<StaffRole>();
        public DbSet<AskedAddress> AskedAddresses => db.Set<AskedAddress>();
        public DbSet<ConsentState> ConsentStates => db.Set<ConsentState>();
        public DbSet<Suppression> Suppressions => db.Set<Suppression>();
        /// <summary>The suppressions that hold now: an address that rested gets mail again.</summary>
        public IQueryable<Suppression> SuppressedNow
        {
            get
            {
                var now = db.Now;
                return db.Set<Suppression>().Where(s => s.Until == null || s.Until > now);
            }
        }
        public DbSet<SignIn> SignIns => db.Set<SignIn>();
        public DbSet<Session> Sessions => db.Set<Session>();
        public DbSet<Authenticator> Authenticators => db.Set<Authenticator>();
        public DbSet<RecoveryCode> RecoveryCodes => db.Set<RecoveryCode>();
        public DbSet<Provider> Providers => db.Set<Provider>();
        public DbSet<ProviderAccount> ProviderAccounts => db.Set<ProviderAccount>();
        public DbSet<KnownDevice> KnownDevices => db.Set<KnownDevice>();
        public DbSet<Passkey> Passkeys => db.Set<Passkey>();
        public DbSet<ReservedName> ReservedNames => db.Set<ReservedName>();
        public DbSet<EmailChange> EmailChanges => db.Set<EmailChange>();
        public DbSet<UsedToken> UsedTokens => db.Set<UsedToken>();
        public DbSet<Measure> Measures => db.Set<Measure>();
        public DbSet<Suspension> Suspensions => db.Set<Suspension>();
        public DbSet<TermsVersion> TermsVersions => db.Set<TermsVersion>();
        public DbSet<TermsText> TermsTexts => db.Set<TermsText>();
        public DbSet<TermsAnswer> TermsAnswers => db.Set<TermsAnswer>();
        public DbSet<Tag> Tags => db.Set<Tag>();
        public DbSet<MemberTag> MemberTags => db.Set<MemberTag>();
        public DbSet<MemberNote> MemberNotes => db.Set<MemberNote>();
        public DbSet<Segment> Segments => db.Set<Segment>();
        public DbSet<SegmentMember> SegmentMembers => db.Set<SegmentMember>();
        public DbSet<ListColumns> ListColumns => db.Set<ListColumns>();
        public DbSet<BulkAct> BulkActs => db.Set<BulkAct>();
        public DbSet<BulkActMember> BulkActMembers => db.Set<BulkActMember>();
        public DbSet<MemberMerge> MemberMerges => db.Set<MemberMerge>();
        public DbSet<Invitation> Invitations => db.Set<Invitation>();
        public DbSet<Archive> Archives => db.Set<Archive>();
        public DbSet<RightsRequest> RightsRequests => db.Set<RightsRequest>();
        public DbSet<MemberImport> MemberImports => db.Set<MemberImport>();
        public DbSet<ImportProblem> ImportProblems => db.Set<ImportProblem>();
        public DbSet<ImportedMember> ImportedMembers => db.Set<ImportedMember>();
        public DbSet<RememberedColumn> RememberedColumns => db.Set<RememberedColumn>();
        public DbSet<PendingRegistration> PendingRegistrations => db.Set<PendingRegistration>();
        public DbSet<MemberAttribute> MemberAttributes => db.Set<MemberAttribute>();
        public DbSet<AttributeOption> AttributeOptions => db.Set<AttributeOption>();
        public DbSet<AttributeValue> AttributeValues => db.Set<AttributeValue>();
        public DbSet<KeptAside> KeptAside => db.Set<KeptAside>();
    }

    /// <summary>
    /// Finds the member by address. If two have the same mailbox, from an earlier normalisation rule, prefers the one whose
    /// address matches in the form stored under that rule.
    /// </summary>
    public static Task<Member?> OfAddress(this IQueryable<Member> members, string email, CancellationToken ct)
    {
        var (normal, kept) = (EmailAddress.NormalOf(email), RenewAddresses.NormalBefore(email));
        return members
            .Where(m => m.NormalizedEmail == normal || m.NormalizedEmail == kept)
            .OrderByDescending(m => m.NormalizedEmail == kept)
            .FirstOrDefaultAsync(ct);
    }

    /// <summary>Members who are confirmed, not suspended and not leaving.</summary>
    public static IQueryable<Member> Active(this IQueryable<Member> members) =>
        members.Where(m => m.ConfirmedAt != null && m.SuspendedAt == null && m.LeavingSince == null);

    /// <summary>Members in a state, as defined by <see cref="Member.State"/>.</summary>
    public static IQueryable<Member> Of(this IQueryable<Member> members, MemberState state) => state switch
    {
        MemberState.Active => members.Active(),
        MemberState.Suspended => members.Where(m => m.SuspendedAt != null),
        MemberState.Leaving => members.Where(m => m.SuspendedAt == null && m.LeavingSince != null),
        MemberState.Awaiting => members.Where(m => m.SuspendedAt == null && m.LeavingSince == null && m.AwaitsSince != null),
        _ => members.Where(m => m.ConfirmedAt == null && m.SuspendedAt == null && m.LeavingSince == null && m.AwaitsSince == null),
    };

    /// <summary>What an operator sees about the members.</summary>
    internal static async Task<IReadOnlyList<StatusLine>> Status(SiteDb db, CancellationToken ct)
    {
        var failed =
            await db.Work.CountAsync(w => w.FailedAt != null, ct) + await db.SystemMails.CountAsync(l => l.FailedAt != null, ct);
        return
        [
            new("members.status.active", await db.Members.Active().CountAsync(ct)),
            new("members.status.unconfirmed", await db.Members.Of(MemberState.Unconfirmed).CountAsync(ct)),
            new("members.status.suspended", await db.Members.Of(MemberState.Suspended).CountAsync(ct)),
            new("members.status.last", At: await db.Members.MaxAsync(m => (DateTime?)m.JoinedAt, ct)),
            new("members.status.failed", failed, Warn: failed > 0),
        ];
    }

    internal static void MapCatalogue(ModelBuilder model) =>
        model.Entity<ErasedMember>(e =>
        {
            e.ToTable("erased_members");
            e.Property(m => m.HandleHash).HasMaxLength(64);
            e.HasIndex(m => new { m.SiteId, m.MemberId });
            e.HasOne<CatalogueSite>().WithMany().HasForeignKey(m => m.SiteId).OnDelete(DeleteBehavior.Cascade);
        });

    internal static void Map(ModelBuilder model)
    {
        model.Entity<Member>(e =>
        {
            e.ToTable("members");
            e.Property(m => m.Handle).HasMaxLength(32);
            e.Property(m => m.Picture).HasMaxLength(70);
            e.HasIndex(m => m.Handle).IsUnique();
            e.HasIndex(m => m.NormalizedEmail).IsUnique();
            e.HasIndex(m => m.NormalizedUserName).IsUnique();
            e.HasIndex(m => m.AddressTwin);
            e.HasIndex(m => m.JoinedAt);
            e.HasIndex(m => m.LastSignInAt);
            e.HasIndex(m => m.Role);
            e.Property(m => m.Name).HasMaxLength(200);
            // The sort key of the list of members; byte order is the same on both databases.
            e.Property(m => m.SearchName).SortedByBytes();
            e.HasIndex(m => new { m.SearchName, m.Id });
            e.HasIndex(m => m.Skeleton);
            e.HasIndex(m => m.EraseAt).HasFilter("erase_at IS NOT NULL");
            e.HasIndex(m => m.AwaitsSince).HasFilter("awaits_since IS NOT NULL");
            // Identity's columns that this product stores differently, or not at all.
            e.Ignore(m => m.EmailConfirmed)
                .Ignore(m => m.PhoneNumber)
                .Ignore(m => m.PhoneNumberConfirmed)
                .Ignore(m => m.LockoutEnd)
                .Ignore(m => m.LockoutEnabled);
            e.HasMany(m => m.Consents).WithOne().HasForeignKey(c => c.MemberId);
            // Changes with password, address and suspension: of two concurrent changes, the second is refused.
            e.Property(m => m.SecurityStamp).IsConcurrencyToken();
            e.Ignore(m => m.ConcurrencyStamp);
            e.HasMany(m => m.Groups).WithOne().HasForeignKey(g => g.MemberId);
        });
        model.Entity<Group>(e => { e.ToTable("groups"); e.HasIndex(g => g.Key).IsUnique(); });
        model.Entity<GroupMembership>(e =>
        {
            e.ToTable("group_memberships");
            e.HasKey(g => new { g.GroupId, g.MemberId });
            e.HasIndex(g => new { g.MemberId, g.JoinedAt });
            e.HasOne(g => g.Group).WithMany().HasForeignKey(g => g.GroupId);
        });
        model.Entity<GroupExclusion>(e =>
        {
            e.ToTable("group_exclusions");
            e.HasKey(x => new { x.GroupId, x.MemberId });
            e.HasIndex(x => x.MemberId);
            e.HasOne<Group>().WithMany().HasForeignKey(x => x.GroupId);
            e.HasOne<Member>().WithMany().HasForeignKey(x => x.MemberId);
        });
        model.Entity<GroupRequest>(e =>
        {
            e.ToTable("group_requests");
            e.HasIndex(r => new { r.GroupId, r.MemberId, r.Id });
            e.HasOne<Group>().WithMany().HasForeignKey(r => r.GroupId);
            e.HasOne<Member>().WithMany().HasForeignKey(r => r.MemberId);
        });
        model.Entity<MailKind>(e =>
        {
            e.ToTable("mail_kinds");
            e.HasIndex(k => k.Key).IsUnique();
            e.Property(k => k.Names).InLanguages();
            e.Property(k => k.Sentences).InLanguages();
            e.Property(k => k.Use).HasDefaultValue(MailKindUse.Mail);
            e.Property(k => k.Archive).HasDefaultValue(MailArchive.None).HasSentinel((MailArchive)(-1));
        });
        // No foreign key: the texts are evidence, and outlive their kind.
        model.Entity<MailKindText>(e =>
        {
            e.ToTable("mail_kind_texts");
            e.HasIndex(t => new { t.KindId, t.Revision }).IsUnique();
            e.Property(t => t.Names).InLanguages();
            e.Property(t => t.Sentences).InLanguages();
        });
        model.Entity<ConsentEvent>(e =>
        {
            e.ToTable("consent_events");
            e.HasIndex(c => new { c.MemberId, c.Id });
            e.HasOne(c => c.Proof).WithOne().HasForeignKey<ConsentProof>(p => p.EventId);
        });
        model.Entity<MemberPermission>(e =>
        {
            e.ToTable("member_permissions");
            e.HasKey(p => new { p.MemberId, p.Permission, p.ThingId });
            e.Property(p => p.Permission).HasMaxLength(64);
            e.HasIndex(p => new { p.Permission, p.ThingId });
            e.HasOne<Member>().WithMany().HasForeignKey(p => p.MemberId);
        });
        model.Entity<StaffRole>(e =>
        {
            e.ToTable("staff_roles");
            e.Property(r => r.Key).HasMaxLength(32);
            e.HasIndex(r => r.Key).IsUnique();
            e.Property(r => r.Names).InLanguages();
        });
        model.Entity<AskedAddress>(e =>
        {
            e.ToTable("asked_addresses");
            e.Property(a => a.Event).HasMaxLength(AskedAddress.MaxEventLength);
            e.HasIndex(a => a.AddressHash).IsUnique();
            e.HasIndex(a => new { a.Answer, a.AskedAt });
            e.HasIndex(a => a.MemberId);
        });
        model.Entity<ConsentProof>(e =>
        {
            e.ToTable("consent_proofs");
            e.Property(p => p.Place).HasMaxLength(200);
            e.Property(p => p.Scan).HasMaxLength(70);
            e.HasIndex(p => p.MemberId);
            e.HasOne<Member>().WithMany().HasForeignKey(p => p.MemberId);
        });
        model.Entity<ConsentState>(e =>
        {
            e.ToTable("consent_states");
            e.HasKey(c => new { c.MemberId, c.KindId });
            e.HasIndex(c => new { c.KindId, c.Granted });
        });
        model.Entity<SignIn>(e =>
        {
            e.ToTable("sign_ins");
            e.HasIndex(s => new { s.MemberId, s.Id });
            e.HasIndex(s => s.At);
            e.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId);
        });
        model.Entity<Session>(e =>
        {
            e.ToTable("sessions");
            e.HasIndex(s => s.KeyHash).IsUnique();
            e.HasIndex(s => new { s.MemberId, s.Id });
            e.HasOne(s => s.Member).WithMany().HasForeignKey(s => s.MemberId);
        });
        model.Entity<Authenticator>(e =>
        {
            e.ToTable("authenticators");
            e.HasKey(a => a.MemberId);
            e.Property(a => a.MemberId).ValueGeneratedNever();
            e.HasOne<Member>().WithMany().HasForeignKey(a => a.MemberId);
        });
        model.Entity<Provider>(e =>
        {
            e.ToTable("providers");
            e.Ignore(p => p.Preset);
            e.HasIndex(p => p.Key).IsUnique();
        });
        model.Entity<ProviderAccount>(e =>
        {
            e.ToTable("provider_accounts");
            e.HasIndex(a => new { a.Issuer, a.Subject }).IsUnique();
            e.HasIndex(a => a.MemberId);
            e.HasOne(a => a.Provider).WithMany().HasForeignKey(a => a.ProviderId);
            e.HasOne<Member>().WithMany().HasForeignKey(a => a.MemberId);
        });
        model.Entity<KnownDevice>(e =>
        {
            e.ToTable("known_devices");
            e.HasIndex(d => new { d.MemberId, d.KeyHash });
            e.HasOne<Member>().WithMany().HasForeignKey(d => d.MemberId);
        });
        model.Entity<Passkey>(e =>
        {
            e.ToTable("passkeys");
            e.Property(p => p.Name).HasMaxLength(200);
            e.HasIndex(p => p.CredentialId).IsUnique();
            e.HasIndex(p => new { p.MemberId, p.Id });
            e.HasOne<Member>().WithMany().HasForeignKey(p => p.MemberId);
        });
        model.Entity<UsedToken>(e =>
        {
            e.ToTable("used_tokens");
            e.HasKey(t => t.Hash);
            e.HasIndex(t => t.ExpiresAt);
        });
        model.Entity<ReservedName>(e =>
        {
            e.ToTable("reserved_names");
            e.Property(r => r.Digest).HasMaxLength(64);
            e.HasIndex(r => r.Digest);
            e.HasIndex(r => r.MemberId);
        });
        model.Entity<EmailChange>(e =>
        {
            e.ToTable("email_changes");
            e.Ignore(c => c.Until);
            e.Ignore(c => c.IsConfirmed);
            e.HasIndex(c => c.MemberId).IsUnique();
            e.HasOne<Member>().WithOne(m => m.EmailChange).HasForeignKey<EmailChange>(c => c.MemberId);
        });
        model.Entity<RecoveryCode>(e =>
        {
            e.ToTable("recovery_codes");
            e.HasIndex(c => new { c.MemberId, c.Hash }).IsUnique();
            e.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId);
        });
        model.Entity<Measure>(e =>
        {
            e.ToTable("measures");
            e.HasIndex(m => new { m.MemberId, m.Id });
            e.HasIndex(m => new { m.At, m.Id });
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId);
        });
        model.Entity<Suspension>(e =>
        {
            e.ToTable("suspensions");
            e.HasIndex(s => s.MemberId);
            e.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId);
        });
        model.Entity<PendingRegistration>(e =>
        {
            e.ToTable("pending_registrations");
            e.Property(r => r.Name).HasMaxLength(200);
            e.HasIndex(r => r.MemberId);
            e.HasIndex(r => r.At);
            e.HasOne<Member>().WithMany().HasForeignKey(r => r.MemberId);
        });
        model.Entity<Invitation>(e =>
        {
            e.ToTable("invitations");
            e.Property(i => i.Code).HasMaxLength(20);
            e.HasIndex(i => i.Code).IsUnique();
            e.HasIndex(i => i.Email);
        });
        model.Entity<Archive>(e =>
        {
            e.ToTable("archives");
            e.HasIndex(a => new { a.MemberId, a.Id });
            e.HasOne<Member>().WithMany().HasForeignKey(a => a.MemberId);
        });
        // The members' ids are no foreign key: the record outlives the member.
        model.Entity<RightsRequest>(e =>
        {
            e.ToTable("rights_requests");
            e.HasIndex(r => new { r.MemberId, r.Id });
            e.HasIndex(r => new { r.State, r.DueAt });
        });
        model.Entity<TermsVersion>(e =>
        {
            e.ToTable("terms_versions");
            e.HasIndex(v => new { v.Kind, v.Number }).IsUnique();
        });
        model.Entity<TermsText>(e =>
        {
            e.ToTable("terms_texts");
            e.HasIndex(t => new { t.VersionId, t.Revision }).IsUnique();
            e.HasOne<TermsVersion>().WithMany().HasForeignKey(t => t.VersionId);
        });
        // The members' ids are no foreign key: the evidence outlives the member.
        model.Entity<TermsAnswer>(e =>
        {
            e.ToTable("terms_answers");
            e.Property(a => a.Digest).HasMaxLength(64);
            e.HasIndex(a => new { a.MemberId, a.Id });
            e.HasIndex(a => new { a.VersionId, a.Kind });
            e.HasOne<TermsVersion>().WithMany().HasForeignKey(a => a.VersionId);
        });
        MapAttributes(model);
        MapImports(model);
        model.Entity<Tag>(e =>
        {
            e.ToTable("tags");
            e.HasIndex(t => t.Key).IsUnique();
        });
        model.Entity<MemberTag>(e =>
        {
            e.ToTable("member_tags");
            e.HasKey(t => new { t.TagId, t.MemberId });
            e.HasIndex(t => new { t.MemberId, t.TagId });
            e.HasOne<Tag>().WithMany().HasForeignKey(t => t.TagId);
            e.HasOne<Member>().WithMany().HasForeignKey(t => t.MemberId);
        });
        model.Entity<MemberNote>(e =>
        {
            e.ToTable("member_notes");
            e.HasIndex(n => new { n.MemberId, n.Id });
            e.HasOne<Member>().WithMany().HasForeignKey(n => n.MemberId);
        });
        model.Entity<Segment>(e =>
        {
            e.ToTable("segments");
            e.HasIndex(s => s.Key).IsUnique();
            e.Ignore(s => s.Chosen).Ignore(s => s.AsChosen);
        });
        model.Entity<SegmentMember>(e =>
        {
            e.ToTable("segment_members");
            e.HasKey(m => new { m.SegmentId, m.MemberId });
            e.HasIndex(m => m.MemberId);
            e.HasOne<Segment>().WithMany().HasForeignKey(m => m.SegmentId);
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId);
        });
        model.Entity<ListColumns>(e =>
        {
            e.ToTable("list_columns");
            e.HasKey(c => c.MemberId);
            e.Property(c => c.MemberId).ValueGeneratedNever();
            e.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId);
        });
        model.Entity<BulkAct>(e =>
        {
            e.ToTable("bulk_acts");
            e.HasIndex(a => a.FormKey).IsUnique();
            e.Ignore(a => a.Chosen);
        });
        model.Entity<BulkActMember>(e =>
        {
            e.ToTable("bulk_act_members");
            e.HasKey(m => new { m.ActId, m.MemberId });
            e.HasIndex(m => m.MemberId);
            e.HasOne<BulkAct>().WithMany().HasForeignKey(m => m.ActId);
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId);
        });
        model.Entity<MemberMerge>(e =>
        {
            e.ToTable("member_merges");
            e.HasIndex(m => m.KeptId);
            e.HasIndex(m => m.At);
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.KeptId);
        });
        model.Entity<Suppression>(e =>
        {
            e.ToTable("suppressions");
            e.HasIndex(s => s.AddressHash).IsUnique();
        });
    }

    /// <summary>A column that holds <see cref="Translations"/> as JSON.</summary>
    public static void InLanguages(this PropertyBuilder<Translations> property) =>
        property.HasConversion(
            t => t.ToJson(),
            json => Translations.Parse(json),
            new ValueComparer<Translations>(
                (a, b) => a!.ToJson() == b!.ToJson(),
                t => t.ToJson().GetHashCode(StringComparison.Ordinal),
                t => t
            )
        );

    static void MapImports(ModelBuilder model)
    {
        model.Entity<MemberImport>(e =>
        {
            e.ToTable("imports");
            e.Ignore(i => i.Format).Ignore(i => i.Mapping);
        });
        model.Entity<ImportProblem>(e =>
        {
            e.ToTable("import_problems");
            e.HasIndex(p => new { p.ImportId, p.Id });
            e.HasIndex(p => p.MemberId).HasFilter("member_id IS NOT NULL");
            e.HasOne<MemberImport>().WithMany().HasForeignKey(p => p.ImportId);
        });
        // No foreign key to the member: undoing an import deletes both in one statement each.
        model.Entity<ImportedMember>(e =>
        {
            e.ToTable("imported_members");
            e.HasKey(m => new { m.ImportId, m.MemberId });
            e.HasIndex(m => m.MemberId);
            e.HasOne<MemberImport>().WithMany().HasForeignKey(m => m.ImportId);
        });
        model.Entity<RememberedColumn>(e =>
        {
            e.ToTable("import_columns");
            e.HasKey(c => new { c.Kind, c.Heading, c.Which });
            e.Property(c => c.Kind).HasMaxLength(RememberedColumn.MaxKind);
            e.Property(c => c.Heading).HasMaxLength(RememberedColumn.MaxHeading);
        });
    }

    static void MapAttributes(ModelBuilder model)
    {
        model.Entity<MemberAttribute>(e =>
        {
            e.ToTable("attributes");
            e.Property(a => a.Key).HasMaxLength(MemberAttribute.MaxKeyLength);
            e.HasIndex(a => a.Key).IsUnique();
            e.Property(a => a.Type).HasConversion<short>();
            e.Property(a => a.Min).HasConversion<Millionths>();
            e.Property(a => a.Max).HasConversion<Millionths>();
            e.Property(a => a.HomeCountry).HasMaxLength(2);
            e.Property(a => a.Labels).InLanguages();
            e.Property(a => a.Helps).InLanguages();
            e.HasMany(a => a.Options).WithOne().HasForeignKey(o => o.AttributeId);
        });
        model.Entity<AttributeOption>(e =>
        {
            e.ToTable("attribute_options");
            e.Property(o => o.Key).HasMaxLength(MemberAttribute.MaxKeyLength);
            e.Property(o => o.Labels).InLanguages();
            e.HasIndex(o => new { o.AttributeId, o.Key }).IsUnique();
        });
        model.Entity<AttributeValue>(e =>
        {
            e.ToTable("attribute_values");
            // By member first: a page shows all values of one, or of a few.
            e.HasKey(v => new { v.MemberId, v.AttributeId, v.Item });
            e.Property(v => v.Type).HasConversion<short>();
            e.Property(v => v.Key).HasMaxLength(ValueRules.MaxKey);
            e.Property(v => v.Key!).SortedByBytes();
            e.Property(v => v.Number).HasConversion<Millionths>();
            // A search is answered by the index alone. Each row stands only in the indexes of the columns that it fills.
            e.HasIndex(v => new { v.AttributeId, v.Key, v.MemberId }).HasFilter("key IS NOT NULL");
            e.HasIndex(v => new { v.AttributeId, v.Number, v.MemberId }).HasFilter("number IS NOT NULL");
            e.HasIndex(v => new { v.AttributeId, v.Date, v.MemberId }).HasFilter("date IS NOT NULL");
            e.HasIndex(v => new { v.AttributeId, v.MonthDay, v.MemberId }).HasFilter("month_day IS NOT NULL");
            e.HasIndex(v => new { v.AttributeId, v.OptionId, v.MemberId }).HasFilter("option_id IS NOT NULL");
            e.HasIndex(v => new { v.AttributeId, v.Key }, "ix_attribute_values_member_number")
                .IsUnique()
                .HasFilter($"type = {(short)AttributeType.MemberNumber}");
            e.HasOne<Member>().WithMany().HasForeignKey(v => v.MemberId);
            e.HasOne<MemberAttribute>().WithMany().HasForeignKey(v => v.AttributeId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<KeptAside>(e =>
        {
            e.ToTable("attribute_values_aside");
            e.Property(v => v.Type).HasConversion<short>();
            e.HasIndex(v => new { v.AttributeId, v.Id });
            e.HasIndex(v => v.MemberId);
            e.HasOne<Member>().WithMany().HasForeignKey(v => v.MemberId);
            e.HasOne<MemberAttribute>().WithMany().HasForeignKey(v => v.AttributeId).OnDelete(DeleteBehavior.Restrict);
        });
    }
}
