using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// The texts of a form that was rejected before its page saw it. The error page shows them again so that they can be copied;
/// they are not kept beyond this request.
/// </summary>
public sealed record RejectedInput(IReadOnlyList<string> Texts)
{
    /// <summary>Enough for the longest post, encoded. Forms with files are not read.</summary>
    const long MaxBytes = 1024 * 1024;

    /// <summary>Keeps the texts for the error page; false if there are none.</summary>
    public static async Task<bool> Keep(HttpContext http)
    {
        var request = http.Request;
        // What another site sends in a reader's name was not written by the reader.
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
        // Not readable as a form, whatever its content type claims.
        catch (Exception error)
            when (error is InvalidDataException or NotSupportedException or ArgumentException or FormatException or IOException)
        {
            return false;
        }
    }
}
