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
    /// <summary>Makes the sample sites at the start, if they are not there.</summary>
    public bool Samples { get; set; }
}
