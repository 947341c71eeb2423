namespace Community.Kernel;

/// <summary>
/// Deleting: its data is being removed and the site is unreachable. Deleted: only the row's id is left, for a while,
/// so that every node notices that it is gone.
/// </summary>
public enum SiteState { Active, Suspended, Deleting, Deleted }

/// <summary>One company's member site, as recorded in the catalogue. Immutable: a change makes a new value.</summary>
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
    /// <summary>The languages that readers may choose; <see cref="Culture"/> is one of them.</summary>
    public IReadOnlyList<string> Languages { get; init; } = Texts.Languages;
    /// <summary>IANA name of the site's time zone.</summary>
    public required string TimeZone { get; init; }
    public required string Theme { get; init; }
    /// <summary>The site's own values of its theme's design tokens, without the leading <c>--</c>.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();
    public IReadOnlySet<string> Features { get; init; } = new HashSet<string>();
    /// <summary>The sender address of its mail; by default <c>no-reply</c> at its canonical host.</summary>
    public string MailFrom { get; init; } = "";
    /// <summary>The sender's display name; by default the site's name.</summary>
    public string MailFromName { get; init; } = "";
    /// <summary>The id of the last migration applied to the site's database.</summary>
    public string Schema { get; init; } = "";
    /// <summary>Changes whenever this record changes.</summary>
    public long Version { get; init; }

    public string CanonicalHost => Hosts[0];
    public TimeZoneInfo Zone => TimeZoneInfo.FindSystemTimeZoneById(TimeZone);

    /// <summary>The key of the operator's console, which is itself a site.</summary>
    public const string OperatorKey = "operator";
    public bool IsConsole => Key == OperatorKey;

    public DateTime ToLocal(DateTime utc) => TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(utc, DateTimeKind.Utc), Zone);

    /// <summary>The moment of a local time; one that the clock skips in spring is an hour later.</summary>
    public DateTime ToUtc(DateTime local)
    {
        var unspecified = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        return TimeZoneInfo.ConvertTimeToUtc(Zone.IsInvalidTime(unspecified) ? unspecified.AddHours(1) : unspecified, Zone);
    }
}
