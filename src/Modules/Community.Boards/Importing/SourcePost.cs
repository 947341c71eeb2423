using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Boards;

/// <summary>A post as a file has it, whatever the file's format; from here on all imports are one.</summary>
public sealed partial record SourcePost
{
    /// <summary>What others refer to it by: a Message-ID without brackets, or a name that the format makes of its own id.</summary>
    public required string Key { get; init; }
    /// <summary>The keys of what it may answer, the most likely first. The first that is there counts.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];
    /// <summary>Where the format has topics: the key of its topic. What it answers is only looked for there.</summary>
    public string? Thread { get; init; }
    /// <summary>As it stands there, with "Re:"; empty if there is none.</summary>
    public string Subject { get; init; } = "";
    /// <summary>The post's own title, where the format knows that it has one or none; else it is made of the subject.</summary>
    public string? Title { get; init; }
    public bool KnowsTitle { get; init; }
    public string AuthorName { get; init; } = "";
    public string? Address { get; init; }
    /// <summary>Null if nothing in the post says when it was written.</summary>
    public DateTime? At { get; init; }
    /// <summary>Markdown.</summary>
    public string Text { get; init; } = "";
    public IReadOnlyList<SourceFile> Files { get; init; } = [];
    public DateTime? EditedAt { get; init; }
    /// <summary>Its number in its topic, where the format keeps numbers.</summary>
    public int? Number { get; init; }
    /// <summary>What stood there before it was edited, the oldest first.</summary>
    public IReadOnlyList<SourceVersion> Versions { get; init; } = [];
    public SourceState State { get; init; } = SourceState.Plain;
    /// <summary>How many gave which reaction, by emoji.</summary>
    public IReadOnlyDictionary<string, int> Reactions { get; init; } = nobody;
    /// <summary>Who gave them, as far as the file says so. They are among <see cref="Reactions"/>.</summary>
    public IReadOnlyList<SourceReacted> Reacted { get; init; } = [];
    /// <summary>The poll of the topic that it opens.</summary>
    public SourcePoll? Poll { get; init; }

    static readonly Dictionary<string, int> nobody = [];
    /// <summary>Whether it comes from a place that not everybody read: it is imported into no board that everybody reads.</summary>
    public bool IsPrivate { get; init; }
    /// <summary>What of it was left out or changed, as keys of texts with what they name.</summary>
    public IReadOnlyList<(string Reason, string What)> Notes { get; init; } = [];

    const int MaxNotes = 20;

    /// <summary>The same, within the limits of posts: what is too long comes along as a file.</summary>
    /// <exception cref="SourceBroken">It has nothing to show.</exception>
    public SourcePost Fitted()
    {
        // Only the place of what its author has deleted is kept.
        if (State.DeletedAt is not null)
            return this with { Poll = Poll?.Fitted(), Text = "", Title = null, Files = [], Versions = [], AuthorName = NameOf(AuthorName) };
        var (text, files, notes) = (Text, Files, Notes.Take(MaxNotes).ToList());
        if (text.Length > PostText.MaxTextLength)
        {
            files = [.. files, new SourceFile("message.txt", Encoding.UTF8.GetBytes(text))];
            notes.Add(("boards.import.note.long", ""));
            text = Truncate.To(PostText.MaxTextLength - MaxFilesText, text);
        }
        var poll = Poll?.Fitted();
        if (Poll is not null && poll is null) notes.Add(("boards.import.note.poll", BoardImportFault.WhatOf(Poll.Question)));
        try { text = PostText.Body(text); }
        catch (Refused) when (files.Count > 0) { text = ""; }
        catch (Refused) { throw new SourceBroken("boards.import.bad.no-text"); }
        return this with
        {
            Text = text,
            Poll = poll,
            Files = files,
            Notes = notes,
            Title = TitleOf(Title),
            AuthorName = NameOf(AuthorName),
            Versions = [.. Versions.Select(v => v.Fitted()).OfType<SourceVersion>().Take(MaxVersions)],
            State = State with { HiddenReason = Cut(State.HiddenReason), TopicHiddenReason = Cut(State.TopicHiddenReason) },
        };

        static string? Cut(string? reason) => reason is null ? null : PostText.Reason(reason);
    }

    /// <summary>Of a post that was edited without end.</summary>
    internal const int MaxVersions = 1000;

    /// <summary>The title of the topic that it opens; null if there is none.</summary>
    public string? TopicTitle => TitleOf(KnowsTitle ? Subject : Topic().Words);

