using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Ui;

/// <summary>A form's problems by field name, in the reader's language; "" for the form as a whole.</summary>
public sealed class Problems
{
    readonly List<(string Field, string Text)> all = [];

    public IReadOnlyList<(string Field, string Text)> All => all;
    public bool Any => all.Count > 0;
    public string? this[string field] => all.FirstOrDefault(p => p.Field == field).Text;

    /// <summary>Forgets them: the form was only changed in its shape, and is not to be checked yet.</summary>
    public void Clear() => all.Clear();

    public void Add(string field, string text) => all.Add((field, text));

    /// <summary>
    /// Adds a problem if <paramref name="value"/> is no valid name (<see cref="Naming"/>); <paramref name="missing"/> is the text for none.
    /// </summary>
    public void Name(string field, string? value, IStringLocalizer texts, string missing)
    {
        if (Naming.Read(value) is { Fault: { } fault } read) Add(field, texts[fault is NameFault.Missing ? missing : read.Problem!]);
    }

    /// <summary>Adds a problem if a line of <paramref name="value"/> is invalid (<see cref="Naming.ReadLines"/>).</summary>
    public void Lines(string field, string? value, IStringLocalizer texts)
    {
        if (Naming.ReadLines(value).Problem is { } wrong) Add(field, texts[wrong]);
    }

    /// <summary>Adds a problem if <paramref name="value"/> is too long; it is not truncated.</summary>
    public void Limit(string field, string? value, int longest, IStringLocalizer texts)
    {
        if (value?.Length > longest) Add(field, texts["ui.form.too-long", longest, value.Length]);
    }
}
