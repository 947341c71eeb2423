using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>What is wrong with a form, by the name of the field, in the reader's words; "" for the form as a whole.</summary>
public sealed class Problems
{
    readonly List<(string Field, string Text)> all = [];

    public IReadOnlyList<(string Field, string Text)> All => all;
    public bool Any => all.Count > 0;
    public string? this[string field] => all.FirstOrDefault(p => p.Field == field).Text;

    public void Add(string field, string text) => all.Add((field, text));

    /// <summary>Says so if <paramref name="value"/> is longer than fits; nothing of it is cut.</summary>
    public void Limit(string field, string? value, int longest, IStringLocalizer texts)
    {
        if (value?.Length > longest) Add(field, texts["members.form.too-long", longest, value.Length]);
    }
}
