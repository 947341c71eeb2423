namespace Community.Kernel;

/// <summary>
/// Deleting: its data are going away, nobody reaches it. Deleted: nothing but the row's id is left, for a while,
/// so that every node hears that it is gone.
/// </summary>
public enum SiteState { Active, Suspended, Deleting, Deleted }

/// <summary>One company's member site, as the catalogue knows it. Immutable: a change makes a new value.</summary>
public sealed record Site
{
    public required long Id { get; init; }
    /// <summary>Short name for folders, databases and commands: <c>[a-z][a-z0-9-]{1,30}</c>.</summary>
    public required string Key { get; init; }
    public required string Name { get; init; }
    public string Tagline { get; init; } = "";
    /// <summary>Host names in lower case without port; the first is the canonical one, the others redirect to it.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }
    public SiteState State { get; init; }
    /// <summary>Language of the site: <c>ja</c> or <c>en</c>.</summary>
    public required string Culture { get; init; }
    /// <summary>IANA name of the site's time zone.</summary>
    public required string TimeZone { get; init; }
    public required string Theme { get; init; }
    /// <summary>The site's own values of its theme's design tokens, without the leading <c>--</c>.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();
    public IReadOnlySet<string> Features { get; init; } = new HashSet<string>();
    /// <summary>The sender of its mail; where the site has none of its own, <c>no-reply</c> at its canonical host.</summary>
    public string MailFrom { get; init; } = "";
    /// <summary>The sender's name; where the site gives it none, its own.</summary>
    public string MailFromName { get; init; } = "";
    /// <summary>The id of the last migration that the site's database has.</summary>
    public string Schema { get; init; } = "";
    /// <summary>Moves with every change of this record.</summary>
    public long Version { get; init; }

    public string CanonicalHost => Hosts[0];
    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>The key of the operator's console, which is itself a site.</summary>
    public const string OperatorKey = "operator";
    public bool IsConsole => Key == OperatorKey;

    public DateTime ToLocal(DateTime utc) => TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(utc, DateTimeKind.Utc), Zone);
}
