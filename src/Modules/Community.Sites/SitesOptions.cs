namespace Community.Sites;

/// <summary>What the installation decides about its sites and console. Section <c>Community</c>.</summary>
public sealed class SitesOptions
{
    /// <summary>Folder of the recipes.</summary>
    public string Recipes { get; set; } = "recipes";
    /// <summary>Host name of the operator's console.</summary>
    public string ConsoleHost { get; set; } = "localhost";
    /// <summary>E-mail address of the first operator, made with the console.</summary>
    public string OperatorEmail { get; set; } = "operator@localhost";
    /// <summary>
    /// Where the delivery controls of the engine answer, such as <c>https://10.0.0.5:9465</c>, with commas between; empty without an
    /// engine.
    /// </summary>
    public string EngineConsole { get; set; } = "";
    /// <summary>The token that they know as <c>Engine__Token</c>.</summary>
    public string EngineToken { get; set; } = "";
    /// <summary>Makes the sample sites at the start, if they are not there.</summary>
    public bool Samples { get; set; }
}
