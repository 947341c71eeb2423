using Microsoft.AspNetCore.Http;

namespace Community.Sites;

/// <summary>The form of a new site, as it was typed.</summary>
public sealed class NewSite
{
    /// <summary>The samples' recipes have about 300 KB; the host takes 16 MB in all.</summary>
    public const int LargestFile = 4 * 1024 * 1024;

    public string? Recipe { get; set; }
    public IFormFile? File { get; set; }
    public string? Json { get; set; }
    public string? Key { get; set; }
    public string? Name { get; set; }
    public string? Hosts { get; set; }
    public string? Culture { get; set; }
    public string? TimeZone { get; set; }
    public string? Theme { get; set; }
    public string? MailFrom { get; set; }
    public string? Administrator { get; set; }

    public RecipeChoices Choices => new()
    {
        Key = Typed(Key), Name = Typed(Name), Culture = Typed(Culture), TimeZone = Typed(TimeZone), Theme = Typed(Theme), MailFrom = Typed(MailFrom), Administrator = Typed(Administrator),
        Hosts = Typed(Hosts)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
    };

    /// <summary>The field in which a recipe's property is typed; "" if it has none.</summary>
    public static string FieldOf(string property) => property switch
    {
        "key" => nameof(Key), "name" => nameof(Name), "hosts" => nameof(Hosts), "culture" => nameof(Culture), "timeZone" => nameof(TimeZone), "theme" => nameof(Theme),
        "mail.from" => nameof(MailFrom), "administrator" => nameof(Administrator), _ => "",
    };

    static string? Typed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
