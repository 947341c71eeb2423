using System.Globalization;
using Community.Kernel;

namespace Community.Sites;

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="Property">The property at fault: <c>key</c>, <c>mail.from</c>; "" for the recipe as a whole.</param>
/// <param name="Reason">Key of the text <c>sites.recipe.{Reason}</c>; a value with a dot is a complete text key.</param>
/// <param name="Arguments">The text's arguments.</param>
public sealed record RecipeProblem(string Property, string Reason, params object[] Arguments)
{
    public string Text => Reason.Contains('.') ? Reason : "sites.recipe." + Reason;
}

/// <summary>A recipe that cannot be followed, with everything that was found. The message is for logs and the command line.</summary>
public sealed class RecipeException(IReadOnlyList<RecipeProblem> problems) : Exception(string.Join('\n', problems.Select(Line)))
{
    static readonly IReadOnlyDictionary<string, string> english = new[]
    {
        typeof(Texts),
        typeof(Themes.Theme),
        typeof(Members.Member),
        typeof(RecipeException),
    }
        .SelectMany(t => Texts.Read(t.Assembly, "en"))
        .ToDictionary();

    public RecipeException(string property, string reason, params object[] arguments)
        : this([new RecipeProblem(property, reason, arguments)]) { }

    public IReadOnlyList<RecipeProblem> Problems => problems;

    static string Line(RecipeProblem p) =>
        (p.Property.Length > 0 ? p.Property + ": " : "")
        + string.Format(CultureInfo.InvariantCulture, english.GetValueOrDefault(p.Text, p.Reason), p.Arguments);
}
