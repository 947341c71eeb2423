using System.Reflection;

namespace Community.Kernel;

/// <summary>The modules of this host, in the order in which the host lists them.</summary>
public sealed class ModuleList(IReadOnlyList<Module> modules)
{
    readonly Dictionary<Assembly, Module> byAssembly = modules.DistinctBy(m => m.Assembly).ToDictionary(m => m.Assembly);

    public IReadOnlyList<Module> All => modules;

    public IEnumerable<Module> Of(Site site) => modules.Where(m => IsOn(m, site));

    public static bool IsOn(Module module, Site site) => module.Always || site.Features.Contains(module.Name);

    /// <summary>The module that a page or endpoint comes from; null for the host's own.</summary>
    public Module? OwnerOf(Assembly assembly) => byAssembly.GetValueOrDefault(assembly);

    readonly ILookup<string, (Module Module, Panel Panel)> panels = modules
        .SelectMany(m => m.Panels, (m, p) => (m, p))
        .ToLookup(p => p.p.Place);

    /// <summary>The panels at a place of this site's pages, in module order.</summary>
    public IEnumerable<Panel> PanelsAt(string place, Site site) => panels[place].Where(p => IsOn(p.Module, site)).Select(p => p.Panel);

    readonly Dictionary<string, SystemMailPrecedence> mails = modules.SelectMany(m => m.SystemMailKinds).ToDictionary();

    public SystemMailPrecedence PrecedenceOf(string mailKind) => mails.GetValueOrDefault(mailKind, SystemMailPrecedence.Notice);

    /// <summary>See <see cref="Module.MemberNumber"/>.</summary>
    public MemberNumber? MemberNumber { get; } = modules.Select(m => m.MemberNumber).SingleOrDefault(n => n is not null);

    /// <summary>See <see cref="Module.LongFields"/>.</summary>
    internal IReadOnlySet<string> LongFields { get; } = modules.SelectMany(m => m.LongFields).ToHashSet();

    /// <summary>The settings of all modules, including those that are off on a site, whose settings are kept.</summary>
    public IReadOnlyList<SettingsPart> Settings { get; } = [.. modules.SelectMany(m => m.Settings)];

    public IReadOnlyDictionary<string, Permission> Permissions { get; } =
        modules.SelectMany(m => m.Permissions).ToDictionary(p => p.Name);
}
