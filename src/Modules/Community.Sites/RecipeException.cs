using System.Globalization;
using Community.Kernel;

namespace Community.Sites;

/// <summary>One thing that is wrong with a recipe.</summary>
/// <param name="Property">Where: <c>key</c>, <c>mail.from</c>; "" for the recipe as a whole.</param>
/// <param name="Reason">Why: the text <c>sites.recipe.{Reason}</c>.</param>
/// <param name="Arguments">What stands in the text.</param>
public sealed record RecipeProblem(string Property, string Reason, params object[] Arguments)
{
    public string Text => "sites.recipe." + Reason;
}

/// <summary>A recipe that cannot be followed, with everything that was found. The message is for logs and the command line.</summary>
public sealed class RecipeException(IReadOnlyList<RecipeProblem> problems) : Exception(string.Join('\n', problems.Select(Line)))
{
    static readonly IReadOnlyDictionary<string, string> english = Texts.Read(typeof(RecipeException).Assembly, "en");

    public RecipeException(string property, string reason, params object[] arguments) : this([new RecipeProblem(property, reason, arguments)]) { }

    public IReadOnlyList<RecipeProblem> Problems => problems;

    static string Line(RecipeProblem p) =>
        (p.Property.Length > 0 ? p.Property + ": " : "") + string.Format(CultureInfo.InvariantCulture, english.GetValueOrDefault(p.Text, p.Reason), p.Arguments);
}
