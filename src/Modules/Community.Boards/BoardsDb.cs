using System.Globalization;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Boards;

/// <summary>The module's tables in a site's database. <see cref="Visibility"/> decides who sees which rows.</summary>
public static class BoardsDb
{
    extension(SiteDb db)
    {
        public DbSet<Board> Boards => db.Set<Board>();
        public DbSet<BoardCategory> BoardCategories => db.Set<BoardCategory>();
        public DbSet<Topic> Topics => db.Set<Topic>();
        public DbSet<Post> Posts => db.Set<Post>();
        public DbSet<PostVersion> PostVersions => db.Set<PostVersion>();
        public DbSet<PostMention> PostMentions => db.Set<PostMention>();
        public DbSet<Draft> Drafts => db.Set<Draft>();
        public DbSet<Attachment> Attachments => db.Set<Attachment>();
        public DbSet<TopicRead> TopicReads => db.Set<TopicRead>();
        public DbSet<BoardRead> BoardReads => db.Set<BoardRead>();
        public DbSet<TopicStay> TopicStays => db.Set<TopicStay>();
        public DbSet<FormerPlace> FormerPlaces => db.Set<FormerPlace>();
        public DbSet<QueueEntry> QueueEntries => db.Set<QueueEntry>();
        public DbSet<WatchedWord> WatchedWords => db.Set<WatchedWord>();
        public DbSet<Report> Reports => db.Set<Report>();
        public DbSet<TopicFollow> TopicFollows => db.Set<TopicFollow>();
        public DbSet<BoardFollow> BoardFollows => db.Set<BoardFollow>();
        public DbSet<MemberMute> MemberMutes => db.Set<MemberMute>();
        public DbSet<MemberTrust> MemberTrusts => db.Set<MemberTrust>();
        public DbSet<Bookmark> Bookmarks => db.Set<Bookmark>();
        public DbSet<Reaction> Reactions => db.Set<Reaction>();
        public DbSet<PostReaction> PostReactions => db.Set<PostReaction>();
        public DbSet<Poll> Polls => db.Set<Poll>();
        public DbSet<PollBallot> PollBallots => db.Set<PollBallot>();
        public DbSet<Clearing> Clearings => db.Set<Clearing>();
        public DbSet<ClearedPost> ClearedPosts => db.Set<ClearedPost>();
        public DbSet<ModerationEntry> ModerationLog => db.Set<ModerationEntry>();
        public DbSet<BoardImport> BoardImports => db.Set<BoardImport>();
        public DbSet<ImportedPost> ImportedPosts => db.Set<ImportedPost>();
        public DbSet<BoardImportFault> BoardImportFaults => db.Set<BoardImportFault>();
        public DbSet<Guest> Guests => db.Set<Guest>();
    }

    /// <summary>The boards' figures on the operators' status page, from the counters that <see cref="CountBoard"/> keeps.</summary>
    internal static async Task<IReadOnlyList<StatusLine>> Status(SiteDb db, CancellationToken ct)
    {
        var boards = await db.Boards.AsNoTracking().Select(b => new { b.TopicCount, b.PostCount, b.LastPostId }).ToListAsync(ct);
        // By date: an import brings old posts with new ids.
        var last = boards.ConvertAll(b => b.LastPostId);
        var reports = await db.Reports.CountAsync(r => r.ClosedAt == null, ct);
        return
        [
            new("boards.status.boards", boards.Count),
            new("boards.status.topics", boards.Sum(b => (long)b.TopicCount)),
            new("boards.status.posts", boards.Sum(b => (long)b.PostCount)),
            new("boards.status.last", At: await db.Posts.Where(p => last.Contains(p.Id)).MaxAsync(p => (DateTime?)p.At, ct)),
            new("boards.status.reports", reports, Warn: reports > 0),
        ];
    }

    /// <summary>How many posts a member has that others can read, for a mailing.</summary>
    internal static async ValueTask<string> PostsOf(MergeRecipient to)
    {
        var db = to.Services.GetRequiredService<SiteDb>();
        var posts = db.Posts.Where(p => p.AuthorId == to.MemberId && p.DeletedAt == null && p.HiddenAt == null);
        return (await posts.CountAsync(to.Ct)).ToString("N0", CultureInfo.GetCultureInfo(to.Culture));
    }

