namespace Community.Kernel;

/// <summary>The framework's field that names the form of a page. A form that is sent to another page writes it by itself.</summary>
public static class FormHandler
{
    public const string Field = "_handler";
}
