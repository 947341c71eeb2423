using System.Diagnostics;

namespace Community.Tests.Kernel;

/// <summary>The program itself, started as somebody who installs it would, with something missing.</summary>
public sealed class StartTests
{
    static async Task<(int Code, string Said)> Run(params (string Name, string Value)[] settings)
    {
        var data = Directory.CreateTempSubdirectory("community-start-");
        var start = new ProcessStartInfo("dotnet", [Repository.Program, "--urls", $"http://127.0.0.1:{Ports.Free()}"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = data.FullName,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["Community__Data"] = data.FullName;
        start.Environment["Community__Themes"] = Path.Combine(Repository.Root, "themes");
        start.Environment["Community__Recipes"] = Path.Combine(Repository.Root, "recipes");
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (said, also) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        try
        {
            await process
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TestSite.Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
        data.Delete(true);
        return (process.ExitCode, await said + await also);
    }

    static async Task Says((string, string)[] settings, params string[] words)
    {
        var (code, said) = await Run(settings);
        Assert.Equal(1, code);
        foreach (var word in words) Assert.Contains(word, said);
        Assert.DoesNotContain("   at ", said);
        Assert.DoesNotContain("Unhandled", said);
        Assert.DoesNotContain("hunter2", said);
    }

    [Fact]
    public Task Without_a_relay_it_says_which_setting_is_missing() => Says([], "No SMTP relay", "Community:Relay");

    [Fact]
    public Task A_relay_that_cannot_be_read_is_named_without_its_password() =>
        Says([("Community__Relay", "ftp://me:hunter2@relay")], "Community:Relay");

    [Fact]
    public Task A_data_folder_that_cannot_be_made_is_named() =>
        Says([("Community__Relay", "smtp://127.0.0.1:25"), ("Community__Data", "/dev/null/data")], "/dev/null/data", "Community:Data");

    [Fact]
    public Task A_database_server_that_is_not_there_is_named_without_its_password() =>
        Says(
            [
                ("Community__Relay", "smtp://127.0.0.1:25"),
                ("Community__Database", "Host=127.0.0.1;Port=1;Username=me;Password=hunter2;Database=c"),
            ],
            "127.0.0.1:1",
            "Community:Database"
        );

    [Fact]
    public Task A_missing_recipe_of_the_console_is_named() =>
        Says([("Community__Relay", "smtp://127.0.0.1:25"), ("Community__Recipes", "/nowhere")], "/nowhere", "Community:Recipes");
}
