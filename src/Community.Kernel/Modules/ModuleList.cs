using System.Reflection;

namespace Community.Kernel;

/// <summary>The modules of this host, in the order in which the host lists them.</summary>
public sealed class ModuleList(IReadOnlyList<Module> modules)
{
    readonly Dictionary<Assembly, Module> byAssembly = modules.ToDictionary(m => m.Assembly);

    public IReadOnlyList<Module> All => modules;

    public IEnumerable<Module> Of(Site site) => modules.Where(m => IsOn(m, site));

    public static bool IsOn(Module module, Site site) => module.Always || site.Features.Contains(module.Name);

    /// <summary>The module that a page or endpoint comes from; null for the host's own.</summary>
    public Module? OwnerOf(Assembly assembly) => byAssembly.GetValueOrDefault(assembly);

    readonly Dictionary<string, SystemMailPrecedence> mails = modules.SelectMany(m => m.SystemMailKinds).ToDictionary();

    public SystemMailPrecedence PrecedenceOf(string mailKind) => mails.GetValueOrDefault(mailKind, SystemMailPrecedence.Notice);

    public IReadOnlyDictionary<string, Permission> Permissions { get; } =
        modules.SelectMany(m => m.Permissions).ToDictionary(p => p.Name);
}
