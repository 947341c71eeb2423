using Microsoft.Extensions.Localization;

namespace Community.Kernel;

/// <summary>
/// An action that a rule forbids. The message is the key of a sentence for the reader. A page shows it next to its form; otherwise
/// the host responds with that sentence and status 403.
/// </summary>
/// <param name="text">Key of the sentence.</param>
/// <param name="arguments">What stands in its braces.</param>
public class Refused(string text, params object[] arguments) : Exception(text)
{
    public object[] Arguments => arguments;

    /// <summary>The sentence.</summary>
    public string In(IStringLocalizer texts) => arguments.Length == 0 ? texts[Message].Value : texts[Message, arguments].Value;
}

/// <summary>
/// The actor does not have the required permission, or has lost it since the request began: suspended, or the role withdrawn.
/// </summary>
public sealed class Denied() : Refused("web.refused.denied");
