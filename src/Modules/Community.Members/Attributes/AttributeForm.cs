using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// The fields of attributes on a form: as shown or as sent. A field that the form did not show is left alone, so that nothing is lost
/// where an attribute was added, retired or hidden since.
/// </summary>
public sealed class AttributeForm
{
    /// <summary>Says that the form showed the field, since an empty choice is sent as nothing.</summary>
    const string Asked = ".asked";

    readonly ILookup<string, string> fields;

    AttributeForm(IEnumerable<MemberAttribute> attributes, ILookup<string, string> fields) =>
        (Attributes, this.fields) = ([.. attributes], fields);

    public static readonly AttributeForm None = new([], Array.Empty<string>().ToLookup(f => f));

    /// <summary>In order.</summary>
    public IReadOnlyList<MemberAttribute> Attributes { get; }

    /// <summary>The name and id of a field: <c>attribute-7.city</c>.</summary>
    public static string Name(MemberAttribute attribute, string part = "") => $"attribute-{attribute.Id}{part}";

    public static string AskedName(MemberAttribute attribute) => Name(attribute, Asked);

    /// <summary>Shows what members have.</summary>
    public static AttributeForm Of(IEnumerable<MemberAttribute> attributes, IReadOnlyDictionary<long, TypedValue> values)
    {
        List<MemberAttribute> all = [.. attributes.Where(a => a.RetypingSince is null)];
        return new(
            all,
            all.Where(a => values.ContainsKey(a.Id))
                .SelectMany(a => a.ToForm(values[a.Id], Language).Select(f => (Name: Name(a, f.Part), f.Text)))
                .ToLookup(f => f.Name, f => f.Text)
        );
    }

    /// <summary>The form as it was sent, or as shown if this request sends none.</summary>
    /// <param name="attributes">Those that this person may edit.</param>
    /// <param name="values">What the member has.</param>
    /// <param name="http">The request.</param>
    /// <param name="name">The form's name: another form of the page may have been sent.</param>
    public static AttributeForm Of(
        IEnumerable<MemberAttribute> attributes,
        IReadOnlyDictionary<long, TypedValue> values,
        HttpContext http,
        string name
    )
    {
        var shown = Of(attributes, values);
        if (!http.Request.HasFormContentType || http.Request.Form[FormHandler.Field] != name) return shown;
        return Sent(shown.Attributes, http.Request.Form.SelectMany(f => f.Value.OfType<string>(), (f, v) => (f.Key, v)));
    }

    /// <summary>Made of fields, such as those that a registration keeps.</summary>
    public static AttributeForm Sent(IEnumerable<MemberAttribute> attributes, IEnumerable<(string Name, string Text)> fields) =>
        new(attributes, fields.ToLookup(f => f.Name, f => f.Text));

    /// <summary>The same fields for these definitions, which may be newer.</summary>
    public AttributeForm Of(IEnumerable<MemberAttribute> attributes) => new(attributes, fields);

    public IReadOnlyList<string> All(MemberAttribute attribute, string part = "") => [.. fields[Name(attribute, part)]];

    public string? Text(MemberAttribute attribute, string part = "") => fields[Name(attribute, part)].FirstOrDefault();

    public bool IsAsked(MemberAttribute attribute) => fields.Contains(AskedName(attribute));

    /// <summary>Everything that was typed, to be kept until a registration is confirmed.</summary>
    public IReadOnlyDictionary<string, string[]> Typed =>
        Attributes
            .SelectMany(a => a.Rules.Parts.Append(Asked).Select(p => Name(a, p)))
            .Where(fields.Contains)
            .ToDictionary(n => n, n => fields[n].ToArray());

    /// <summary>Reads what was sent; what is wrong is told beside its field.</summary>
    /// <param name="before">The values that the member has: unchanged, they are not checked anew.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="texts">In the reader's language.</param>
    /// <param name="today">In the site's zone.</param>
    /// <returns>The value of each attribute that the form asked; null for none.</returns>
    public IReadOnlyDictionary<MemberAttribute, TypedValue?> Read(
        IReadOnlyDictionary<long, TypedValue> before,
        Problems problems,
        IStringLocalizer texts,
        DateOnly today
    )
    {
        var read = new Dictionary<MemberAttribute, TypedValue?>();
        foreach (var attribute in Attributes.Where(IsAsked))
        {
            var (value, problem) = attribute.Read(part => All(attribute, part), today, before.GetValueOrDefault(attribute.Id));
            if (problem is null && value is null && attribute.Required) problem = new("required");
            if (problem is null) read[attribute] = value;
            else problems.Add(Name(attribute, problem.Part ?? attribute.Rules.Parts[0]), Sentence(attribute, problem, texts));
        }
        return read;
    }

    // In the summary above the form, the sentence stands alone: it begins with the field's label.
    static string Sentence(MemberAttribute attribute, ValueProblem problem, IStringLocalizer texts) =>
        texts["attributes.problem.of", attribute.Label(Language), problem.Said(texts)];

    static string Language => AttributeTexts.Language;
}
