using Community.Tests.House;

namespace Community.Tests.Attacks;

/// <summary>
/// Role against role: every route is called as every role, and the answers are in docs/roles.txt, which a person has reviewed.
/// </summary>
[OnBothDatabases]
[Collection("attacks")]
public sealed class RoleTests(AttackHost attacks)
{
    static readonly string[] roles = ["visitor", "member", "moderator", "mailer", "webmaster", "administrator", "operator"];

    static readonly string[] legend =
    [
        "# Who may use which address, as the running host answers in production. Read by a person; tests/Community.Tests/Attacks/RoleTests.cs",
        "# calls every route as every role and compares. UPDATE_ROUTES=1 ./test RoleTests writes it anew: read what changed before you commit it.",
        "#   yes      opens, or takes the form (its token was left out, so nothing was changed)",
        "#   sign-in  leads to the form to sign in          no  refused (403)",
        "#   -        not there for this person (404): the row is another's, or the site has no such page",
        "# Ids are those of rows that exist and belong to somebody else: the topic is another member's, in a board for everybody.",
        "# The operator is at the console, everybody else on a member site.",
    ];

    [Fact]
    public async Task Every_route_answers_every_role_as_the_table_says()
    {
        var people = await Task.WhenAll(roles.Select(As));
        var addresses = await Addresses.Of(attacks.A);
        var rows = new List<(string Path, string Method, string Answers)>();
        foreach (var (method, path) in Routes.All(attacks.Host))
        {
            var answers = await Task.WhenAll(people.Select(person => Ask(person, method, addresses.Fill(path))));
            rows.Add((path, method, string.Concat(answers.Select((a, i) => a.PadRight(roles[i].Length + 2))).TrimEnd()));
        }
        var lines = rows.GroupBy(r => (r.Path, r.Answers))
            .Select(g => Line(string.Join(",", g.Select(r => r.Method)), g.Key.Path, g.Key.Answers));
        Routes.IsCurrent("roles.txt", [.. legend, Line("#", "", string.Concat(roles.Select(r => r + "  ")).TrimEnd()), .. lines]);
    }

    static async Task<string> Ask(Person person, string method, string path)
    {
        // Without a token: shows whether access is granted, but changes nothing.
        var answer = await person.Send(new HttpMethod(method), path, method == "GET" ? null : new FormUrlEncodedContent([]));
        Assert.True(answer.Status < 500, $"{person.Name} {method} {path}: {answer.Status}");
        return answer.LeadsToSignIn ? "sign-in" : answer.Status switch { 403 => "no", 404 => "-", _ => "yes" };
    }

    static string Line(string methods, string path, string answers) => $"{methods,-9} {path,-56} {answers}";

    Task<Person> As(string role) => role switch
    {
        "visitor" => Person.Visitor(attacks.A),
        // Not the author of topic 1.
        "member" => AttackHost.SignIn(attacks.A, "ben"),
        "moderator" => AttackHost.SignIn(attacks.A, "mod"),
        "webmaster" => AttackHost.SignIn(attacks.A, "web"),
        "administrator" => AttackHost.SignIn(attacks.A, "admin"),
        "operator" => AttackHost.SignIn(attacks.Console, "operator"),
        _ => AttackHost.SignIn(attacks.A, role),
    };
}
