namespace Community.Kernel;

/// <summary>
/// An act that a rule does not allow. The message is the key of a sentence for the reader. A page shows it beside its form; where nobody
/// does, the host answers with that sentence and status 403.
/// </summary>
/// <param name="text">Key of the sentence.</param>
public class Refused(string text) : Exception(text);

/// <summary>
/// The actor has not the permission that the act asks for, or has lost it since the request began: suspended, the role withdrawn.
/// </summary>
public sealed class Denied() : Refused("web.refused.denied");
