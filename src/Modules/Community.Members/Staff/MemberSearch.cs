using System.Linq.Expressions;
using Community.Kernel;
using Microsoft.EntityFrameworkCore.Query;

namespace Community.Members;

/// <summary>A search for members by words.</summary>
/// <param name="Text">
/// Words in any order, each a part of the name or address, or the start of the handle, alone or in a profile's URL; null for
/// all members.
/// </param>
/// <param name="SeesEmail">Whether the searcher may see addresses, and so find members by them.</param>
public sealed record MemberSearch(string? Text, bool SeesEmail)
{
    const int MaxTerms = 8, MinHandleLength = 6;

    public bool IsEmpty => string.IsNullOrWhiteSpace(Text);

    /// <summary>Every word has to fit.</summary>
    public Expression<Func<Member, bool>> Where
    {
        get
        {
            Expression<Func<Member, bool>> all = m => true;
            foreach (var word in (Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms))
            {
                var one = With(word);
                all = all.Body is ConstantExpression
                    ? one
                    : Expression.Lambda<Func<Member, bool>>(
                        Expression.AndAlso(all.Body, ReplacingExpressionVisitor.Replace(one.Parameters[0], all.Parameters[0], one.Body)),
                        all.Parameters
                    );
            }
            return all;
        }
    }

    public IQueryable<Member> Apply(IQueryable<Member> members) => IsEmpty ? members : members.Where(Where);

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
        return m =>
            m.SearchName.Contains(name)
            || (byMail && (m.NormalizedEmail!.Contains(mail) || m.Email!.ToLower().Contains(read)))
            || (byHandle && m.Handle.StartsWith(handle));
    }
}
