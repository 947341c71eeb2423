using System.Linq.Expressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore.Query;

namespace Community.Members;

/// <summary>A search for members by words.</summary>
/// <param name="Text">
/// Words in any order, each a part of the name or address, the start of the handle, alone or in a profile's URL, or a part of a value of
/// <see cref="Attributes"/>; null for all members.
/// </param>
/// <param name="SeesEmail">Whether the searcher may see addresses, and so find members by them.</param>
public sealed record MemberSearch(string? Text, bool SeesEmail)
{
    const int MaxTerms = 8, MinHandleLength = 6, MinDigits = 3;

    /// <summary>Attributes whose values are searched too: see <see cref="IsSearched"/>. The searcher may see them.</summary>
    public IReadOnlyList<MemberAttribute> Attributes { get; init; } = [];
    IQueryable<AttributeValue> Values { get; init; } = Enumerable.Empty<AttributeValue>().AsQueryable();

    /// <summary>By furigana, a member's number and a telephone number staff know whom they have in front of them.</summary>
    public static bool IsSearched(MemberAttribute attribute) =>
        attribute is { IsSearchable: true, Type: AttributeType.Furigana or AttributeType.MemberNumber or AttributeType.Telephone };

    /// <summary>What a reader finds members by.</summary>
    public static async ValueTask<MemberSearch> Of(SiteDb db, Reader reader, string? text, CancellationToken ct = default) =>
        new MemberSearch(text, reader.May(MembersPermissions.Email)).Among(
            [.. (await db.Attributes(ct)).VisibleTo(reader).Where(IsSearched)], db
        );

    /// <summary>The same search, in the values of these attributes too.</summary>
    public MemberSearch Among(IReadOnlyList<MemberAttribute> attributes, SiteDb db) =>
        this with { Attributes = attributes, Values = db.AttributeValues };

    public bool IsEmpty => string.IsNullOrWhiteSpace(Text);

    /// <summary>Every word has to fit.</summary>
    public Expression<Func<Member, bool>> Where =>
        Words().Take(MaxTerms).Select(With).ToList() is { Count: > 0 } all
            ? all.Aggregate((a, b) => Joined(a, b, Expression.AndAlso))
            : m => true;

    /// <summary>The words; groups of digits side by side are one, as a telephone number is written: 090 1234 5678.</summary>
    List<string> Words()
    {
        var (words, joins) = (new List<string>(), false);
        foreach (var word in (Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var isPart =
                ValueRules.Narrow(word) is var narrow
                && narrow.Any(char.IsAsciiDigit)
                && narrow.All(c => char.IsAsciiDigit(c) || "+-()".Contains(c));
            if (isPart && joins)
                words[^1] += word;
            else
                words.Add(word);
            joins = isPart;
        }
        return words;
    }

    public IQueryable<Member> Apply(IQueryable<Member> members) => IsEmpty ? members : members.Where(Where);

    static Expression<Func<T, bool>> Joined<T>(
        Expression<Func<T, bool>> a,
        Expression<Func<T, bool>> b,
        Func<Expression, Expression, Expression> how
    ) =>
        Expression.Lambda<Func<T, bool>>(
            how(a.Body, ReplacingExpressionVisitor.Replace(b.Parameters[0], a.Parameters[0], b.Body)),
            a.Parameters
        );

    Expression<Func<Member, bool>> With(string word)
    {
        // A domain is compared in ASCII form (xn--…) and in Unicode form: only the Unicode form can be searched by parts.
        var (name, mail, read, handle) = (
            Member.Searchable(word),
            EmailAddress.NormalOf(word),
            EmailAddress.Part(word),
            word[(word.LastIndexOf('/') + 1)..].ToLowerInvariant()
        );
        var (byMail, byHandle) = (SeesEmail, handle.Length >= MinHandleLength);
        Expression<Func<Member, bool>> fits = m =>
            m.SearchName.Contains(name)
            || (byMail && (m.NormalizedEmail!.Contains(mail) || m.Email!.ToLower().Contains(read)))
            || (byHandle && m.Handle.StartsWith(handle));
        // A name is kept in the kana in which it was typed.
        foreach (var kana in new[] { FuriganaValues.Hiragana(name), FuriganaValues.Katakana(name) })
            if (kana != name && kana.Length > 0) fits = Joined(fits, m => m.SearchName.Contains(kana), Expression.OrElse);
        if (InValues(word) is not { } rows) return fits;
        // As a set of ids, which is read once and not for each member.
        var ids = Values.Where(rows).Select(v => v.MemberId);
        return Joined(fits, m => ids.Contains(m.Id), Expression.OrElse);
    }

    /// <summary>The rows of attributes with the word in them; null if it can be in none.</summary>
    Expression<Func<AttributeValue, bool>>? InValues(string word)
    {
        var (narrow, parts) = (ValueRules.Narrow(word), new List<Expression<Func<AttributeValue, bool>>>());
        var kana = FuriganaValues.Hiragana(word);
        if (Of(AttributeType.Furigana) is { Count: > 0 } furigana && kana.Length > 0 && kana.All(c => c is >= 'ぁ' and <= 'ゖ' or 'ー'))
            parts.Add(v => furigana.Contains(v.AttributeId) && v.Words!.Contains(kana));
        var number = ValueRules.KeyOf(narrow);
        if (Of(AttributeType.MemberNumber) is { Count: > 0 } numbers && number.Length > 0)
            parts.Add(v => numbers.Contains(v.AttributeId) && v.Key!.Contains(number));
        // Kept in E.164: the 0 before an area code is not in it, nor are hyphens.
        var digits = new string([.. narrow.Where(char.IsAsciiDigit)]).TrimStart('0');
        if (Of(AttributeType.Telephone) is { Count: > 0 } telephones && digits.Length >= MinDigits && !narrow.Any(char.IsLetter))
            parts.Add(v => telephones.Contains(v.AttributeId) && v.Key!.Contains(digits));
        return parts.Count == 0 ? null : parts.Aggregate((a, b) => Joined(a, b, Expression.OrElse));
    }

    List<long> Of(AttributeType type) => [.. Attributes.Where(a => a.Type == type).Select(a => a.Id)];
}
