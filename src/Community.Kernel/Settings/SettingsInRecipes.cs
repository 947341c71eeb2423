using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// The recipe property <c>settings</c>, with an object per module: <c>{ "registration": { "mode": "closed" } }</c>.
/// </summary>
public static class SettingsInRecipes
{
    public const string Property = "settings";

    /// <summary>The problems in it, each with its path.</summary>
    public static IEnumerable<(string Path, SettingProblem Problem)> Check(JsonElement settings, ModuleList modules)
    {
        if (settings.ValueKind != JsonValueKind.Object)
        {
            yield return (Property, new("settings.problem.object"));
            yield break;
        }
        foreach (var named in settings.EnumerateObject())
        {
            var path = $"{Property}.{named.Name}";
            if (modules.Settings.FirstOrDefault(p => p.InRecipes && p.Name == named.Name) is not { } part)
                yield return (
                    path,
                    new("settings.problem.part", string.Join(", ", modules.Settings.Where(p => p.InRecipes).Select(p => p.Name)))
                );
            else if (named.Value.ValueKind != JsonValueKind.Object)
                yield return (path, new("settings.problem.object"));
            else
                foreach (var value in named.Value.EnumerateObject())
                    if (part.Fields.FirstOrDefault(f => f.Name == value.Name) is not { } field)
                        yield return (
                            $"{path}.{value.Name}",
                            new("settings.problem.field", string.Join(", ", part.Fields.Select(f => f.Name)))
                        );
                    else if (field.Read(value.Value).Problem is { } wrong)
                        yield return ($"{path}.{value.Name}", wrong);
        }
    }

    internal static async Task Fill(JsonElement settings, IServiceProvider services, CancellationToken ct)
    {
        var change = services.GetRequiredService<ChangeSettings>();
        foreach (var part in services.GetRequiredService<ModuleList>().Settings.Where(p => p.InRecipes))
            if (settings.TryGetProperty(part.Name, out var values))
                await change.Fill(
                    part,
                    [
                        .. part
                            .Fields.Where(f => values.TryGetProperty(f.Name, out _))
                            .Select(f => (f, f.Read(values.GetProperty(f.Name)).Value!)),
                    ],
                    ct
                );
    }
}
