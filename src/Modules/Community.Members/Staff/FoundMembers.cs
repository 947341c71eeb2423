using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Primitives;

namespace Community.Members;

/// <summary>
/// What staff search members by: words and a selection, both encrypted in the page's address (<see cref="SealedSearch"/>). A condition's
/// plain fields are accepted too, as in <c>/staff/members?state=Active</c>.
/// </summary>
public sealed class FoundMembers
{
    /// <summary>Browsers and proxies take addresses of 8,000 characters; the rest of the address needs some.</summary>
    const int MaxSealLength = 6000;

    FoundMembers(MemberSearch search, ChosenForm form) => (this.search, Form) = (search, form);

    readonly MemberSearch search;

    public string? Words => search.Text;
    /// <summary>The attributes that the words are looked for in too.</summary>
    public IReadOnlyList<MemberAttribute> Searched => search.Attributes;
    public ChosenForm Form { get; }

    /// <summary>The conditions that a reader may search by.</summary>
    public static async ValueTask<List<MemberCondition>> Offered(SiteDb db, Reader reader) =>
        [.. (await MemberCondition.On(db)).Where(c => c.Places.HasFlag(ConditionPlaces.Search) && c.IsOpenTo(reader))];

    /// <summary>Reads the address of a page.</summary>
    public static async ValueTask<FoundMembers> In(IQueryCollection query, SealedSearch search, SiteDb db, Reader reader)
    {
        var offered = await Offered(db, reader);
        var form = search.OpenFields(query["c"]) is { } fields
            ? ChosenForm.Sent(fields, offered)
            : ChosenForm.Sent([], offered);
        foreach (var condition in offered)
        {
            var typed = condition.Fields.SelectMany(f => query[f].OfType<string>().Where(v => v.Length > 0), (f, v) => (f, v))
                .ToLookup(f => f.f, f => f.v, StringComparer.OrdinalIgnoreCase);
            if (typed.Count > 0) form.Begin(condition, typed);
        }
        return new(await MemberSearch.Of(db, reader, search.Open(query["q"])), form);
    }

    /// <summary>The query of an address that leads to the same members; null if the selection is too large for one.</summary>
    public static Dictionary<string, string?>? Query(string? words, ChosenForm form, SealedSearch search)
    {
        var kept = form.IsEmpty ? null : search.SealFields(form.ToFields());
        return kept?.Length > MaxSealLength ? null : new() { ["q"] = search.Seal(words), ["c"] = kept };
    }

    /// <summary>The selection, with the words as a condition of it.</summary>
    public Chosen Read(Problems problems, IStringLocalizer texts)
    {
        var chosen = Form.Read(problems, texts);
        var attributes = Searched.Count > 0 ? Searched.Select(a => a.Id).ToList() : null;
        return search.IsEmpty ? chosen
            : search.SeesEmail ? chosen.And(OwnConditions.Words.With(new(Words!, attributes)))
            : chosen.And(OwnConditions.Name.With(new(Words!, attributes)));
    }
}
