using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// What somebody wrote into a form that was turned back at the door. The page that says so gives the words back, to copy;
/// nothing of them is kept beyond this request.
/// </summary>
public sealed record RejectedInput(IReadOnlyList<string> Texts)
{
    /// <summary>Room for the longest post, encoded; a form that brings files is not looked into.</summary>
    const long MaxBytes = 1024 * 1024;

    /// <summary>Holds the words for the page that follows; false if there are none.</summary>
    public static async Task<bool> Keep(HttpContext http)
    {
        var request = http.Request;
        // What another site sends in a reader's name is not the reader's.
        if (
            !HttpMethods.IsPost(request.Method)
            || !request.HasFormContentType
            || !(request.ContentLength <= MaxBytes)
            || request.Headers["Sec-Fetch-Site"] == "cross-site"
        )
            return false;
        try
        {
            var fields = http.RequestServices.GetRequiredService<ModuleList>().LongFields;
            var form = await request.ReadFormAsync(http.RequestAborted);
            var words = form.Where(f => fields.Contains(f.Key.Split('.')[^1].ToLowerInvariant()))
                .SelectMany(f => f.Value)
                .OfType<string>()
                .Where(w => !string.IsNullOrWhiteSpace(w) && !w.Contains('\0'))
                .ToList();
            if (words.Count == 0)
                return false;
            http.Features.Set(new RejectedInput(words));
            return true;
        }
        // Not readable as a form, whatever it says.
        catch (Exception error)
            when (error is InvalidDataException or NotSupportedException or ArgumentException or FormatException or IOException)
        {
            return false;
        }
    }
}
