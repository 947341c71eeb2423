using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Which members somebody looks for by words.</summary>
/// <param name="Text">
/// Words in any order, each a part of the name or address, or the beginning of the handle, on its own or in a profile's address; null for
/// all members.
/// </param>
/// <param name="SeesEmail">Whether who looks may see addresses, and so find members by them.</param>
public sealed record MemberWords(string? Text, bool SeesEmail)
{
    const int MaxWords = 8, MinHandleLength = 6;

    public IQueryable<Member> Apply(IQueryable<Member> members)
    {
        foreach (var word in (Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(MaxWords))
            members = With(members, word);
        return members;
    }

    IQueryable<Member> With(IQueryable<Member> members, string word)
    {
        // A domain is compared as it is sent (xn--…) and as it is read: a part of it can be searched for only as it is read.
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
