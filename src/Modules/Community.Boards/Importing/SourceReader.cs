using Community.Kernel;

namespace Community.Boards;

/// <summary>What stands at one place of a file: a post, or why there is none.</summary>
public sealed record SourceItem(int Number, long Place, int Line)
{
    public SourcePost? Post { get; init; }
    /// <summary>The key of the reason, if it cannot be imported.</summary>
    public string? Broken { get; init; }
    /// <summary>What is known of it all the same.</summary>
    public string? Key { get; init; }
    public string Subject { get; init; } = "";
}

/// <summary>Reads the posts of a file one after the other, from any place where one begins.</summary>
abstract class SourceReader : IDisposable
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SourceReader Open(string path, BoardImportFormat format, DateTime now)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return new MailSource(file, now);
    }

    /// <summary>Octet and line behind the last post.</summary>
    public abstract (long Place, int Line) Position { get; }

    /// <summary>Goes to where a post begins.</summary>
    public abstract void MoveTo(long place, int lines, int posts);

    /// <summary>The next one; null at the end.</summary>
    public abstract SourceItem? Next();

    public abstract void Dispose();

    sealed class MailSource(FileStream file, DateTime now) : SourceReader
    {
        readonly MboxReader reader = new(file);

        public override (long Place, int Line) Position => reader.Position;

        public override void MoveTo(long place, int lines, int posts) => reader.MoveTo(place, lines, posts);

        public override SourceItem? Next()
        {
            if (reader.Next() is not { } message) return null;
            var item = new SourceItem(message.Number, message.Place, message.Line);
            try
            {
                var post = ReadMail.Of(message, now).Fitted();
                return item with { Post = post, Key = post.Key, Subject = post.Subject };
            }
            catch (SourceBroken broken)
            {
                var (id, subject) = ReadMail.Glimpse(message);
                return item with { Broken = broken.Message, Key = id, Subject = subject };
            }
        }

        public override void Dispose() => reader.Dispose();
    }
}
