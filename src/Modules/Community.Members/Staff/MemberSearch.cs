using Community.Kernel;
using Microsoft.EntityFrameworkCore;

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

    public IQueryable<Member> Apply(IQueryable<Member> members)
    {
        foreach (var word in (Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(MaxTerms))
            members = With(members, word);
        return members;
    }

    IQueryable<Member> With(IQueryable<Member> members, string word)
    {
        // A domain is compared in ASCII form (xn--…) and in Unicode form: only the Unicode form can be searched by parts.
        var (name, mail, read, handle) = (
            Member.Searchable(word),
            EmailAddress.NormalOf(word),
            EmailAddress.Part(word),
            word[(word.LastIndexOf('/') + 1)..].ToLowerInvariant()
        );
        var (byMail, byHandle) = (SeesEmail, handle.Length >= MinHandleLength);
        return members.Where(m =>
            m.SearchName.Contains(name)
            || (byMail && (m.NormalizedEmail!.Contains(mail) || m.Email!.ToLower().Contains(read)))
            || (byHandle && m.Handle.StartsWith(handle))
        );
    }
}