    internal static void Map(ModelBuilder model)
    {
        model.Entity<Board>(e =>
        {
            e.ToTable("boards");
            e.Property(b => b.Key).HasMaxLength(40);
            e.HasIndex(b => b.Key).IsUnique();
            e.Property(b => b.Icon).HasMaxLength(Board.MaxIconLength);
            e.Property(b => b.PictureHash).HasMaxLength(64);
            e.Property(b => b.PictureSmallHash).HasMaxLength(64);
            e.Property(b => b.PictureAlt).HasMaxLength(Board.MaxPictureAltLength);
            e.HasOne(b => b.Category).WithMany().HasForeignKey(b => b.CategoryId).OnDelete(DeleteBehavior.SetNull);
            e.HasMany(b => b.Groups).WithOne().HasForeignKey(g => g.BoardId);
        });
        model.Entity<BoardCategory>(e =>
        {
            e.ToTable("board_categories");
            e.Property(c => c.Names).InLanguages();
        });
        model.Entity<BoardGroup>(e =>
        {
            e.ToTable("board_groups");
            e.HasKey(g => new { g.BoardId, g.GroupId });
            e.HasOne<Group>().WithMany().HasForeignKey(g => g.GroupId);
        });
        model.Entity<Topic>(e =>
        {
            e.ToTable("topics");
            e.Property(t => t.Title).HasMaxLength(PostText.MaxTitleLength);
            e.Property(t => t.GuestName).HasMaxLength(Guest.MaxName);
            e.Property(t => t.LastGuestName).HasMaxLength(Guest.MaxName);
            e.HasOne(t => t.Board).WithMany().HasForeignKey(t => t.BoardId);
            // In this order a board is exported.
            e.HasIndex(t => new { t.BoardId, t.StartedAt, t.Id });
            e.HasOne(t => t.Author).WithMany().HasForeignKey(t => t.AuthorId).OnDelete(DeleteBehavior.SetNull);
            e.HasOne(t => t.LastAuthor).WithMany().HasForeignKey(t => t.LastPostBy).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(t => new { t.BoardId, t.LastPostAt, t.Id });
            e.HasIndex(t => new { t.BoardId, t.PinnedAt });
            e.HasIndex(t => t.LastPostAt);
            // An imported archive may have nobody who is a member. SQLite knows of an index how many rows a value has on average: with a
            // million of nobody among them it would rather read the whole table.
            e.HasIndex(t => new { t.AuthorId, t.Id }).HasFilter("author_id IS NOT NULL");
            e.HasIndex(t => t.LastPostBy).HasFilter("last_post_by IS NOT NULL");
            e.HasIndex(t => t.MergedInto).HasFilter("merged_into IS NOT NULL");
        });
        model.Entity<Post>(e =>
        {
            e.ToTable("posts");
            e.Property(p => p.Title).HasMaxLength(PostText.MaxTitleLength);
            e.Property(p => p.GuestName).HasMaxLength(Guest.MaxName);
            e.Property(p => p.Path).HasMaxLength(TreePath.MaxLength).SortedByBytes();
            e.HasOne(p => p.Topic).WithMany(t => t.Posts).HasForeignKey(p => p.TopicId);
            e.HasOne(p => p.Author).WithMany().HasForeignKey(p => p.AuthorId).OnDelete(DeleteBehavior.SetNull);
            e.HasOne<Member>().WithMany().HasForeignKey(p => p.ToMemberId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(p => new { p.TopicId, p.Path });
            e.HasIndex(p => new { p.TopicId, p.Number }).IsUnique();
            e.HasIndex(p => new { p.TopicId, p.Id });
            e.HasIndex(p => new { p.BoardId, p.At, p.Id });
            // Posts not counted yet. Few, apart from hidden and deleted ones.
            e.HasIndex(p => new { p.BoardId, p.Counted }).HasFilter("NOT counted");
            // Without those of nobody, as of topics.
            e.HasIndex(p => new { p.AuthorId, p.Id }).HasFilter("author_id IS NOT NULL");
            // By date, as the search lists them: an import brings old posts with new ids.
            e.HasIndex(p => new { p.AuthorId, p.At, p.Id }).HasFilter("author_id IS NOT NULL");
            e.HasIndex(p => new { p.ToMemberId, p.Id }).HasFilter("to_member_id IS NOT NULL");
            e.HasIndex(p => new { p.AuthorId, p.FormKey }).IsUnique().HasFilter("author_id IS NOT NULL");
            // What was written here: the last post before a member joined is no old one of an import.
            e.HasIndex(p => p.At).HasFilter("import_id IS NULL");
            e.HasIndex(p => new { p.ImportId, p.TopicId }).HasFilter("import_id IS NOT NULL");
        });
        MapImports(model);
        model.Entity<PostVersion>(e =>
        {
            e.ToTable("post_versions");
            e.HasOne<Post>().WithMany().HasForeignKey(v => v.PostId);
        });
        model.Entity<PostMention>(e =>
        {
            e.ToTable("post_mentions");
            e.HasKey(m => new { m.PostId, m.MemberId });
            e.Property(m => m.Handle).HasMaxLength(32);
            e.HasOne(m => m.Post).WithMany().HasForeignKey(m => m.PostId);
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId);
            e.HasIndex(m => new { m.MemberId, m.PostId });
        });
        model.Entity<Attachment>(e =>
        {
            e.ToTable("attachments");
            e.Property(a => a.Key).HasMaxLength(Attachment.KeyLength);
            e.Property(a => a.Hash).HasMaxLength(64);
            e.Property(a => a.SmallHash).HasMaxLength(64);
            e.Property(a => a.Name).HasMaxLength(FileName.MaxLength);
            e.HasOne(a => a.Post).WithMany().HasForeignKey(a => a.PostId).OnDelete(DeleteBehavior.SetNull);
            e.HasOne<Member>().WithMany().HasForeignKey(a => a.OwnerId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(a => a.Key).IsUnique();
            e.HasIndex(a => new { a.OwnerId, a.FormKey }).IsUnique();
            e.HasIndex(a => a.Hash);
            e.HasIndex(a => a.SmallHash);
        });
        model.Entity<Draft>(e =>
        {
            e.ToTable("drafts");
            e.Ignore(d => d.Token);
            e.Property(d => d.Title).HasMaxLength(Draft.MaxTitleLength);
            e.HasOne<Member>().WithMany().HasForeignKey(d => d.MemberId);
            // What was written outlives its place.
            e.HasOne(d => d.Board).WithMany().HasForeignKey(d => d.BoardId).OnDelete(DeleteBehavior.SetNull);
            e.HasOne(d => d.Post).WithMany().HasForeignKey(d => d.PostId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(d => new { d.MemberId, d.At });
            e.HasIndex(d => new { d.MemberId, d.FormKey }).IsUnique();
            e.HasIndex(d => d.At);
        });
        model.Entity<TopicRead>(e =>
        {
            e.ToTable("topic_reads");
            e.HasKey(r => new { r.MemberId, r.TopicId });
            e.Ignore(r => r.Set);
            e.HasOne<Topic>().WithMany().HasForeignKey(r => r.TopicId);
            e.HasOne<Member>().WithMany().HasForeignKey(r => r.MemberId);
        });
        model.Entity<BoardRead>(e =>
        {
            e.ToTable("board_reads");
            e.HasKey(r => new { r.MemberId, r.BoardId, r.Moves });
            e.HasOne<Member>().WithMany().HasForeignKey(r => r.MemberId);
        });
        model.Entity<TopicStay>(e =>
        {
            e.ToTable("topic_stays");
            e.HasOne<Topic>().WithMany().HasForeignKey(s => s.TopicId);
            // No foreign key to the board: a board that all topics have left can be deleted.
            e.HasIndex(s => new { s.BoardId, s.Id });
        });
        model.Entity<FormerPlace>(e =>
        {
            e.ToTable("former_places");
            e.HasKey(f => new { f.TopicId, f.Number });
            e.Property(f => f.Title).HasMaxLength(PostText.MaxTitleLength);
            e.Property(f => f.TopicTitle).HasMaxLength(PostText.MaxTitleLength);
            e.HasOne<Post>().WithMany().HasForeignKey(f => f.PostId);
        });
        model.Entity<QueueEntry>(e =>
        {
            e.ToTable("queue_entries");
            e.Property(q => q.Title).HasMaxLength(PostText.MaxTitleLength);
            e.HasOne(q => q.Post).WithMany().HasForeignKey(q => q.PostId);
            // One undecided entry a post.
            e.HasIndex(q => q.PostId, "ix_queue_entries_waiting").HasFilter("outcome IS NULL").IsUnique();
            e.HasIndex(q => new { q.DecidedAt, q.Id });
        });
        model.Entity<WatchedWord>(e =>
        {
            e.ToTable("watched_words");
            e.Property(w => w.Text).HasMaxLength(WatchedWord.MaxTextLength);
            e.Property(w => w.Answer).HasMaxLength(WatchedWord.MaxAnswerLength);
        });
        model.Entity<Report>(e =>
        {
            e.ToTable("reports");
            e.Property(r => r.Category).HasMaxLength(Report.MaxCategoryLength).HasDefaultValue("");
            e.HasOne(r => r.Post).WithMany().HasForeignKey(r => r.PostId);
            e.HasOne(r => r.Reporter).WithMany().HasForeignKey(r => r.ReporterId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(r => new { r.PostId, r.ReporterId }).IsUnique();
            e.HasIndex(r => new { r.ClosedAt, r.Id });
        });
        model.Entity<TopicFollow>(e =>
        {
            e.ToTable("topic_follows");
            e.HasKey(f => new { f.MemberId, f.TopicId });
            e.HasOne(f => f.Topic).WithMany().HasForeignKey(f => f.TopicId);
            e.HasOne<Member>().WithMany().HasForeignKey(f => f.MemberId);
            // Who watches a topic, in order of ids, so that many are told in steps.
            e.HasIndex(f => new { f.TopicId, f.Level, f.MemberId });
        });
        model.Entity<BoardFollow>(e =>
        {
            e.ToTable("board_follows");
            e.HasKey(f => new { f.MemberId, f.BoardId });
            e.HasOne(f => f.Board).WithMany().HasForeignKey(f => f.BoardId);
            e.HasOne<Member>().WithMany().HasForeignKey(f => f.MemberId);
            e.HasIndex(f => new { f.BoardId, f.Level, f.MemberId });
        });
        model.Entity<MemberMute>(e =>
        {
            e.ToTable("member_mutes");
            e.HasKey(m => new { m.MemberId, m.MutedId });
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId);
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MutedId);
            e.HasIndex(m => m.MutedId);
        });
        model.Entity<Bookmark>(e =>
        {
            e.ToTable("bookmarks");
            e.Property(b => b.Note).HasMaxLength(Bookmark.MaxNoteLength);
            e.HasOne(b => b.Post).WithMany().HasForeignKey(b => b.PostId);
            e.HasOne<Member>().WithMany().HasForeignKey(b => b.MemberId);
            e.HasIndex(b => new { b.MemberId, b.PostId }).IsUnique();
            e.HasIndex(b => new { b.MemberId, b.Id });
        });
        model.Entity<Reaction>(e =>
        {
            e.ToTable("reactions");
            e.Property(r => r.Id).ValueGeneratedNever();
            e.Property(r => r.Emoji).HasMaxLength(Reaction.MaxEmojiLength);
            e.Property(r => r.Names).InLanguages();
        });
        model.Entity<PostReaction>(e =>
        {
            e.ToTable("post_reactions");
            // No foreign key to the reaction: the usual ones have no row until staff change something.
            e.HasKey(r => new { r.PostId, r.MemberId, r.ReactionId });
            e.HasOne(r => r.Post).WithMany().HasForeignKey(r => r.PostId);
            e.HasOne<Member>().WithMany().HasForeignKey(r => r.MemberId);
            e.HasIndex(r => new { r.MemberId, r.PostId });
            // Who gave a reaction, the latest first.
            e.HasIndex(r => new { r.PostId, r.At, r.MemberId });
        });
        model.Entity<Poll>(e =>
        {
            e.ToTable("polls");
            e.Ignore(p => p.Lines);
            e.Ignore(p => p.Numbers);
            e.Property(p => p.Question).HasMaxLength(PostText.MaxTitleLength);
            e.HasOne(p => p.Topic).WithMany().HasForeignKey(p => p.TopicId);
            e.HasIndex(p => p.TopicId).IsUnique();
        });
        model.Entity<PollBallot>(e =>
        {
            e.ToTable("poll_ballots");
            e.HasOne(b => b.Poll).WithMany().HasForeignKey(b => b.PollId);
            e.HasOne<Member>().WithMany().HasForeignKey(b => b.MemberId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(b => new { b.PollId, b.MemberId }).IsUnique();
            e.HasIndex(b => b.MemberId);
        });
        model.Entity<ModerationEntry>(e =>
        {
            e.ToTable("moderation_log");
            e.HasOne(m => m.Actor).WithMany().HasForeignKey(m => m.ActorId).OnDelete(DeleteBehavior.SetNull);
            e.HasOne(m => m.Topic).WithMany().HasForeignKey(m => m.TopicId);
            e.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(m => new { m.At, m.Id });
            e.HasIndex(m => new { m.MemberId, m.At });
        });
        model.Entity<MemberTrust>(e =>
        {
            e.ToTable("member_trust");
            e.HasKey(t => t.MemberId);
            e.Property(t => t.MemberId).ValueGeneratedNever();
            e.HasOne<Member>().WithMany().HasForeignKey(t => t.MemberId);
        });
        model.Entity<Clearing>(e =>
        {
            e.ToTable("clearings");
            e.Property(c => c.Reason).HasMaxLength(PostText.MaxReasonLength);
            e.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId).OnDelete(DeleteBehavior.SetNull);
            e.HasIndex(c => c.FormKey).IsUnique();
            e.HasIndex(c => new { c.MemberId, c.Id });
        });
        model.Entity<ClearedPost>(e =>
        {
            e.ToTable("cleared_posts");
            e.HasKey(p => new { p.ClearingId, p.PostId });
            e.Property(p => p.Title).HasMaxLength(PostText.MaxTitleLength);
            e.HasOne<Clearing>().WithMany().HasForeignKey(p => p.ClearingId);
            e.HasOne<Post>().WithMany().HasForeignKey(p => p.PostId);
        });
    }

    static void MapImports(ModelBuilder model)
    {
        model.Entity<BoardImport>(e =>
        {
            e.ToTable("board_imports");
            e.Property(i => i.FileName).HasMaxLength(120);
            e.HasIndex(i => i.BoardId);
        });
        // No foreign key to the post: undoing an import deletes both in one statement each.
        model.Entity<ImportedPost>(e =>
        {
            e.ToTable("imported_posts");
            e.HasKey(p => new { p.ImportId, p.Number });
            e.Property(p => p.Key).HasMaxLength(ImportedPost.MaxKey);
            e.HasOne<BoardImport>().WithMany().HasForeignKey(p => p.ImportId);
            e.HasIndex(p => p.PostId).HasFilter("post_id IS NOT NULL");
            e.HasIndex(p => p.GuestId).HasFilter("guest_id IS NOT NULL");
            // Old addresses of forums, which all have topics; mails have none.
            e.HasIndex(p => p.KeyHash).HasFilter("thread <> 0");
            e.HasIndex(p => new { p.Thread, p.PostId }).HasFilter("thread <> 0");
        });
        model.Entity<BoardImportFault>(e =>
        {
            e.ToTable("board_import_faults");
            e.Property(f => f.Key).HasMaxLength(ImportedPost.MaxKey);
            e.Property(f => f.What).HasMaxLength(BoardImportFault.MaxWhat);
            e.HasOne<BoardImport>().WithMany().HasForeignKey(f => f.ImportId);
            e.HasIndex(f => new { f.ImportId, f.Id });
        });
        model.Entity<Guest>(e =>
        {
            e.ToTable("guests");
            e.Property(g => g.Name).HasMaxLength(Guest.MaxName);
            e.Property(g => g.Address).HasMaxLength(EmailAddress.MaxLength);
            e.HasIndex(g => g.Mark);
        });
    }
}
