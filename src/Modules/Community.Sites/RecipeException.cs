using System.Globalization;
using Community.Kernel;

namespace Community.Sites;

/// <summary>One thing that is wrong with a site that is to be, or with the recipe of one.</summary>
/// <param name="Property">The property at fault: <c>key</c>, <c>mail.from</c>; "" for the recipe as a whole.</param>
/// <param name="Reason">Key of the text <c>sites.recipe.{Reason}</c>; a value with a dot is a complete text key.</param>
/// <param name="Arguments">The text's arguments.</param>
public sealed record SiteProblem(string Property, string Reason, params object[] Arguments)
{
    static readonly IReadOnlyDictionary<string, string> english = new[]
    {
        typeof(Texts),
        typeof(Themes.Theme),
        typeof(Members.Member),
        typeof(SiteProblem),
    }
        .SelectMany(t => Texts.Read(t.Assembly, "en"))
        .ToDictionary();

    public string Text => Reason.Contains('.') ? Reason : "sites.recipe." + Reason;

    /// <summary>For logs and the command line.</summary>
    public override string ToString() =>
        (Property.Length > 0 ? Property + ": " : "")
        + string.Format(CultureInfo.InvariantCulture, english.GetValueOrDefault(Text, Reason), Arguments);
}

/// <summary>No site can be so, with everything that was found. The message is for logs and the command line.</summary>
public class SiteException(IReadOnlyList<SiteProblem> problems) : Exception(string.Join('\n', problems))
{
    public SiteException(string property, string reason, params object[] arguments)
        : this([new SiteProblem(property, reason, arguments)]) { }

    public IReadOnlyList<SiteProblem> Problems => problems;
}

/// <summary>A recipe that cannot be followed.</summary>
public sealed class RecipeException(IReadOnlyList<SiteProblem> problems) : SiteException(problems)
{
    public RecipeException(string property, string reason, params object[] arguments)
        : this([new SiteProblem(property, reason, arguments)]) { }
}
