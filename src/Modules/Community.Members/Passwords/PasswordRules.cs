using System.Text.RegularExpressions;

namespace Community.Members;

public enum PasswordProblem { Short, Long, Personal, Guessable }

/// <summary>What a new password must be: long, nobody's name, and not among those that are tried first.</summary>
public static partial class PasswordRules
{
    public const int Shortest = 10;
    /// <summary>PBKDF2 takes any length; a form does not.</summary>
    public const int Longest = 200;
    /// <summary>Bits that an attacker with a dictionary has to guess at the least; below it ten characters are a well-known phrase or a row of keys.</summary>
    const double FewestBits = 24;
    /// <summary>zxcvbn's time grows faster than the length; what is longer than this is judged by its beginning.</summary>
    const int Judged = 40;

    public static PasswordProblem? Of(string password, string name, string email)
    {
        if (password.Length < Shortest) return PasswordProblem.Short;
        if (password.Length > Longest) return PasswordProblem.Long;
        var words = Parts().Split(email).Append(name.Trim()).Where(w => w.Length >= 4).ToList();
        if (words.Any(w => password.Contains(w, StringComparison.OrdinalIgnoreCase) && password.Length - w.Length < Shortest - 2)) return PasswordProblem.Personal;
        var judged = password.Length > Judged ? password[..Judged] : password;
        return Zxcvbn.Zxcvbn.MatchPassword(judged, words).Entropy < FewestBits ? PasswordProblem.Guessable : null;
    }

    [GeneratedRegex("[@._+-]")]
    private static partial Regex Parts();
}
