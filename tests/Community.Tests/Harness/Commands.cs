using System.Text;
using Community.Sites;
using Community.Web;

namespace Community.Tests.Harness;

/// <summary>Runs the program's commands in this process, which takes a tenth of the time of a separate process.</summary>
static class Commands
{
    // The program writes to Console; each test reads what was written in its own async flow.
    static readonly AsyncLocal<(StringBuilder Out, StringBuilder Error)?> said = new();

    static Commands()
    {
        Console.SetOut(new Splitter(Console.Out, s => s.Out));
        Console.SetError(new Splitter(Console.Error, s => s.Error));
    }

    /// <param name="arguments">As a shell passes them.</param>
    /// <param name="settings">The settings of the host that the command builds.</param>
    public static async Task<(int Code, string Out, string Error)> Run(string[] arguments, Dictionary<string, string?> settings)
    {
        var mine = (Out: new StringBuilder(), Error: new StringBuilder());
        said.Value = mine;
        var code = await CommandLine.Run(arguments, own =>
        {
            var all = new Dictionary<string, string?>(settings);
            foreach (var (key, value) in own) all[key] = value;
            return CommunityHost.ForCommand(all);
        }, HostModules.All);
        said.Value = null;
        return (code, mine.Out.ToString(), mine.Error.ToString());
    }

    sealed class Splitter(TextWriter real, Func<(StringBuilder Out, StringBuilder Error), StringBuilder> choose) : TextWriter
    {
        public override Encoding Encoding => real.Encoding;

        public override void Write(char value)
        {
            if (said.Value is not { } mine) { real.Write(value); return; }
            var text = choose(mine);
            lock (text) text.Append(value);
        }

        public override void Write(string? value)
        {
            if (said.Value is not { } mine) { real.Write(value); return; }
            var text = choose(mine);
            lock (text) text.Append(value);
        }
    }
}