    /// <summary>Room that a text of full length leaves for what refers to its files.</summary>
    const int MaxFilesText = 2000;

    /// <summary>A title is shorter; a megabyte of "Re:" would be taken off one by one.</summary>
    const int MaxSubject = 1000;

    /// <summary>The subject without "Re:" and the name of a list, and whether it had a "Re:".</summary>
    public (string Words, bool IsReply) Topic()
    {
        var (words, reply) = (Truncate.To(MaxSubject, Subject), false);
        while (Answering().Match(words) is { Success: true } match)
        {
            reply |= match.Groups["re"].Success;
            words = words[match.Length..];
        }
        return (words.Trim(), reply);
    }

    /// <summary>As the title of a topic or post; null if nothing is left of it.</summary>
    public static string? TitleOf(string? words)
    {
        if (string.IsNullOrWhiteSpace(words)) return null;
        var plain = string.Join(' ', new string([.. words.Where(c => !char.IsControl(c))])
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (plain.Length > PostText.MaxTitleLength) plain = Truncate.To(PostText.MaxTitleLength - 1, plain) + "…";
        try { return PostText.Title(plain); }
        catch (Refused)
        {
            // What titles may not have, such as signs that turn the direction of writing.
            try { return PostText.Title(new string([.. plain.Where(c => char.IsLetterOrDigit(c) || char.IsPunctuation(c) || c == ' ')])); }
            catch (Refused) { return null; }
        }
    }

    static string NameOf(string name)
    {
        var read = Naming.Read(Truncate.To(Guest.MaxName, name));
        if (read.Fault is null) return read.Text;
        read = Naming.Read(new string([.. name.Where(c => char.IsLetterOrDigit(c) || c is ' ' or '.' or '-').Take(Guest.MaxName)]));
        return read.Fault is null ? read.Text : "";
    }

    // Re: Re[2]: AW: SV: Antw: 返信: 回复: and [list 123] or (list:123) before or behind it. "Fwd:" begins something new.
    [GeneratedRegex(
        """
        ^\s*(?:
        (?<re>(?:re|aw|sv|vs|antw|odp|rif|返信|回复|答复)\s*(?:\[\d+\]|\^\d+|\*\d+)?\s*[:：])
        |\[[^\]]{1,40}\](?=\s*\S)
        |\([\w-]{1,30}[:\ ]\d+\)(?=\s*\S))
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Answering();

    /// <summary>A key as rows and memory hold it: no two of a million are the same by accident.</summary>
    public static long HashOf(string key) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}

/// <summary>A picture or file that belongs to a post.</summary>
/// <param name="Name">As its author called it.</param>
/// <param name="Content">Its octets.</param>
public sealed record SourceFile(string Name, byte[] Content)
{
    /// <summary>
    /// What stands in the texts instead of its key, if an export of ours wrote it: it is placed there alone, and a picture that we have
    /// made is kept as it is.
    /// </summary>
    public string? Mark { get; init; }
}

/// <summary>Somebody's reaction to a post.</summary>
/// <param name="Address">As of an author: the address, or what archives of ours write in its place.</param>
/// <param name="Emoji">Which.</param>
/// <param name="At">When.</param>
public sealed record SourceReacted(string Address, string Emoji, DateTime At);

/// <summary>Title and text before an edit.</summary>
public sealed record SourceVersion(string? Title, string Text, DateTime WrittenAt, DateTime ReplacedAt)
{
    internal SourceVersion? Fitted()
    {
        try { return this with { Title = SourcePost.TitleOf(Title), Text = PostText.Body(Truncate.To(PostText.MaxTextLength, Text)) }; }
        catch (Refused) { return null; }
    }
}

/// <summary>What became of a post and, if it opens one, of its topic.</summary>
public sealed record SourceState
{
    public static readonly SourceState Plain = new();

    public DateTime? HiddenAt { get; init; }
    public string? HiddenReason { get; init; }
    public DateTime? DeletedAt { get; init; }
    public DateTime? PinnedAt { get; init; }
    public DateTime? LockedAt { get; init; }
    public DateTime? ArchivedAt { get; init; }
    public DateTime? TopicHiddenAt { get; init; }
    public string? TopicHiddenReason { get; init; }
}

/// <summary>A post that cannot be imported: the key of the reason.</summary>
public sealed class SourceBroken(string reason) : Exception(reason);
